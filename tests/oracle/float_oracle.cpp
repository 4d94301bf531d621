// SPDX-License-Identifier: Apache-2.0
// Computes float instructions with LLVM's APFloat. What RISC-V adds to IEEE 754 (canonical NaNs,
// saturating conversions, tininess after rounding, square roots) is made here from exact quadruple
// arithmetic, in another way than the project's own.
#include <llvm/ADT/APFloat.h>
#include <llvm/ADT/APSInt.h>

#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "tests/oracle/vectors.h"

namespace {

using doppel::oracle::Answer;
using doppel::oracle::Question;
using llvm::APFloat;
using llvm::APInt;
using llvm::APSInt;
using llvm::RoundingMode;

constexpr unsigned kInexact = 1;
constexpr unsigned kUnderflow = 2;
constexpr unsigned kOverflow = 4;
constexpr unsigned kDivideByZero = 8;
constexpr unsigned kInvalid = 16;

constexpr RoundingMode kModes[] = {RoundingMode::NearestTiesToEven, RoundingMode::TowardZero,
                                   RoundingMode::TowardNegative, RoundingMode::TowardPositive,
                                   RoundingMode::NearestTiesToAway};

unsigned flags_of(APFloat::opStatus status) {
  unsigned flags = 0;
  if ((status & APFloat::opInvalidOp) != 0) flags |= kInvalid;
  if ((status & APFloat::opDivByZero) != 0) flags |= kDivideByZero;
  if ((status & APFloat::opOverflow) != 0) flags |= kOverflow | kInexact;
  if ((status & APFloat::opUnderflow) != 0) flags |= kUnderflow;
  if ((status & APFloat::opInexact) != 0) flags |= kInexact;
  return flags;
}

/// A format by the last letter of a mnemonic.
struct Format {
  const llvm::fltSemantics& semantics;
  unsigned bits;
  unsigned precision;
  int least_exponent;

