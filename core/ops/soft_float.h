// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary32 and binary64 arithmetic in integers: every rounding mode, exact flags,
// canonical NaNs. Serves where a host's floating-point unit cannot: rounding to nearest with ties
// away from zero, modes that are fixed in an instruction, hosts without the operation.
//
// Numbers are handled as sign, exponent and a 128-bit significand whose top bit is bit 126; what is
// shifted out below sticks to the lowest bit. That is enough for the exact product of two binary64
// numbers and a sum with a third.
#pragma once

#include <cstdint>
#include <type_traits>

namespace doppel::ops::soft {

/// Rounding modes, numbered as RISC-V does.
enum class Rounding : std::uint8_t { kNearestEven, kTowardZero, kDown, kUp, kNearestAway };

/// Exceptions that an operation raised.
enum Flag : std::uint8_t {
  kInexact = 1,
  kUnderflow = 2,
  kOverflow = 4,
  kDivideByZero = 8,
  kInvalid = 16,
};

/// The mode to round in, and the flags raised so far.
struct Environment {
  Rounding rounding = Rounding::kNearestEven;
  std::uint8_t flags = 0;
};

using Wide = unsigned __int128;

/// What is fixed for a format, by the type of its bits.
template <class Bits>
struct Format {
  static constexpr int kFraction = sizeof(Bits) == 4 ? 23 : 52;
  static constexpr int kBias = sizeof(Bits) == 4 ? 127 : 1023;
  static constexpr Bits kSign = Bits{1} << (sizeof(Bits) * 8 - 1);
  static constexpr Bits kFractionMask = (Bits{1} << kFraction) - 1;
  static constexpr Bits kInfinity = static_cast<Bits>(2 * kBias + 1) << kFraction;
  static constexpr Bits kCanonicalNan = kInfinity | Bits{1} << (kFraction - 1);
  static constexpr int kLeastExponent = 1 - kBias;  ///< of normal numbers
};

inline constexpr int kTopBit = 126;

/// A number taken apart: ±significand · 2^(exponent − 126). Zero has significand 0.
struct Number {
  bool sign = false;
  int exponent = 0;
  Wide significand = 0;
};

template <class Bits>
constexpr bool is_nan(Bits x) {
  return (x & ~Format<Bits>::kSign) > Format<Bits>::kInfinity;
}
template <class Bits>
constexpr bool is_signaling(Bits x) {
  return is_nan(x) && (x >> (Format<Bits>::kFraction - 1) & 1) == 0;
}
template <class Bits>
constexpr bool is_infinite(Bits x) {
  return (x & ~Format<Bits>::kSign) == Format<Bits>::kInfinity;
}
template <class Bits>
constexpr bool is_zero(Bits x) {
  return (x & ~Format<Bits>::kSign) == 0;
}
template <class Bits>
constexpr bool is_negative(Bits x) {
  return (x & Format<Bits>::kSign) != 0;
}

constexpr int leading_zeros(Wide x) {
  const auto high = static_cast<std::uint64_t>(x >> 64);
  return high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll(static_cast<std::uint64_t>(x));
}

/// x >> n, and the lowest bit set if anything was lost.
constexpr Wide shift_right_sticky(Wide x, int n) {
  if (n <= 0) return x;
  if (n > 127) return x != 0 ? 1 : 0;
  return x >> n | ((x & ((Wide{1} << n) - 1)) != 0 ? 1 : 0);
}

/// Moves the top bit to its place; the significand is not 0.
constexpr Number normalized(Number x) {
  const int shift = leading_zeros(x.significand) - (127 - kTopBit);
  x.significand = shift >= 0 ? x.significand << shift : shift_right_sticky(x.significand, -shift);
  x.exponent -= shift;
  return x;
}

/// A finite number from its bits.
template <class Bits>
constexpr Number unpack(Bits x) {
  using F = Format<Bits>;
  Number n{.sign = is_negative(x)};
  const Bits fraction = x & F::kFractionMask;
  const int exponent = static_cast<int>((x & ~F::kSign) >> F::kFraction);
  if (exponent == 0 && fraction == 0) return n;
  n.significand = fraction | (exponent != 0 ? Bits{1} << F::kFraction : Bits{0});
  n.exponent = (exponent != 0 ? exponent - F::kBias : F::kLeastExponent) + kTopBit - F::kFraction;
  return normalized(n);
}

/// Whether a magnitude is rounded up, by its lowest kept bit and what is dropped: 0 nothing, 1 less
/// than half, 2 half, 3 more.
constexpr bool rounds_up(Rounding mode, bool sign, bool odd, int dropped) {
  switch (mode) {
    case Rounding::kNearestEven: return dropped > 2 || (dropped == 2 && odd);
    case Rounding::kTowardZero: return false;
    case Rounding::kDown: return sign && dropped != 0;
    case Rounding::kUp: return !sign && dropped != 0;
    case Rounding::kNearestAway: return dropped >= 2;
  }
  return false;
}

/// How much the low `n` bits of x are, in the terms of rounds_up.
constexpr int dropped_part(Wide x, int n) {
  if (n <= 0) return 0;
  if (n > 127) return x != 0 ? 1 : 0;
  const Wide low = x & ((Wide{1} << n) - 1);
  const Wide half = Wide{1} << (n - 1);
  return low == 0 ? 0 : low < half ? 1 : low == half ? 2 : 3;
}

/// Rounds a number that is not zero to a format. Tininess is detected after rounding.
template <class Bits>
constexpr Bits round_and_pack(Environment& e, Number n) {
  using F = Format<Bits>;
  n = normalized(n);
  const Bits sign = n.sign ? F::kSign : Bits{0};
  const int below = F::kLeastExponent - n.exponent;  // positive: subnormal
  const int full = kTopBit - F::kFraction;
  const int drop = full + (below > 0 ? below : 0);
  if (drop < 0) __builtin_unreachable();  // exponents are of a few thousand
  const int dropped = dropped_part(n.significand, drop);
  Wide kept = drop > 127 ? 0 : n.significand >> drop;
  if (rounds_up(e.rounding, n.sign, (kept & 1) != 0, dropped)) ++kept;
  if (dropped != 0) {
    e.flags |= kInexact;
    if (below > 0) {
      // Not tiny if it would round up to the least normal number with all its bits.
      const bool carries = below == 1 &&
                           n.significand >> full == (Wide{1} << (F::kFraction + 1)) - 1 &&
                           rounds_up(e.rounding, n.sign, true, dropped_part(n.significand, full));
      if (!carries) e.flags |= kUnderflow;
    }
  }
  // The leading bit of a normal number adds one to the exponent field, as does a carry.
  const Bits field = below > 0 ? Bits{0} : static_cast<Bits>(n.exponent + F::kBias - 1);
  if (n.exponent + F::kBias - 1 < 2 * F::kBias + 1) {
    const Bits packed = (field << F::kFraction) + static_cast<Bits>(kept);
    if (packed < F::kInfinity) return sign | packed;
  }
  e.flags |= kOverflow | kInexact;
  const bool to_infinity = e.rounding == Rounding::kNearestEven ||
                           e.rounding == Rounding::kNearestAway ||
                           e.rounding == (n.sign ? Rounding::kDown : Rounding::kUp);
  return sign | (to_infinity ? F::kInfinity : F::kInfinity - 1);
}

/// The NaN that an operation with NaN operands gives.
template <class Bits, class... More>
constexpr Bits nan_of(Environment& e, More... operands) {
  if ((is_signaling(operands) || ...)) e.flags |= kInvalid;
  return Format<Bits>::kCanonicalNan;
}
template <class Bits>
constexpr Bits invalid(Environment& e) {
  e.flags |= kInvalid;
  return Format<Bits>::kCanonicalNan;
}

/// The exact sum, sticky bit included; a zero significand where it is zero.
constexpr Number sum_of(Number x, Number y) {
  if (x.significand == 0) return y;
  if (y.significand == 0) return x;
  if (x.exponent < y.exponent || (x.exponent == y.exponent && x.significand < y.significand)) {
    const Number swap = x;
    x = y;
    y = swap;
  }
  y.significand = shift_right_sticky(y.significand, x.exponent - y.exponent);
  x.significand = x.sign == y.sign ? x.significand + y.significand : x.significand - y.significand;
  return x;
}

/// The sign of a zero that is the sum of x and y.
template <class Bits>
constexpr Bits zero_sum(const Environment& e, bool x, bool y) {
  const bool sign = x == y ? x : e.rounding == Rounding::kDown;
  return sign ? Format<Bits>::kSign : Bits{0};
}

template <class Bits>
constexpr Bits add(Environment& e, Bits x, Bits y) {
  if (is_nan(x) || is_nan(y)) return nan_of<Bits>(e, x, y);
  if (is_infinite(x)) return is_infinite(y) && x != y ? invalid<Bits>(e) : x;
  if (is_infinite(y)) return y;
  const Number sum = sum_of(unpack(x), unpack(y));
  if (sum.significand == 0) return zero_sum<Bits>(e, is_negative(x), is_negative(y));
  return round_and_pack<Bits>(e, sum);
}

template <class Bits>
constexpr Bits sub(Environment& e, Bits x, Bits y) {
  if (is_nan(y)) return nan_of<Bits>(e, x, y);
  return add(e, x, static_cast<Bits>(y ^ Format<Bits>::kSign));
}

/// The significand as an integer of at most 53 bits; its lowest bit is worth 2^(exponent − 52).
constexpr std::uint64_t short_significand(Number x) {
  return static_cast<std::uint64_t>(x.significand >> (kTopBit - 52));
}

constexpr Number product_of(Number x, Number y) {
  Number product{.sign = x.sign != y.sign};
  product.significand = Wide{short_significand(x)} * short_significand(y);
  product.exponent = x.exponent + y.exponent + kTopBit - 104;
  return product.significand == 0 ? product : normalized(product);
}

template <class Bits>
constexpr Bits mul(Environment& e, Bits x, Bits y) {
  using F = Format<Bits>;
  if (is_nan(x) || is_nan(y)) return nan_of<Bits>(e, x, y);
  const Bits sign = (x ^ y) & F::kSign;
  if (is_infinite(x) || is_infinite(y)) {
    return is_zero(x) || is_zero(y) ? invalid<Bits>(e) : sign | F::kInfinity;
  }
  if (is_zero(x) || is_zero(y)) return sign;
  return round_and_pack<Bits>(e, product_of(unpack(x), unpack(y)));
}

/// x · y + z, rounded once. An invalid product is reported even if z is a quiet NaN.
template <class Bits>
constexpr Bits fma(Environment& e, Bits x, Bits y, Bits z) {
  using F = Format<Bits>;
  const bool is_invalid = (is_infinite(x) && is_zero(y)) || (is_zero(x) && is_infinite(y));
  if (is_invalid) return invalid<Bits>(e);
  if (is_nan(x) || is_nan(y) || is_nan(z)) return nan_of<Bits>(e, x, y, z);
  const Bits sign = (x ^ y) & F::kSign;
  if (is_infinite(x) || is_infinite(y)) {
    const Bits product = sign | F::kInfinity;
    return is_infinite(z) && z != product ? invalid<Bits>(e) : product;
  }
  if (is_infinite(z)) return z;
  const Number sum = sum_of(product_of(unpack(x), unpack(y)), unpack(z));
  if (sum.significand == 0) return zero_sum<Bits>(e, sign != 0, is_negative(z));
  return round_and_pack<Bits>(e, sum);
}

template <class Bits>
constexpr Bits div(Environment& e, Bits x, Bits y) {
  using F = Format<Bits>;
  if (is_nan(x) || is_nan(y)) return nan_of<Bits>(e, x, y);
  const Bits sign = (x ^ y) & F::kSign;
  if (is_infinite(x)) return is_infinite(y) ? invalid<Bits>(e) : sign | F::kInfinity;
  if (is_infinite(y)) return sign;
  if (is_zero(y)) {
    if (is_zero(x)) return invalid<Bits>(e);
    e.flags |= kDivideByZero;
    return sign | F::kInfinity;
  }
  if (is_zero(x)) return sign;
  const Number a = unpack(x);
  const Number b = unpack(y);
  const Wide dividend = Wide{short_significand(a)} << 62;
  const std::uint64_t divisor = short_significand(b);
  if (divisor == 0) __builtin_unreachable();  // y is not zero
  const Wide quotient = dividend / divisor << 1 | (dividend % divisor != 0 ? 1 : 0);
  return round_and_pack<Bits>(e, {sign != 0, a.exponent - b.exponent + kTopBit - 63, quotient});
}

template <class Bits>
constexpr Bits sqrt(Environment& e, Bits x) {
  if (is_nan(x)) return nan_of<Bits>(e, x);
  if (is_zero(x)) return x;
  if (is_negative(x)) return invalid<Bits>(e);
  if (is_infinite(x)) return x;
  const Number n = unpack(x);
  // x = radicand · 2^(2 · half), with an even exponent and a radicand of some 118 bits.
  int exponent = n.exponent - 52 - 64;
  Wide radicand = Wide{short_significand(n)} << 64;
  if ((exponent & 1) != 0) {
    radicand <<= 1;
    --exponent;
  }
  Wide root = 0;
  Wide rest = radicand;
  for (Wide bit = Wide{1} << 118; bit != 0; bit >>= 2) {
    if (rest >= root + bit) {
      rest -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return round_and_pack<Bits>(e,
                              {false, exponent / 2 + kTopBit - 1, root << 1 | (rest != 0 ? 1 : 0)});
}

/// A float in another format.
template <class To, class From>
constexpr To convert(Environment& e, From x) {
  using F = Format<To>;
  if (is_nan(x)) return nan_of<To>(e, x);
  const To sign = is_negative(x) ? F::kSign : To{0};
  if (is_infinite(x)) return sign | F::kInfinity;
  if (is_zero(x)) return sign;
  return round_and_pack<To>(e, unpack(x));
}

/// An integer of any width and signedness as a float.
template <class To, class Int>
constexpr To from_integer(Environment& e, Int value) {
  if (value == 0) return 0;
  const bool sign = value < 0;
  const auto bits = static_cast<std::make_unsigned_t<Int>>(value);
  const Wide magnitude = sign ? static_cast<std::make_unsigned_t<Int>>(-bits) : bits;
  return round_and_pack<To>(e, {sign, kTopBit, magnitude});
}

/// The magnitude of a finite number as an integer, and what was dropped in the terms of rounds_up.
/// `huge`: it does not fit in 65 bits.
struct Integral {
  Wide magnitude = 0;
  int dropped = 0;
  bool huge = false;
};
constexpr Integral integral_of(const Number& n, Rounding rounding) {
  if (n.significand == 0) return {};
  if (n.exponent > 64) return {.huge = true};
  const int drop = kTopBit - n.exponent;
  Integral result{.magnitude = drop > 127 ? 0 : n.significand >> drop,
                  .dropped = dropped_part(n.significand, drop)};
  if (rounds_up(rounding, n.sign, (result.magnitude & 1) != 0, result.dropped)) ++result.magnitude;
  return result;
}

/// A float as an integer; what does not fit is invalid and gives the nearest integer that does, and
/// a NaN the greatest.
template <class Int, class Bits>
constexpr Int to_integer(Environment& e, Bits x) {
  constexpr Int kLeast = std::is_signed_v<Int> ? static_cast<Int>(std::make_unsigned_t<Int>{1}
                                                                  << (sizeof(Int) * 8 - 1))
                                               : Int{0};
  constexpr Int kGreatest = static_cast<Int>(~kLeast);
  const auto out_of_range = [&](bool sign) {
    e.flags |= kInvalid;
    return sign ? kLeast : kGreatest;
  };
  if (is_nan(x)) return out_of_range(false);
  if (is_infinite(x)) return out_of_range(is_negative(x));
  const Number n = unpack(x);
  const Integral integral = integral_of(n, e.rounding);
  const Wide limit = n.sign ? (std::is_signed_v<Int> ? Wide{1} << (sizeof(Int) * 8 - 1) : Wide{0})
                            : Wide{static_cast<std::make_unsigned_t<Int>>(kGreatest)};
  if (integral.huge || integral.magnitude > limit) return out_of_range(n.sign);
  if (integral.dropped != 0) e.flags |= kInexact;
  const auto magnitude = static_cast<std::make_unsigned_t<Int>>(integral.magnitude);
  return static_cast<Int>(n.sign ? static_cast<std::make_unsigned_t<Int>>(-magnitude) : magnitude);
}

/// A float rounded to an integer, as a float; `reports` whether it was inexact.
template <class Bits>
constexpr Bits round_to_integral(Environment& e, Bits x, bool reports) {
  using F = Format<Bits>;
  if (is_nan(x)) return nan_of<Bits>(e, x);
  const Number n = unpack(x);
  if (is_infinite(x) || n.exponent >= F::kFraction) return x;
  const Integral integral = integral_of(n, e.rounding);
  if (integral.dropped != 0 && reports) e.flags |= kInexact;
  const Bits sign = x & F::kSign;
  if (integral.magnitude == 0) return sign;
  Environment exact;
  return round_and_pack<Bits>(exact, {n.sign, kTopBit, integral.magnitude});
}

/// The low 32 bits of a binary64 truncated to an integer, modulo 2^32; invalid where a conversion
/// would be.
constexpr std::int32_t to_integer_modular(Environment& e, std::uint64_t x) {
  if (is_nan(x) || is_infinite(x)) {
    e.flags |= kInvalid;
    return 0;
  }
  const Number n = unpack(x);
  if (n.significand == 0) return 0;
  const int drop = kTopBit - n.exponent;
  Wide magnitude = 0;
  if (drop >= 0) {
    magnitude = drop > 127 ? 0 : n.significand >> drop;
  } else if (drop > -32) {
    magnitude = n.significand << -drop;
  }
  const bool fits = n.exponent < 32 && magnitude <= (Wide{1} << 31) - (n.sign ? 0 : 1);
  if (!fits) {
    e.flags |= kInvalid;
  } else if (dropped_part(n.significand, drop) != 0) {
    e.flags |= kInexact;
  }
  const auto low = static_cast<std::uint32_t>(magnitude);
  return static_cast<std::int32_t>(n.sign ? 0U - low : low);
}

}  // namespace doppel::ops::soft
