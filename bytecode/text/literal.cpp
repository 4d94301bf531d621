// SPDX-License-Identifier: Apache-2.0
// Reading and writing numbers. Decimal floats go through std::from_chars, which rounds correctly;
// hexadecimal ones are rounded here from a 64-bit significand and a sticky bit.
#include "bytecode/text/literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>

namespace doppel::bytecode::text {
namespace {

constexpr auto kSyntax = tl::unexpected(LiteralError::kSyntax);
constexpr auto kRange = tl::unexpected(LiteralError::kRange);

/// The layout of an IEEE 754 format.
template <class Float, class Bits>
struct Ieee {
  using FloatType = Float;
  using BitsType = Bits;
  static constexpr int kPrecision = std::numeric_limits<Float>::digits;
  static constexpr int kMinExponent = std::numeric_limits<Float>::min_exponent - 1;
  static constexpr int kMaxExponent = std::numeric_limits<Float>::max_exponent - 1;
  static constexpr Bits kFraction = (Bits{1} << (kPrecision - 1)) - 1;
  static constexpr Bits kQuiet = Bits{1} << (kPrecision - 2);
  static constexpr Bits kSign = Bits{1} << (sizeof(Bits) * 8 - 1);
  static constexpr Bits kInfinity = kSign - 1 - kFraction;
};
using F32 = Ieee<float, std::uint32_t>;
using F64 = Ieee<double, std::uint64_t>;

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

/// Takes a sequence of digits off the front of `text`, single underscores between them allowed,
/// and passes each to `use`. False where there is no digit or an underscore stands elsewhere.
template <class Use>
bool take_digits(std::string_view& text, int base, Use use) {
  if (text.empty() || digit_value(text[0]) >= base) return false;
  while (!text.empty()) {
    if (digit_value(text[0]) < base) {
      use(text[0]);
      text.remove_prefix(1);
    } else if (text[0] == '_') {
      text.remove_prefix(1);
      if (text.empty() || digit_value(text[0]) >= base) return false;
    } else {
      break;
    }
  }
  return true;
}

/// Takes `+` or `-` off the front; true for `-`.
bool take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const bool negative = text[0] == '-';
  text.remove_prefix(1);
  return negative;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::uint64_t mask(unsigned bits) { return bits == 64 ? ~0ULL : (1ULL << bits) - 1; }

/// A signed decimal exponent, limited to what can matter for any text.
std::optional<std::int64_t> take_exponent(std::string_view& text) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 40U;
  const bool negative = take_sign(text);
  std::int64_t value = 0;
  if (!take_digits(text, 10, [&](char c) { value = std::min(value * 10 + (c - '0'), kLimit); })) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

/// A significand being read: 64 leading bits, whether any later bit is set, a binary exponent.
struct Significand {
  std::uint64_t bits = 0;
  bool sticky = false;
  std::int64_t exponent = 0;

