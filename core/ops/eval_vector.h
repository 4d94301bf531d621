// SPDX-License-Identifier: Apache-2.0
// The vector words of the evaluating builder (core/ops/eval.h inherits them): a word does in every
// lane what it says, on a shape that its operand or its template argument names. Words that mean in
// a lane what a scalar word means share its name; add, sub, mul, band, bor, bxor and the float
// arithmetic are the scalar templates themselves.
//
// Portable code wherever the compiler makes the best of it, and the processor's own instructions,
// guarded, where it does not.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>

#include "core/ops/inline.h"
#include "core/ops/vector.h"

#if defined(__has_builtin)
#if __has_builtin(__builtin_elementwise_add_sat) && __has_builtin(__builtin_elementwise_ceil)
#define DOPPEL_ELEMENTWISE 1
#endif
#endif
#ifndef DOPPEL_ELEMENTWISE
#define DOPPEL_ELEMENTWISE 0
#endif

namespace doppel::ops {

/// See the file comment.
struct EvalVectorWords {
  using I8x16 = ops::I8x16;
  using I16x8 = ops::I16x8;
  using I32x4 = ops::I32x4;
  using I64x2 = ops::I64x2;
  using F32x4 = ops::F32x4;
  using F64x2 = ops::F64x2;

  /// The same 16 bytes in another shape.
  template <LaneShape To, LaneShape V>
  DOPPEL_INLINE static To reshape(V x) {
    return reinterpret_cast<To>(x);
  }

  // Lanes from and to scalars. A lane of 8 or 16 bits is an I32 as a scalar.
  /// Every lane is the low bits of x.
  template <LaneShape V, class T>
  DOPPEL_INLINE static V splat(T x) {
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      return V{(static_cast<void>(i), static_cast<LaneOf<V>>(x))...};
    }(std::make_index_sequence<kLanes<V>>());
  }
  /// The lane number `lane`, integers extended by zeros.
  template <LaneShape V>
  DOPPEL_INLINE static auto extract(V x, unsigned lane) {
    if constexpr (sizeof(LaneOf<V>) < 4) {
      return static_cast<std::uint32_t>(x[lane]);
    } else {
      return LaneOf<V>{x[lane]};
    }
  }
  /// x with the low bits of `value` in lane number `lane`.
  template <LaneShape V, class T>
  DOPPEL_INLINE static V replace(V x, unsigned lane, T value) {
    const auto here = reinterpret_cast<SignedOf<V>>(
        first_numbers<MaskOf<V>>() == splat<MaskOf<V>>(static_cast<LaneOf<MaskOf<V>>>(lane)));
    return here ? splat<V>(value) : x;
  }