  [[nodiscard]] APFloat load(std::uint64_t value) const {
    return APFloat(semantics, APInt(bits, bits == 32 ? value & 0xffff'ffff : value));
  }
  [[nodiscard]] std::uint64_t canonical_nan() const {
    return bits == 32 ? 0x7fc0'0000 : 0x7ff8'0000'0000'0000;
  }
  [[nodiscard]] std::uint64_t store(const APFloat& value) const {
    return value.isNaN() ? canonical_nan() : value.bitcastToAPInt().getZExtValue();
  }
};

Format format_of(char letter) {
  return letter == 's' ? Format{APFloat::IEEEsingle(), 32, 24, -126}
                       : Format{APFloat::IEEEdouble(), 64, 53, -1022};
}

APFloat to_quad(APFloat value) {
  bool loses = false;
  value.convert(APFloat::IEEEquad(), RoundingMode::NearestTiesToEven, &loses);
  return value;
}

APFloat power_of_two(int exponent) {
  return scalbn(APFloat(APFloat::IEEEquad(), 1), exponent, RoundingMode::TowardZero);
}

APFloat sum(APFloat x, const APFloat& y) {
  x.add(y, RoundingMode::TowardZero);
  return x;
}
APFloat product(APFloat x, const APFloat& y) {
  x.multiply(y, RoundingMode::TowardZero);
  return x;
}

/// A result in quadruple precision, toward zero, and whether anything was lost even there.
struct Exact {
  APFloat value;
  bool is_cut = false;
};

/// Whether an inexact result that rounded to the least normal number would have stayed below it
/// with an unbounded exponent.
bool stays_tiny(const Format& format, RoundingMode mode, Exact exact) {
  // Numbers just below are half as far apart as subnormal ones. To nearest, the middle above the
  // last of them rounds up; directed, all that lies above it.
  const bool to_nearest =
      mode == RoundingMode::NearestTiesToEven || mode == RoundingMode::NearestTiesToAway;
  const int step = format.least_exponent - static_cast<int>(format.precision);
  APFloat limit = power_of_two(format.least_exponent);
  limit.subtract(power_of_two(to_nearest ? step - 1 : step), RoundingMode::TowardZero);
  exact.value.clearSign();
  return exact.value < limit || (!to_nearest && !exact.is_cut && exact.value == limit);
}

/// The answer for a rounded result.
Answer rounded(const Format& format, RoundingMode mode, const APFloat& result,
               APFloat::opStatus status, const Exact& exact) {
  unsigned flags = flags_of(status);
  if ((flags & kInexact) != 0) {
    if (result.isSmallestNormalized() && stays_tiny(format, mode, exact)) flags |= kUnderflow;
    // APFloat calls a result that is cut to the largest number inexact only.
    if (result.isLargest() && abs(exact.value) >= power_of_two(2 - format.least_exponent)) {
      flags |= kOverflow;
    }
  }
  return {format.store(result), flags};
}

Answer square_root(const Format& format, RoundingMode mode, std::uint64_t bits) {
  const APFloat x = format.load(bits);
  if (x.isNaN()) return {format.canonical_nan(), x.isSignaling() ? kInvalid : 0};
  if (x.isZero()) return {format.store(x), 0};
  if (x.isNegative()) return {format.canonical_nan(), kInvalid};
  if (x.isInfinity()) return {format.store(x), 0};
  // The greatest float whose square is not above x, by bisection of the bits; squares are exact.
  const APFloat wide = to_quad(x);
  std::uint64_t low = 0;
  std::uint64_t high = format.store(APFloat::getInf(format.semantics));
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    const APFloat root = to_quad(format.load(middle));
    (product(root, root) <= wide ? low : high) = middle;
  }
  const APFloat root = to_quad(format.load(low));
  if (product(root, root) == wide) return {low, 0};
  bool up = mode == RoundingMode::TowardPositive;
  if (mode == RoundingMode::NearestTiesToEven || mode == RoundingMode::NearestTiesToAway) {
    const APFloat middle = product(sum(root, to_quad(format.load(low + 1))), power_of_two(-1));
    up = product(middle, middle) < wide;  // no root lies in the middle
  }
  return {low + (up ? 1 : 0), kInexact};
}

Answer fused(const std::string& name, const Format& format, RoundingMode mode,
             const std::uint64_t* operands) {
  APFloat x = format.load(operands[0]);
  const APFloat y = format.load(operands[1]);
  APFloat z = format.load(operands[2]);
  // An infinity times zero is invalid whatever is added.
  const bool is_invalid = (x.isInfinity() && y.isZero()) || (x.isZero() && y.isInfinity());
  if (is_invalid) return {format.canonical_nan(), kInvalid};
  if (x.isNaN() || y.isNaN() || z.isNaN()) {
    const bool signals = x.isSignaling() || y.isSignaling() || z.isSignaling();
    return {format.canonical_nan(), signals ? kInvalid : 0};
  }
  if (name == "fnmsub" || name == "fnmadd") x.changeSign();
  if (name == "fmsub" || name == "fnmadd") z.changeSign();
  Exact exact{product(to_quad(x), to_quad(y))};
  exact.is_cut = exact.value.add(to_quad(z), RoundingMode::TowardZero) != APFloat::opOK;
  const APFloat::opStatus status = x.fusedMultiplyAdd(y, z, mode);
  return rounded(format, mode, x, status, exact);
}

Answer minimum_or_maximum(const std::string& name, const Format& format,
                          const std::uint64_t* operands) {
  const APFloat x = format.load(operands[0]);
  const APFloat y = format.load(operands[1]);
  const unsigned flags = x.isSignaling() || y.isSignaling() ? kInvalid : 0;
  if (x.isNaN() || y.isNaN()) {
    const bool propagates = name.back() == 'm';
    if (propagates || (x.isNaN() && y.isNaN())) return {format.canonical_nan(), flags};
    return {format.store(x.isNaN() ? y : x), flags};
  }
  return {format.store(name.starts_with("fmin") ? minimum(x, y) : maximum(x, y)), flags};
}

Answer comparison(const std::string& name, const Format& format, const std::uint64_t* operands) {
  const APFloat x = format.load(operands[0]);
  const APFloat y = format.load(operands[1]);
  const bool is_quiet = name == "feq" || name.back() == 'q';
  const auto order = x.compare(y);
  unsigned flags = x.isSignaling() || y.isSignaling() ? kInvalid : 0;
  if (!is_quiet && order == APFloat::cmpUnordered) flags = kInvalid;
  const bool less = order == APFloat::cmpLessThan;
  const bool equal = order == APFloat::cmpEqual;
  const bool holds = name == "feq" ? equal : name.starts_with("flt") ? less : less || equal;
  return {holds ? 1U : 0U, flags};
}

std::uint64_t classify(const APFloat& x) {
  if (x.isNaN()) return x.isSignaling() ? 1 << 8 : 1 << 9;
  const int kind = x.isZero() ? 0 : x.isDenormal() ? 1 : x.isInfinity() ? 3 : 2;
  return x.isNegative() ? 1 << (3 - kind) : 1 << (4 + kind);
}

/// "w", "wu", "l", "lu".
struct Integer {
  unsigned bits;
  bool is_signed;
};
std::optional<Integer> integer_of(const std::string& name) {
  if (name == "w") return Integer{32, true};
  if (name == "wu") return Integer{32, false};
  if (name == "l") return Integer{64, true};
  if (name == "lu") return Integer{64, false};
  return std::nullopt;
}

Answer to_integer(Integer integer, const Format& format, RoundingMode mode, std::uint64_t bits) {
  const APFloat x = format.load(bits);
  APSInt value(integer.bits, !integer.is_signed);
  bool is_exact = false;
  unsigned flags = flags_of(x.convertToInteger(value, mode, &is_exact));
  if (x.isNaN()) value = APSInt::getMaxValue(integer.bits, !integer.is_signed);
  if ((flags & kInvalid) != 0) flags = kInvalid;
  return {static_cast<std::uint64_t>(llvm::APInt(value).sext(64).getSExtValue()), flags};
}

Answer from_integer(Integer integer, const Format& format, RoundingMode mode, std::uint64_t bits) {
  APFloat x(format.semantics);
  const APInt value(64, bits);
  const auto status = x.convertFromAPInt(value.trunc(integer.bits), integer.is_signed, mode);
  return {format.store(x), flags_of(status)};
}

/// Truncates, and takes the low 32 bits; the flags are those of fcvt.w.d.
Answer to_integer_modular(const Format& format, std::uint64_t bits) {
  const APFloat x = format.load(bits);
  Answer answer = to_integer({32, true}, format, RoundingMode::TowardZero, bits);
  if (!x.isFinite()) return {0, answer.flags};
  APSInt wide(2048, false);
  bool is_exact = false;
  x.convertToInteger(wide, RoundingMode::TowardZero, &is_exact);
  answer.bits = static_cast<std::uint64_t>(APInt(wide).trunc(32).sext(64).getSExtValue());
  return answer;
}

Answer between_formats(const Format& to, const Format& from, RoundingMode mode,
                       std::uint64_t bits) {
  APFloat x = from.load(bits);
  if (x.isNaN()) return {to.canonical_nan(), x.isSignaling() ? kInvalid : 0};
  const Exact exact{to_quad(x)};
  bool loses = false;
  const auto status = x.convert(to.semantics, mode, &loses);
  return rounded(to, mode, x, status, exact);
}

Answer round_to_integral(const std::string& name, const Format& format, RoundingMode mode,
                         std::uint64_t bits) {
  APFloat x = format.load(bits);
  if (x.isNaN()) return {format.canonical_nan(), x.isSignaling() ? kInvalid : 0};
  const unsigned flags = flags_of(x.roundToIntegral(mode));
  return {format.store(x), name == "froundnx" ? flags : 0};
}

Answer with_sign(const std::string& name, const Format& format, const std::uint64_t* operands) {
  const std::uint64_t sign = std::uint64_t{1} << (format.bits - 1);
  const std::uint64_t other = operands[1] & sign;
  const std::uint64_t made = name == "fsgnj"    ? other
                             : name == "fsgnjn" ? other ^ sign
                                                : (operands[0] ^ operands[1]) & sign;
  return {(operands[0] & ~sign) | made, 0};
}

Answer basic(const std::string& name, const Format& format, RoundingMode mode,
             const std::uint64_t* operands) {
  APFloat x = format.load(operands[0]);
  const APFloat y = format.load(operands[1]);
  if (x.isNaN() || y.isNaN()) {
    return {format.canonical_nan(), x.isSignaling() || y.isSignaling() ? kInvalid : 0};
  }
  Exact exact{to_quad(x)};
  const auto apply = [&](APFloat& to, const APFloat& by, RoundingMode how) {
    if (name == "fadd") return to.add(by, how);
    if (name == "fsub") return to.subtract(by, how);
    if (name == "fmul") return to.multiply(by, how);
    return to.divide(by, how);
  };
  exact.is_cut = apply(exact.value, to_quad(y), RoundingMode::TowardZero) != APFloat::opOK;
  const auto status = apply(x, y, mode);
  return rounded(format, mode, x, status, exact);
}

Answer answer(const Question& question) {
  const std::string mnemonic = question.mnemonic;
  const RoundingMode mode = kModes[question.rounding % 5];
  const std::uint64_t* const operands = question.operands;
  const auto first_dot = mnemonic.find('.');
  const std::string name = mnemonic.substr(0, first_dot);
  const std::string kinds = mnemonic.substr(first_dot + 1);
  const Format format = format_of(mnemonic.back());
  if (name == "fcvtmod") return to_integer_modular(format, operands[0]);
  if (name == "fcvt") {
    const auto dot = kinds.find('.');
    const std::string to = kinds.substr(0, dot);
    const std::string from = kinds.substr(dot + 1);
    if (const auto integer = integer_of(to)) return to_integer(*integer, format, mode, operands[0]);
    if (const auto integer = integer_of(from)) {
      return from_integer(*integer, format_of(to.back()), mode, operands[0]);
    }
    return between_formats(format_of(to.back()), format, mode, operands[0]);
  }
  if (name == "fadd" || name == "fsub" || name == "fmul" || name == "fdiv") {
    return basic(name, format, mode, operands);
  }
  if (name == "fsqrt") return square_root(format, mode, operands[0]);
  if (name == "fclass") return {classify(format.load(operands[0])), 0};
  if (name == "fround" || name == "froundnx") {
    return round_to_integral(name, format, mode, operands[0]);
  }
  if (name.starts_with("fmin") || name.starts_with("fmax")) {
    return minimum_or_maximum(name, format, operands);
  }
  if (name.starts_with("fsgnj")) return with_sign(name, format, operands);
  if (name == "feq" || name.starts_with("flt") || name.starts_with("fle")) {
    return comparison(name, format, operands);
  }
  if (name == "fmadd" || name == "fmsub" || name == "fnmsub" || name == "fnmadd") {
    return fused(name, format, mode, operands);
  }
  return {0, UINT64_MAX};
}

}  // namespace

int main() {
  Question question;
  while (std::fread(&question, sizeof question, 1, stdin) == 1) {
    const Answer result = answer(question);
    if (std::fwrite(&result, sizeof result, 1, stdout) != 1) return 1;
  }
  return 0;
}
