// SPDX-License-Identifier: Apache-2.0
// The builders that float instructions are evaluated with: SoftFloatBuilder computes in integers,
// in any rounding mode; HostFloatBuilder on the host's unit, in the mode that the unit is in, where
// it gives the same results and flags. Files that use it are compiled for strict floating point.
#pragma once

#include "core/ops/soft_float.h"
#include "sysvm/hart/builder.h"

namespace doppel::sysvm {

namespace soft = ops::soft;

/// See the file comment. `environment` has the mode and collects flags.
struct SoftFloatBuilder : HartBuilder {
  soft::Environment environment;

  template <class T>
  DOPPEL_INLINE T fadd(T x, T y) {
    return reinterpret_float(soft::add(environment, bits(x), bits(y)));
  }
  template <class T>
  DOPPEL_INLINE T fsub(T x, T y) {
    return reinterpret_float(soft::sub(environment, bits(x), bits(y)));
  }
  template <class T>
  DOPPEL_INLINE T fmul(T x, T y) {
    return reinterpret_float(soft::mul(environment, bits(x), bits(y)));
  }
  template <class T>
  DOPPEL_INLINE T fdiv(T x, T y) {
    return reinterpret_float(soft::div(environment, bits(x), bits(y)));
  }
  template <class T>
  DOPPEL_INLINE T fsqrt(T x) {
    return reinterpret_float(soft::sqrt(environment, bits(x)));
  }
  template <class T>
  DOPPEL_INLINE T fma(T x, T y, T z) {
    return reinterpret_float(soft::fma(environment, bits(x), bits(y), bits(z)));
  }
  DOPPEL_INLINE F32 narrow(F64 x) {
    return reinterpret_float(soft::convert<I32>(environment, bits(x)));
  }
  DOPPEL_INLINE F64 widen(F32 x) {
    return reinterpret_float(soft::convert<I64>(environment, bits(x)));
  }
  template <class T>
  DOPPEL_INLINE T fround(T x, bool reports) {
    return reinterpret_float(soft::round_to_integral(environment, bits(x), reports));
  }
  template <class T>
  DOPPEL_INLINE T fxorsign(T x, T y) {
    using Bits = decltype(bits(x));
    return reinterpret_float(static_cast<Bits>(bits(x) ^ (bits(y) & soft::Format<Bits>::kSign)));
  }

  /// To an integer, sign-extended from 32 bits whether signed or not.
  template <class Int, class T>
  DOPPEL_INLINE I64 to_integer(T x) {
    const Int value = environment.rounding == soft::Rounding::kTowardZero
                          ? truncated<Int>(x)
                          : soft::to_integer<Int>(environment, bits(x));
    return static_cast<I64>(static_cast<std::int64_t>(static_cast<std::make_signed_t<Int>>(value)));
  }
  DOPPEL_INLINE I64 to_integer_modular(F64 x) {
    return static_cast<I64>(std::int64_t{soft::to_integer_modular(environment, bits(x))});
  }
  template <class To, class Int>
  DOPPEL_INLINE To from_integer(I64 x) {
    using Bits = std::conditional_t<sizeof(To) == 4, I32, I64>;
    return reinterpret_float(soft::from_integer<Bits>(environment, static_cast<Int>(x)));
  }

  // Comparisons: an ordered one of a NaN is invalid, a quiet one of a signaling NaN.
  template <class T>
  DOPPEL_INLINE bool feq(T x, T y) {
    return is_quiet(x, y) && compare(bits(x), bits(y)) == 0;
  }
  template <class T>
  DOPPEL_INLINE bool flt_quiet(T x, T y) {
    return is_quiet(x, y) && compare(bits(x), bits(y)) < 0;
  }
  template <class T>
  DOPPEL_INLINE bool fle_quiet(T x, T y) {
    return is_quiet(x, y) && compare(bits(x), bits(y)) <= 0;
  }
  template <class T>
  DOPPEL_INLINE bool flt(T x, T y) {
    return is_ordered(x, y) && compare(bits(x), bits(y)) < 0;
  }
  template <class T>
  DOPPEL_INLINE bool fle(T x, T y) {
    return is_ordered(x, y) && compare(bits(x), bits(y)) <= 0;
  }

  /// IEEE 754-2019 minimumNumber: a NaN gives the other operand; −0 is less than +0.
  template <class T>
  DOPPEL_INLINE T fmin_number(T x, T y) {
    return choose_number(x, y, true);
  }
  template <class T>
  DOPPEL_INLINE T fmax_number(T x, T y) {
    return choose_number(x, y, false);
  }
  /// IEEE 754-2019 minimum: a NaN gives a NaN.
  template <class T>
  DOPPEL_INLINE T fmin_nan(T x, T y) {
    return is_quiet(x, y) ? choose(x, y, true) : canonical<T>();
  }
  template <class T>
  DOPPEL_INLINE T fmax_nan(T x, T y) {
    return is_quiet(x, y) ? choose(x, y, false) : canonical<T>();
  }

  /// One bit of ten: −∞, negative normal, negative subnormal, −0, +0, subnormal, normal, +∞,
  /// signaling NaN, quiet NaN.
  template <class T>
  DOPPEL_INLINE I64 fclass(T x) {
    using F = soft::Format<decltype(bits(x))>;
    const auto value = bits(x);
    if (soft::is_nan(value)) return soft::is_signaling(value) ? 1U << 8 : 1U << 9;
    const auto magnitude = value & ~F::kSign;
    const unsigned kind = magnitude == 0                   ? 0
                          : magnitude >> F::kFraction == 0 ? 1
                          : magnitude < F::kInfinity       ? 2
                                                           : 3;
    return soft::is_negative(value) ? 1U << (3 - kind) : 1U << (4 + kind);
  }