  // Bits.
  template <IntegerLanes V>
  DOPPEL_INLINE static V bnot(V x) {
    return ~x;
  }
  /// The bits of x where `mask` has ones, else those of y.
  template <IntegerLanes V>
  DOPPEL_INLINE static V bitselect(V x, V y, V mask) {
    return y ^ ((x ^ y) & mask);
  }
  /// Whether any bit is one.
  DOPPEL_INLINE static bool any_true(I64x2 x) {
#if defined(__SSE4_1__)
    return __builtin_ia32_ptestz128((Quads)x, (Quads)x) == 0;
#else
    return (x[0] | x[1]) != 0;
#endif
  }
  /// Whether no lane is zero.
  template <IntegerLanes V>
  DOPPEL_INLINE static bool all_true(V x) {
    return !any_true(reinterpret_cast<I64x2>(x == 0));
  }
  /// The highest bits of all lanes, lane 0's lowest.
  template <IntegerLanes V>
  DOPPEL_INLINE static std::uint32_t bitmask(V x) {
#if defined(__SSE2__)
    if constexpr (kLanes<V> == 16) {
      return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128((Chars)x));
    } else if constexpr (kLanes<V> == 8) {
      return static_cast<std::uint32_t>(
          __builtin_ia32_pmovmskb128(__builtin_ia32_packsswb128((Shorts)x, Shorts{})));
    } else if constexpr (kLanes<V> == 4) {
      return static_cast<std::uint32_t>(__builtin_ia32_movmskps((F32x4)x));
    } else {
      return static_cast<std::uint32_t>(__builtin_ia32_movmskpd((F64x2)x));
    }
#else
    std::uint32_t mask = 0;
    for (unsigned i = 0; i < kLanes<V>; ++i)
      mask |= static_cast<std::uint32_t>(x[i] >> (8 * sizeof(LaneOf<V>) - 1)) << i;
    return mask;
#endif
  }

  // Integers, modulo 2^width.
  template <IntegerLanes V>
  DOPPEL_INLINE static V neg(V x) {
    return V{} - x;
  }
  /// The absolute value; of the least number, itself.
  template <IntegerLanes V>
  DOPPEL_INLINE static V abs(V x) {
    return as_signed(x) < 0 ? V{} - x : x;
  }
  DOPPEL_INLINE static I8x16 popcnt(I8x16 x) {
    x -= (x >> 1) & 0x55;
    x = (x & 0x33) + ((x >> 2) & 0x33);
    return (x + (x >> 4)) & 0x0f;
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V shl(V x, std::uint32_t n) {
    return x << count<V>(n);
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V shr_u(V x, std::uint32_t n) {
    return x >> count<V>(n);
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V shr_s(V x, std::uint32_t n) {
    return (V)(as_signed(x) >> as_signed(count<V>(n)));
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V min_s(V x, V y) {
    return as_signed(x) < as_signed(y) ? x : y;
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V min_u(V x, V y) {
    return x < y ? x : y;
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V max_s(V x, V y) {
    return as_signed(x) > as_signed(y) ? x : y;
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V max_u(V x, V y) {
    return x > y ? x : y;
  }
  /// Sums and differences, at the nearest bound if they lie outside.
  template <IntegerLanes V>
  DOPPEL_INLINE static V add_sat_s(V x, V y) {
#if DOPPEL_ELEMENTWISE
    return (V)__builtin_elementwise_add_sat(as_signed(x), as_signed(y));
#else
    const V sum = x + y;
    return reinterpret_cast<SignedOf<V>>((x ^ sum) & (y ^ sum)) < 0 ? bound_towards(x) : sum;
#endif
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V add_sat_u(V x, V y) {
#if DOPPEL_ELEMENTWISE
    return __builtin_elementwise_add_sat(x, y);
#else
    const V sum = x + y;
    return sum < x ? ~V{} : sum;
#endif
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V sub_sat_s(V x, V y) {
#if DOPPEL_ELEMENTWISE
    return (V)__builtin_elementwise_sub_sat(as_signed(x), as_signed(y));
#else
    const V difference = x - y;
    return reinterpret_cast<SignedOf<V>>((x ^ y) & (x ^ difference)) < 0 ? bound_towards(x)
                                                                         : difference;
#endif
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V sub_sat_u(V x, V y) {
#if DOPPEL_ELEMENTWISE
    return __builtin_elementwise_sub_sat(x, y);
#else
    return x < y ? V{} : x - y;
#endif
  }
  /// (x + y + 1) / 2, without overflow.
  template <IntegerLanes V>
  DOPPEL_INLINE static V avgr_u(V x, V y) {
    return (x | y) - ((x ^ y) >> 1);
  }
  /// (x · y + 2^14) / 2^15, rounded down and saturated: fixed-point multiplication.
  DOPPEL_INLINE static I16x8 q15mulr_sat_s(I16x8 x, I16x8 y) {
#if defined(__SSSE3__)
    // Only −1 · −1 does not fit.
    const auto product = (I16x8)__builtin_ia32_pmulhrsw128((Shorts)x, (Shorts)y);
    return product ^ (I16x8)(product == 0x8000);
#else
    const auto half = [](I32x4 a, I32x4 b) { return shr_s(a * b + 0x4000, 15); };
    return narrow_s<I16x8>(half(extend_low_s<I32x4>(x), extend_low_s<I32x4>(y)),
                           half(extend_high_s<I32x4>(x), extend_high_s<I32x4>(y)));
#endif
  }

  // Comparisons answer masks: all bits of a lane are ones if it holds, else zeros.
  template <LaneShape V>
  DOPPEL_INLINE static MaskOf<V> mask_eq(V x, V y) {
    return (MaskOf<V>)(x == y);
  }
  template <LaneShape V>
  DOPPEL_INLINE static MaskOf<V> mask_ne(V x, V y) {
    return (MaskOf<V>)(x != y);
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V mask_lt_s(V x, V y) {
    return (V)(as_signed(x) < as_signed(y));
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V mask_le_s(V x, V y) {
    return (V)(as_signed(x) <= as_signed(y));
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V mask_lt_u(V x, V y) {
    return (V)(x < y);
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V mask_le_u(V x, V y) {
    return (V)(x <= y);
  }
  /// Ordered comparisons: false if either is a NaN.
  template <FloatLanes V>
  DOPPEL_INLINE static MaskOf<V> mask_flt(V x, V y) {
    return (MaskOf<V>)(x < y);
  }
  template <FloatLanes V>
  DOPPEL_INLINE static MaskOf<V> mask_fle(V x, V y) {
    return (MaskOf<V>)(x <= y);
  }

  // Integers of other widths.
  /// The low, high, even or odd lanes, extended to double the width.
  template <IntegerLanes To>
  DOPPEL_INLINE static To extend_low_s(NarrowOf<To> x) {
    return extend<To, true, 1, 0>(x);
  }
  template <IntegerLanes To>
  DOPPEL_INLINE static To extend_low_u(NarrowOf<To> x) {
    return extend<To, false, 1, 0>(x);
  }
  template <IntegerLanes To>
  DOPPEL_INLINE static To extend_high_s(NarrowOf<To> x) {
    return extend<To, true, 1, kLanes<To>>(x);
  }
  template <IntegerLanes To>
  DOPPEL_INLINE static To extend_high_u(NarrowOf<To> x) {
    return extend<To, false, 1, kLanes<To>>(x);
  }
  template <IntegerLanes To>
  DOPPEL_INLINE static To extend_even_s(NarrowOf<To> x) {
    return extend<To, true, 2, 0>(x);
  }
  template <IntegerLanes To>
  DOPPEL_INLINE static To extend_even_u(NarrowOf<To> x) {
    return extend<To, false, 2, 0>(x);
  }
  template <IntegerLanes To>
  DOPPEL_INLINE static To extend_odd_s(NarrowOf<To> x) {
    return extend<To, true, 2, 1>(x);
  }
  template <IntegerLanes To>
  DOPPEL_INLINE static To extend_odd_u(NarrowOf<To> x) {
    return extend<To, false, 2, 1>(x);
  }
  /// The signed lanes of x, then of y, each at the nearest number that is a signed (unsigned) lane
  /// of half the width.
  template <IntegerLanes To>
  DOPPEL_INLINE static To narrow_s(WideOf<To> x, WideOf<To> y) {
#if defined(__SSE2__)
    if constexpr (kLanes<To> == 16) {
      return (To)__builtin_ia32_packsswb128((Shorts)x, (Shorts)y);
    } else {
      return (To)__builtin_ia32_packssdw128((Ints)x, (Ints)y);
    }
#else
    constexpr auto kMost = static_cast<LaneOf<WideOf<To>>>(LaneOf<To>(~LaneOf<To>{}) >> 1);
    const auto clamp = [](WideOf<To> a) {
      return min_s(max_s(a, ~splat<WideOf<To>>(kMost)), splat<WideOf<To>>(kMost));
    };
    return low_halves<To>(clamp(x), clamp(y));
#endif
  }
  template <IntegerLanes To>
  DOPPEL_INLINE static To narrow_u(WideOf<To> x, WideOf<To> y) {
#if defined(__SSE4_1__)
    if constexpr (kLanes<To> == 8) return (To)__builtin_ia32_packusdw128((Ints)x, (Ints)y);
#endif
#if defined(__SSE2__)
    if constexpr (kLanes<To> == 16) return (To)__builtin_ia32_packuswb128((Shorts)x, (Shorts)y);
#endif
    const auto clamp = [](WideOf<To> a) {
      return min_s(max_s(a, WideOf<To>{}),
                   splat<WideOf<To>>(std::numeric_limits<LaneOf<To>>::max()));
    };
    return low_halves<To>(clamp(x), clamp(y));
  }

  // Bytes by number.
  /// The bytes of x that the bytes of `numbers` name; zero for numbers above 15.
  DOPPEL_INLINE static I8x16 swizzle(I8x16 x, I8x16 numbers) {
#if defined(__SSSE3__)
    // The instruction looks at four bits and the highest, which gives zero.
    return pick(x, add_sat_u(numbers, splat<I8x16>(0x70)));
#else
    return pick(x, numbers);
#endif
  }
  /// The bytes of x (0 to 15) and y (16 to 31) that the bytes of `numbers` name.
  DOPPEL_INLINE static I8x16 shuffle(I8x16 x, I8x16 y, I8x16 numbers) {
#if defined(__SSSE3__)
    return pick(x, numbers + 0x70) | pick(y, numbers - 0x10);
#else
    return pick(x, numbers) | pick(y, numbers - 0x10);
#endif
  }

  // Floats.
  template <FloatLanes V>
  DOPPEL_INLINE static V fabs(V x) {
    return (V)((MaskOf<V>)x & ~sign_bits<V>());
  }
  template <FloatLanes V>
  DOPPEL_INLINE static V fneg(V x) {
    return (V)((MaskOf<V>)x ^ sign_bits<V>());
  }
  /// IEEE 754-2019 minimum: a NaN if either is one; −0 is less than +0.
  template <FloatLanes V>
  DOPPEL_INLINE static V fmin(V x, V y) {
    const auto least = (V)((MaskOf<V>)(x < y ? x : y) | (MaskOf<V>)(y < x ? y : x));
    return unordered(x, y) ? x + y : least;
  }
  /// IEEE 754-2019 maximum.
  template <FloatLanes V>
  DOPPEL_INLINE static V fmax(V x, V y) {
    const auto most = (V)((MaskOf<V>)(x > y ? x : y) & (MaskOf<V>)(y > x ? y : x));
    return unordered(x, y) ? x + y : most;
  }
  /// y if it is less (greater) than x, else x: NaNs as they are.
  template <FloatLanes V>
  DOPPEL_INLINE static V pmin(V x, V y) {
    return y < x ? y : x;
  }
  template <FloatLanes V>
  DOPPEL_INLINE static V pmax(V x, V y) {
    return x < y ? y : x;
  }
#if DOPPEL_ELEMENTWISE
  template <FloatLanes V>
  DOPPEL_INLINE static V fsqrt(V x) {
    return __builtin_elementwise_sqrt(x);
  }
  template <FloatLanes V>
  DOPPEL_INLINE static V fceil(V x) {
    return __builtin_elementwise_ceil(x);
  }
  template <FloatLanes V>
  DOPPEL_INLINE static V ffloor(V x) {
    return __builtin_elementwise_floor(x);
  }
  template <FloatLanes V>
  DOPPEL_INLINE static V ftrunc(V x) {
    return __builtin_elementwise_trunc(x);
  }
  template <FloatLanes V>
  DOPPEL_INLINE static V fnearest(V x) {
    return __builtin_elementwise_nearbyint(x);
  }
#else  // where an inlined rounding need not make a signalling NaN quiet
#define DOPPEL_LANE_BY_LANE(WORD, BUILTIN)                                                 \
  DOPPEL_INLINE static F32x4 WORD(F32x4 x) {                                               \
    for (unsigned i = 0; i < 4; ++i) x[i] = x[i] == x[i] ? BUILTIN##f(x[i]) : x[i] + x[i]; \
    return x;                                                                              \
  }                                                                                        \
  DOPPEL_INLINE static F64x2 WORD(F64x2 x) {                                               \
    for (unsigned i = 0; i < 2; ++i) x[i] = x[i] == x[i] ? BUILTIN(x[i]) : x[i] + x[i];    \
    return x;                                                                              \
  }
  DOPPEL_LANE_BY_LANE(fsqrt, __builtin_sqrt)
  DOPPEL_LANE_BY_LANE(fceil, __builtin_ceil)
  DOPPEL_LANE_BY_LANE(ffloor, __builtin_floor)
  DOPPEL_LANE_BY_LANE(ftrunc, __builtin_trunc)
  DOPPEL_LANE_BY_LANE(fnearest, __builtin_nearbyint)
#undef DOPPEL_LANE_BY_LANE
#endif

  // Conversions.
  DOPPEL_INLINE static F32x4 convert_s(I32x4 x) {
    return __builtin_convertvector(as_signed(x), F32x4);
  }
  DOPPEL_INLINE static F32x4 convert_u(I32x4 x) { return __builtin_convertvector(x, F32x4); }
  /// Of the low two lanes.
  DOPPEL_INLINE static F64x2 convert_low_s(I32x4 x) {
    return __builtin_convertvector((SignedPair)low(x), F64x2);
  }
  DOPPEL_INLINE static F64x2 convert_low_u(I32x4 x) {
    return __builtin_convertvector(low(x), F64x2);
  }
  DOPPEL_INLINE static F64x2 promote_low(F32x4 x) {
    return __builtin_convertvector(__builtin_shufflevector(x, x, 0, 1), F64x2);
  }
  /// To the low two lanes; the others are zero.
  DOPPEL_INLINE static F32x4 demote_zero(F64x2 x) {
    const auto pair = __builtin_convertvector(x, FloatPair);
    return __builtin_shufflevector(pair, FloatPair{}, 0, 1, 2, 3);
  }
  /// Saturating: a NaN gives 0, what lies outside the nearest bound.
  DOPPEL_INLINE static I32x4 trunc_sat_s(F32x4 x) {
#if defined(__SSE2__)
    // Whatever does not fit becomes the least number.
    const auto numbers = (F32x4)((Ints)x & (x == x));
    return (I32x4)(__builtin_ia32_cvttps2dq(numbers) ^ (x >= 0x1p31F));
#else
    const F32x4 from_below = x > -0x1p31F ? x : splat<F32x4>(-0x1p31F);  // also for a NaN
    const auto fits = x < 0x1p31F;
    const auto number = (I32x4) __builtin_convertvector(fits ? from_below : F32x4{}, Ints);
    const I32x4 otherwise = (I32x4)(x == x) & 0x7fff'ffff;
    return fits ? number : otherwise;
#endif
  }
  DOPPEL_INLINE static I32x4 trunc_sat_u(F32x4 x) {
    const F32x4 from_below = x > 0.0F ? x : F32x4{};  // also for a NaN
    const auto fits = from_below < 0x1p32F;
    const auto number = __builtin_convertvector(fits ? from_below : F32x4{}, I32x4);
    return fits ? number : ~I32x4{};
  }
  /// To the low two lanes; the others are zero.
  DOPPEL_INLINE static I32x4 trunc_sat_s_zero(F64x2 x) {
    F64x2 clamped = x < 2147483647.0 ? x : splat<F64x2>(2147483647.0);
    clamped = clamped > -0x1p31 ? clamped : splat<F64x2>(-0x1p31);
    clamped = x == x ? clamped : F64x2{};
    const auto pair = __builtin_convertvector(clamped, SignedPair);
    return (I32x4)__builtin_shufflevector(pair, SignedPair{}, 0, 1, 2, 3);
  }
  DOPPEL_INLINE static I32x4 trunc_sat_u_zero(F64x2 x) {
    F64x2 clamped = x > 0.0 ? x : F64x2{};  // also for a NaN
    clamped = clamped < 4294967295.0 ? clamped : splat<F64x2>(4294967295.0);
    // A number in the low bits of the fraction of 2^52.
    const auto bits = (I32x4)(ftrunc(clamped) + 0x1p52);
    return __builtin_shufflevector(bits, I32x4{}, 0, 2, 4, 5);
  }

 private:
  // The types of the processor's instructions.
  using Chars = VectorOf<char>::Type;
  using Shorts = VectorOf<short>::Type;
  using Ints = VectorOf<int>::Type;
  using Quads = VectorOf<long long>::Type;
  using SignedPair = VectorOf<std::int32_t, 8>::Type;
  using Pair = VectorOf<std::uint32_t, 8>::Type;
  using FloatPair = VectorOf<float, 8>::Type;

  template <LaneShape V>
  DOPPEL_INLINE static SignedOf<V> as_signed(V x) {
    return (SignedOf<V>)x;
  }
  template <FloatLanes V>
  DOPPEL_INLINE static MaskOf<V> sign_bits() {
    return splat<MaskOf<V>>(LaneOf<MaskOf<V>>{1} << (8 * sizeof(LaneOf<V>) - 1));
  }
  template <FloatLanes V>
  DOPPEL_INLINE static SignedOf<V> unordered(V x, V y) {
    return (SignedOf<V>)((x != x) | (y != y));
  }
  template <IntegerLanes V>
  DOPPEL_INLINE static V count(std::uint32_t n) {
    return splat<V>(n & (8 * sizeof(LaneOf<V>) - 1));
  }
  /// 0, 1, 2 and so on.
  template <IntegerLanes V>
  DOPPEL_INLINE static V first_numbers() {
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      return V{static_cast<LaneOf<V>>(i)...};
    }(std::make_index_sequence<kLanes<V>>());
  }
  /// The greatest signed number, or the least for lanes below zero.
  template <IntegerLanes V>
  DOPPEL_INLINE static V bound_towards(V x) {
    constexpr unsigned kSignBit = 8 * sizeof(LaneOf<V>) - 1;
    return (x >> kSignBit) + static_cast<LaneOf<V>>((LaneOf<V>{1} << kSignBit) - 1);
  }
  DOPPEL_INLINE static Pair low(I32x4 x) { return __builtin_shufflevector(x, x, 0, 1); }
  /// Every `step`-th lane from `first` on, extended.
  template <IntegerLanes To, bool is_signed, unsigned step, unsigned first>
  DOPPEL_INLINE static To extend(NarrowOf<To> x) {
    using Lane = LaneOf<NarrowOf<To>>;
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      const auto half = __builtin_shufflevector(x, x, (step * i + first)...);
      if constexpr (is_signed) {
        using Half = typename VectorOf<std::make_signed_t<Lane>, 8>::Type;
        return (To) __builtin_convertvector((Half)half, SignedOf<To>);
      } else {
        return __builtin_convertvector(half, To);
      }
    }(std::make_index_sequence<kLanes<To>>());
  }
  /// The low halves of all lanes of x, then of y.
  template <IntegerLanes To>
  DOPPEL_INLINE static To low_halves(WideOf<To> x, WideOf<To> y) {
    constexpr unsigned kFirst = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 1;
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      return __builtin_shufflevector((To)x, (To)y, (2 * i + kFirst)...);
    }(std::make_index_sequence<kLanes<To>>());
  }
  /// The bytes of x that `numbers` name. Numbers from 128 on give zero; those from 16 on do so only
  /// where the processor has no instruction.
  DOPPEL_INLINE static I8x16 pick(I8x16 x, I8x16 numbers) {
#if defined(__SSSE3__)
    return (I8x16)__builtin_ia32_pshufb128((Chars)x, (Chars)numbers);
#else
    I8x16 picked{};
    for (unsigned i = 0; i < 16; ++i)
      picked[i] = numbers[i] < 16 ? x[numbers[i] % 16] : std::uint8_t{0};
    return picked;
#endif
  }
};

}  // namespace doppel::ops

#undef DOPPEL_ELEMENTWISE