  void push(char digit, bool is_fraction) {
    const auto value = static_cast<std::uint64_t>(digit_value(digit));
    if (bits >> 60U == 0) {
      bits = bits << 4U | value;
      if (is_fraction) exponent -= 4;
    } else {
      sticky = sticky || value != 0;
      if (!is_fraction) exponent += 4;
    }
  }
};

/// Rounds to nearest, ties to even.
template <class Format>
Literal<typename Format::BitsType> round(Significand value) {
  using Bits = typename Format::BitsType;
  if (value.bits == 0) return Bits{0};
  const int shift = std::countl_zero(value.bits);
  const std::uint64_t bits = value.bits << static_cast<unsigned>(shift);
  const std::int64_t exponent = value.exponent - shift + 63;
  if (exponent > Format::kMaxExponent) return kRange;

  // How many bits fit: the precision, or fewer below the smallest normal number.
  const std::int64_t below = std::max<std::int64_t>(Format::kMinExponent - exponent, 0);
  const std::int64_t keep = Format::kPrecision - below;
  if (keep < 0) return Bits{0};
  const auto kept =
      keep == 0 ? Bits{0} : static_cast<Bits>(bits >> (64U - static_cast<unsigned>(keep)));
  const std::uint64_t rest = bits << static_cast<unsigned>(keep);
  constexpr std::uint64_t kHalf = 1ULL << 63U;
  const bool up = rest > kHalf || (rest == kHalf && (value.sticky || (kept & 1U) != 0));

  // The carry of rounding up moves on into the exponent by itself.
  const Bits biased = below > 0 ? Bits{0} : static_cast<Bits>(exponent - Format::kMinExponent);
  const Bits result = (biased << (Format::kPrecision - 1)) + kept + (up ? 1 : 0);
  if (result >= Format::kInfinity) return kRange;
  return result;
}

template <class Format>
Literal<typename Format::BitsType> parse_hex(std::string_view text) {
  Significand value;
  if (!take_digits(text, 16, [&](char c) { value.push(c, false); })) return kSyntax;
  if (take(text, ".") && !text.empty() && digit_value(text[0]) < 16) {
    if (!take_digits(text, 16, [&](char c) { value.push(c, true); })) return kSyntax;
  }
  if (take(text, "p") || take(text, "P")) {
    const auto exponent = take_exponent(text);
    if (!exponent) return kSyntax;
    value.exponent += *exponent;
  }
  if (!text.empty()) return kSyntax;
  return round<Format>(value);
}

/// Whether a decimal float out of the format's range is too large rather than too small.
bool is_huge(std::string_view digits, std::int64_t exponent) {
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const std::size_t first = digits.find_first_of("123456789");
  if (first == std::string_view::npos) return false;
  return static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) + exponent > 0;
}

template <class Format>
Literal<typename Format::BitsType> parse_decimal(std::string_view text) {
  std::string plain;
  const auto keep = [&](char c) { plain += c; };
  if (!take_digits(text, 10, keep)) return kSyntax;
  if (take(text, ".")) {
    plain += '.';
    if (!text.empty() && digit_value(text[0]) < 10 && !take_digits(text, 10, keep)) return kSyntax;
  }
  std::int64_t exponent = 0;
  const std::size_t digits = plain.size();
  if (take(text, "e") || take(text, "E")) {
    const auto read = take_exponent(text);
    if (!read) return kSyntax;
    exponent = *read;
    plain += fmt::format("e{}", exponent);
  }
  if (!text.empty()) return kSyntax;

  typename Format::FloatType value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (error == std::errc::result_out_of_range) {
    if (is_huge(std::string_view(plain).substr(0, digits), exponent)) return kRange;
    value = 0;
  }
  const auto bits = std::bit_cast<typename Format::BitsType>(value);
  if (bits >= Format::kInfinity) return kRange;
  return bits;
}

template <class Format>
Literal<typename Format::BitsType> parse_magnitude(std::string_view text) {
  using Bits = typename Format::BitsType;
  if (text == "inf") return Format::kInfinity;
  if (text == "nan") return Bits{Format::kInfinity | Format::kQuiet};
  if (take(text, "nan:0x")) {
    Significand payload;
    if (!take_digits(text, 16, [&](char c) { payload.push(c, false); }) || !text.empty()) {
      return kSyntax;
    }
    const bool fits = payload.exponent == 0 && payload.bits <= Format::kFraction;
    if (!fits || payload.bits == 0) return kRange;
    return static_cast<Bits>(Format::kInfinity | payload.bits);
  }
  return take(text, "0x") ? parse_hex<Format>(text) : parse_decimal<Format>(text);
}

template <class Format>
Literal<typename Format::BitsType> parse_float(std::string_view text) {
  const bool negative = take_sign(text);
  auto bits = parse_magnitude<Format>(text);
  if (bits && negative) *bits |= Format::kSign;
  return bits;
}

template <class Format>
std::string format_float(typename Format::BitsType bits) {
  const char* sign = (bits & Format::kSign) != 0 ? "-" : "";
  const auto magnitude = static_cast<typename Format::BitsType>(bits & ~Format::kSign);
  if (magnitude == Format::kInfinity) return fmt::format("{}inf", sign);
  if (magnitude == (Format::kInfinity | Format::kQuiet)) return fmt::format("{}nan", sign);
  if (magnitude > Format::kInfinity) {
    return fmt::format("{}nan:{:#x}", sign, magnitude & Format::kFraction);
  }
  return fmt::format("{}{}", sign, std::bit_cast<typename Format::FloatType>(magnitude));
}

}  // namespace

Literal<std::uint64_t> parse_unsigned(std::string_view text, unsigned bits) {
  const unsigned base = take(text, "0x") ? 16 : 10;
  std::uint64_t value = 0;
  bool overflow = false;
  const auto push = [&](char c) {
    const auto digit = static_cast<unsigned>(digit_value(c));
    overflow = overflow || value > (mask(bits) - digit) / base;
    value = value * base + digit;
  };
  if (!take_digits(text, static_cast<int>(base), push) || !text.empty()) return kSyntax;
  if (overflow) return kRange;
  return value;
}

Literal<std::uint64_t> parse_integer(std::string_view text, unsigned bits) {
  const bool negative = take_sign(text);
  const auto magnitude = parse_unsigned(text, bits);
  if (!magnitude || !negative) return magnitude;
  if (*magnitude > 1ULL << (bits - 1)) return kRange;
  return (~*magnitude + 1) & mask(bits);
}

Literal<std::uint32_t> parse_f32(std::string_view text) { return parse_float<F32>(text); }
Literal<std::uint64_t> parse_f64(std::string_view text) { return parse_float<F64>(text); }

std::string format_f32(std::uint32_t bits) { return format_float<F32>(bits); }
std::string format_f64(std::uint64_t bits) { return format_float<F64>(bits); }

}  // namespace doppel::bytecode::text