 protected:
  template <class T>
  DOPPEL_INLINE T canonical() {
    using Bits = std::conditional_t<sizeof(T) == 4, I32, I64>;
    return reinterpret_float(soft::Format<Bits>::kCanonicalNan);
  }

 private:
  /// Truncates; on the host's unit, which is quick and in C++ means just this, where it fits.
  template <class Int, class T>
  DOPPEL_INLINE Int truncated(T x) {
    constexpr T kLimit = static_cast<T>(std::uint64_t{1} << (sizeof(Int) * 8 - 2)) * 2;
    const bool fits = std::is_signed_v<Int>
                          ? __builtin_isgreater(x, -kLimit) && __builtin_isless(x, kLimit)
                          : __builtin_isgreaterequal(x, T{0}) && __builtin_isless(x, kLimit);
    if (!fits) return soft::to_integer<Int>(environment, bits(x));
    return static_cast<Int>(static_cast<std::int64_t>(x));
  }
  /// −1, 0 or 1; neither is a NaN.
  template <class Bits>
  DOPPEL_INLINE static int compare(Bits x, Bits y) {
    if (soft::is_zero(x) && soft::is_zero(y)) return 0;
    const auto order = [](Bits value) {
      using Signed = std::make_signed_t<Bits>;
      return soft::is_negative(value) ? static_cast<Signed>(~(value ^ soft::Format<Bits>::kSign))
                                      : static_cast<Signed>(value);
    };
    return order(x) < order(y) ? -1 : order(x) > order(y) ? 1 : 0;
  }
  /// Neither is a NaN; a signaling one is invalid.
  template <class T>
  DOPPEL_INLINE bool is_quiet(T x, T y) {
    if (!soft::is_nan(bits(x)) && !soft::is_nan(bits(y))) return true;
    static_cast<void>(soft::nan_of<decltype(bits(x))>(environment, bits(x), bits(y)));
    return false;
  }
  /// Neither is a NaN, which is invalid.
  template <class T>
  DOPPEL_INLINE bool is_ordered(T x, T y) {
    if (!soft::is_nan(bits(x)) && !soft::is_nan(bits(y))) return true;
    environment.flags |= soft::kInvalid;
    return false;
  }
  /// The lesser or greater of two numbers.
  template <class T>
  DOPPEL_INLINE T choose(T x, T y, bool lesser) {
    const int order = compare(bits(x), bits(y));
    if (order == 0) return soft::is_negative(bits(x)) == lesser ? x : y;
    return (order < 0) == lesser ? x : y;
  }
  template <class T>
  DOPPEL_INLINE T choose_number(T x, T y, bool lesser) {
    if (is_quiet(x, y)) return choose(x, y, lesser);
    if (soft::is_nan(bits(x))) return soft::is_nan(bits(y)) ? canonical<T>() : y;
    return x;
  }
};

/// See the file comment. `environment.rounding` must be the unit's mode.
struct HostFloatBuilder : SoftFloatBuilder {
  template <class T>
  DOPPEL_INLINE T fadd(T x, T y) {
    return settled(x + y);
  }
  template <class T>
  DOPPEL_INLINE T fsub(T x, T y) {
    return settled(x - y);
  }
  template <class T>
  DOPPEL_INLINE T fmul(T x, T y) {
    return settled(x * y);
  }
  template <class T>
  DOPPEL_INLINE T fdiv(T x, T y) {
    return settled(x / y);
  }
  DOPPEL_INLINE F32 fsqrt(F32 x) { return settled(__builtin_sqrtf(x)); }
  DOPPEL_INLINE F64 fsqrt(F64 x) { return settled(__builtin_sqrt(x)); }
#if defined(__FMA__) || !defined(__x86_64__)
  // Hosts differ in whether ∞ · 0 + NaN is invalid.
  DOPPEL_INLINE F32 fma(F32 x, F32 y, F32 z) {
    return soft::is_nan(bits(z)) ? SoftFloatBuilder::fma(x, y, z)
                                 : settled(__builtin_fmaf(x, y, z));
  }
  DOPPEL_INLINE F64 fma(F64 x, F64 y, F64 z) {
    return soft::is_nan(bits(z)) ? SoftFloatBuilder::fma(x, y, z) : settled(__builtin_fma(x, y, z));
  }
#endif
  DOPPEL_INLINE F32 narrow(F64 x) { return settled(static_cast<F32>(x)); }
  DOPPEL_INLINE F64 widen(F32 x) { return settled(static_cast<F64>(x)); }
  template <class To, class Int>
  DOPPEL_INLINE To from_integer(I64 x) {
    if constexpr (sizeof(Int) == 8 && !std::is_signed_v<Int>) {
      return SoftFloatBuilder::from_integer<To, Int>(x);  // hosts have no such instruction
    } else {
      return static_cast<To>(static_cast<std::int64_t>(static_cast<Int>(x)));
    }
  }

 private:
  /// A NaN becomes the canonical one.
  template <class T>
  DOPPEL_INLINE T settled(T x) {
    return __builtin_isunordered(x, x) ? canonical<T>() : x;
  }
};

}  // namespace doppel::sysvm
