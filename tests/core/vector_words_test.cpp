// SPDX-License-Identifier: Apache-2.0
// Each vector word does in every lane what a plain computation on that lane says, on random lanes
// and on those at the edges of the lanes' ranges.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "core/ops/eval.h"

namespace doppel::ops {
namespace {

constexpr int kRounds = 2'000;

template <LaneShape V>
using Array = std::array<LaneOf<V>, kLanes<V>>;
template <LaneShape V>
using Signed = std::make_signed_t<LaneOf<MaskOf<V>>>;

template <LaneShape V>
Array<V> lanes(V x) {
  return std::bit_cast<Array<V>>(x);
}
template <LaneShape V>
V vector(const Array<V>& x) {
  return std::bit_cast<V>(x);
}

/// Lanes at the edges of ranges, and random ones.
class Source {
 public:
  template <LaneShape V>
  V vector() {
    Array<V> made;
    for (auto& lane : made) lane = this->lane<LaneOf<V>>();
    return ops::vector<V>(made);
  }
  std::uint32_t word() { return static_cast<std::uint32_t>(numbers_()); }

 private:
  template <class T>
  T lane() {
    if constexpr (std::is_floating_point_v<T>) {
      static constexpr T kEdges[] = {T{0},
                                     -T{0},
                                     T{1},
                                     T{-1},
                                     T{0.5},
                                     T{-0.5},
                                     T{1.5},
                                     T{2.5},
                                     std::numeric_limits<T>::infinity(),
                                     -std::numeric_limits<T>::infinity(),
                                     std::numeric_limits<T>::quiet_NaN(),
                                     std::numeric_limits<T>::denorm_min(),
                                     std::numeric_limits<T>::max(),
                                     T{0x1p31},
                                     T{-0x1p31},
                                     T{0x1p32},
                                     T{0x1.fffffep30},
                                     T{0x1.fffffep31},
                                     T{2147483647.0},
                                     T{-2147483649.0}};
      if (numbers_() % 2 == 0) return kEdges[numbers_() % std::size(kEdges)];
      if (numbers_() % 4 == 0) return static_cast<T>(static_cast<std::int64_t>(numbers_() >> 20U));
      return std::bit_cast<T>(static_cast<detail::UnsignedOf<sizeof(T)>>(numbers_()));
    } else {
      constexpr T kTop = T{1} << (8 * sizeof(T) - 1);
      static constexpr T kEdges[] = {0, 1, 2, static_cast<T>(~T{0}), kTop, kTop - 1, kTop + 1};
      return numbers_() % 2 == 0 ? kEdges[numbers_() % std::size(kEdges)]
                                 : static_cast<T>(numbers_());
    }
  }
  std::mt19937_64 numbers_{1};
};

/// Whether two lanes are the same: bit by bit, but any quiet NaN is as good as another.
template <class T>
bool same(T found, T expected) {
  if constexpr (std::is_floating_point_v<T>) {
    if (expected != expected) {
      using Bits = detail::UnsignedOf<sizeof(T)>;
      const Bits quiet = std::bit_cast<Bits>(std::numeric_limits<T>::quiet_NaN());
      return found != found && (std::bit_cast<Bits>(found) & quiet) == quiet;
    }
  }
  return std::memcmp(&found, &expected, sizeof(T)) == 0;
}

template <LaneShape V>
void expect_lanes(const char* word, V found, const Array<V>& expected) {
  for (unsigned i = 0; i < kLanes<V>; ++i) {
    ASSERT_TRUE(same(lanes(found)[i], expected[i]))
        << word << ", lane " << i << ": found " << +lanes(found)[i] << ", expected "
        << +expected[i];
  }
}

/// Compares a word of one operand with `lane`, a function on lanes.
template <LaneShape V, class Word, class Lane>
void unary(const char* name, Word word, Lane lane) {
  Source source;
  for (int round = 0; round < kRounds; ++round) {
    const V x = source.vector<V>();
    const auto found = word(x);
    Array<std::remove_const_t<decltype(found)>> expected;
    for (unsigned i = 0; i < expected.size(); ++i)
      expected[i] = static_cast<typename decltype(expected)::value_type>(lane(lanes(x)[i]));
    ASSERT_NO_FATAL_FAILURE(
        (expect_lanes<std::remove_const_t<decltype(found)>>(name, found, expected)));
  }
}

template <LaneShape V, class Word, class Lane>
void binary(const char* name, Word word, Lane lane) {
  Source source;
  for (int round = 0; round < kRounds; ++round) {
    const V x = source.vector<V>();
    const V y = round % 8 == 0 ? x : source.vector<V>();
    const auto found = word(x, y);
    Array<std::remove_const_t<decltype(found)>> expected;
    for (unsigned i = 0; i < expected.size(); ++i)
      expected[i] =
          static_cast<typename decltype(expected)::value_type>(lane(lanes(x)[i], lanes(y)[i]));
    ASSERT_NO_FATAL_FAILURE(
        (expect_lanes<std::remove_const_t<decltype(found)>>(name, found, expected)));
  }
}

#define UNARY(V, WORD, LANE) \
  unary<V>(#WORD, [](V x) { return EvalBuilder().WORD(x); }, [](LaneOf<V> x) { return LANE; })
#define BINARY(V, WORD, LANE)                                   \
  binary<V>(                                                    \
      #WORD, [](V x, V y) { return EvalBuilder().WORD(x, y); }, \
      [](LaneOf<V> x, LaneOf<V> y) { return LANE; })

template <class T>
std::int64_t clamped(std::int64_t x) {
  return std::clamp<std::int64_t>(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
}

/// All ones or zero.
constexpr std::int64_t mask(bool holds) { return holds ? -1 : 0; }

template <class V>
class IntegerWords : public testing::Test {};
using IntegerShapes = testing::Types<I8x16, I16x8, I32x4, I64x2>;
TYPED_TEST_SUITE(IntegerWords, IntegerShapes);

TYPED_TEST(IntegerWords, ComputeModuloTheWidth) {
  using V = TypeParam;
  BINARY(V, add, x + y);
  BINARY(V, sub, x - y);
  BINARY(V, band, x & y);
  BINARY(V, bor, x | y);
  BINARY(V, bxor, x ^ y);
  UNARY(V, bnot, ~x);
  UNARY(V, neg, LaneOf<V>{0} - x);
  UNARY(V, abs, Signed<V>(x) < 0 ? LaneOf<V>{0} - x : x);
  if constexpr (sizeof(LaneOf<V>) > 1) BINARY(V, mul, std::uint64_t{x} * y);
}

TYPED_TEST(IntegerWords, Compare) {
  using V = TypeParam;
  BINARY(V, mask_eq, mask(x == y));
  BINARY(V, mask_ne, mask(x != y));
  BINARY(V, mask_lt_s, mask(Signed<V>(x) < Signed<V>(y)));
  BINARY(V, mask_le_s, mask(Signed<V>(x) <= Signed<V>(y)));
  BINARY(V, mask_lt_u, mask(x < y));
  BINARY(V, mask_le_u, mask(x <= y));
  BINARY(V, min_s, std::min(Signed<V>(x), Signed<V>(y)));
  BINARY(V, max_s, std::max(Signed<V>(x), Signed<V>(y)));
  BINARY(V, min_u, std::min(x, y));
  BINARY(V, max_u, std::max(x, y));
}

TYPED_TEST(IntegerWords, ShiftByTheCountModuloTheWidth) {
  using V = TypeParam;
  constexpr unsigned kBits = 8 * sizeof(LaneOf<V>);
  for (std::uint32_t n = 0; n < 3 * kBits; ++n) {
    const auto shl = [n](V x) { return EvalBuilder().shl(x, n); };
    const auto shr_u = [n](V x) { return EvalBuilder().shr_u(x, n); };
    const auto shr_s = [n](V x) { return EvalBuilder().shr_s(x, n); };
    unary<V>("shl", shl, [n](LaneOf<V> x) { return std::uint64_t{x} << n % kBits; });
    unary<V>("shr_u", shr_u, [n](LaneOf<V> x) { return x >> n % kBits; });
    unary<V>("shr_s", shr_s, [n](LaneOf<V> x) { return Signed<V>(x) >> n % kBits; });
  }
}

TYPED_TEST(IntegerWords, ReduceToScalars) {
  using V = TypeParam;
  Source source;
  for (int round = 0; round < kRounds; ++round) {
    const V x = round == 0 ? V{} : source.vector<V>();
    std::uint32_t tops = 0;
    bool any = false;
    bool all = true;
    for (unsigned i = 0; i < kLanes<V>; ++i) {
      if (Signed<V>(lanes(x)[i]) < 0) tops |= 1U << i;
      any |= lanes(x)[i] != 0;
      all &= lanes(x)[i] != 0;
    }
    EXPECT_EQ(EvalBuilder::bitmask(x), tops);
    EXPECT_EQ(EvalBuilder::all_true(x), all);
    EXPECT_EQ(EvalBuilder::any_true(EvalBuilder::reshape<I64x2>(x)), any);
  }
}

TYPED_TEST(IntegerWords, ReachSingleLanes) {
  using V = TypeParam;
  Source source;
  for (unsigned lane = 0; lane < kLanes<V>; ++lane) {
    const V x = source.vector<V>();
    const auto value = static_cast<LaneOf<V>>(source.word());
    EXPECT_EQ(EvalBuilder::extract(x, lane), lanes(x)[lane]);
    Array<V> expected = lanes(x);
    expected[lane] = value;
    expect_lanes("replace", EvalBuilder::replace(x, lane, value), expected);
    expected.fill(value);
    expect_lanes("splat", EvalBuilder::splat<V>(value), expected);
  }
}

template <class V>
class NarrowWords : public testing::Test {};
using NarrowShapes = testing::Types<I8x16, I16x8>;
TYPED_TEST_SUITE(NarrowWords, NarrowShapes);

TYPED_TEST(NarrowWords, Saturate) {
  using V = TypeParam;
  using S = Signed<V>;
  using U = LaneOf<V>;
  BINARY(V, add_sat_s, clamped<S>(std::int64_t{S(x)} + S(y)));
  BINARY(V, sub_sat_s, clamped<S>(std::int64_t{S(x)} - S(y)));
  BINARY(V, add_sat_u, clamped<U>(std::int64_t{x} + y));
  BINARY(V, sub_sat_u, clamped<U>(std::int64_t{x} - y));
  BINARY(V, avgr_u, (x + y + 1) / 2);
}

TYPED_TEST(NarrowWords, AreMadeOfWideLanes) {
  using V = TypeParam;
  using Wide = WideOf<V>;
  Source source;
  for (int round = 0; round < kRounds; ++round) {
    const Wide x = source.vector<Wide>();
    const Wide y = source.vector<Wide>();
    Array<V> is_signed;
    Array<V> is_unsigned;
    for (unsigned i = 0; i < kLanes<V>; ++i) {
      const Signed<Wide> lane = i < kLanes<Wide> ? lanes(x)[i] : lanes(y)[i - kLanes<Wide>];
      is_signed[i] = static_cast<LaneOf<V>>(clamped<Signed<V>>(lane));
      is_unsigned[i] = static_cast<LaneOf<V>>(clamped<LaneOf<V>>(lane));
    }
    expect_lanes("narrow_s", EvalBuilder::narrow_s<V>(x, y), is_signed);
    expect_lanes("narrow_u", EvalBuilder::narrow_u<V>(x, y), is_unsigned);
  }
}

template <class V>
class WideWords : public testing::Test {};
using WideShapes = testing::Types<I16x8, I32x4, I64x2>;
TYPED_TEST_SUITE(WideWords, WideShapes);

TYPED_TEST(WideWords, ExtendLanes) {
  using V = TypeParam;
  using From = NarrowOf<V>;
  Source source;
  for (int round = 0; round < kRounds; ++round) {
    const From x = source.vector<From>();
    const auto expect = [&](const char* name, V found, unsigned first, unsigned step,
                            bool is_signed) {
      Array<V> expected;
      for (unsigned i = 0; i < kLanes<V>; ++i) {
        const auto lane = lanes(x)[first + step * i];
        expected[i] = is_signed ? static_cast<LaneOf<V>>(Signed<From>(lane)) : lane;
      }
      expect_lanes(name, found, expected);
    };
    using B = EvalBuilder;
    expect("extend_low_s", B::extend_low_s<V>(x), 0, 1, true);
    expect("extend_low_u", B::extend_low_u<V>(x), 0, 1, false);
    expect("extend_high_s", B::extend_high_s<V>(x), kLanes<V>, 1, true);
    expect("extend_high_u", B::extend_high_u<V>(x), kLanes<V>, 1, false);
    expect("extend_even_s", B::extend_even_s<V>(x), 0, 2, true);
    expect("extend_even_u", B::extend_even_u<V>(x), 0, 2, false);
    expect("extend_odd_s", B::extend_odd_s<V>(x), 1, 2, true);
    expect("extend_odd_u", B::extend_odd_u<V>(x), 1, 2, false);
  }
}

TEST(VectorWords, OfOneShape) {
  UNARY(I8x16, popcnt, std::popcount(x));
  BINARY(I16x8, q15mulr_sat_s,
         clamped<std::int16_t>(
             (std::int64_t{static_cast<std::int16_t>(x)} * static_cast<std::int16_t>(y) + 0x4000) >>
             15));
}

TEST(VectorWords, SelectBits) {
  Source source;
  for (int round = 0; round < kRounds; ++round) {
    const auto x = source.vector<I64x2>();
    const auto y = source.vector<I64x2>();
    const auto z = source.vector<I64x2>();
    Array<I64x2> expected;
    for (unsigned i = 0; i < 2; ++i)
      expected[i] = (lanes(x)[i] & lanes(z)[i]) | (lanes(y)[i] & ~lanes(z)[i]);
    expect_lanes("bitselect", EvalBuilder::bitselect(x, y, z), expected);
  }
}

TEST(VectorWords, PickBytes) {
  Source source;
  for (int round = 0; round < kRounds; ++round) {
    const auto x = source.vector<I8x16>();
    const auto y = source.vector<I8x16>();
    const auto numbers = source.vector<I8x16>();
    Array<I8x16> swizzled;
    Array<I8x16> shuffled;
    for (unsigned i = 0; i < 16; ++i) {
      const unsigned number = lanes(numbers)[i];
      swizzled[i] = number < 16 ? lanes(x)[number] : 0;
      shuffled[i] = number % 32 < 16 ? lanes(x)[number % 16] : lanes(y)[number % 16];
    }
    expect_lanes("swizzle", EvalBuilder::swizzle(x, numbers), swizzled);
    expect_lanes("shuffle", EvalBuilder::shuffle(x, y, numbers & 31), shuffled);
  }
}

template <class V>
class FloatWords : public testing::Test {};
using FloatShapes = testing::Types<F32x4, F64x2>;
TYPED_TEST_SUITE(FloatWords, FloatShapes);

TYPED_TEST(FloatWords, ComputeAsOnScalars) {
  using V = TypeParam;
  BINARY(V, fadd, x + y);
  BINARY(V, fsub, x - y);
  BINARY(V, fmul, x * y);
  BINARY(V, fdiv, x / y);
  BINARY(V, fmin, EvalBuilder().fmin(x, y));
  BINARY(V, fmax, EvalBuilder().fmax(x, y));
  UNARY(V, fsqrt, std::sqrt(x));
  UNARY(V, fceil, std::ceil(x));
  UNARY(V, ffloor, std::floor(x));
  UNARY(V, ftrunc, std::trunc(x));
  UNARY(V, fnearest, std::nearbyint(x));
  BINARY(V, mask_eq, mask(x == y));
  BINARY(V, mask_ne, mask(x != y));
  BINARY(V, mask_flt, mask(x < y));
  BINARY(V, mask_fle, mask(x <= y));
}

TYPED_TEST(FloatWords, KeepNansOfPseudoMinimum) {
  using V = TypeParam;
  using M = MaskOf<V>;
  const auto less = [](LaneOf<M> x, LaneOf<M> y) {
    return std::bit_cast<LaneOf<V>>(x) < std::bit_cast<LaneOf<V>>(y);
  };
  binary<M>(
      "pmin", [](M x, M y) { return (M)EvalBuilder().pmin((V)x, (V)y); },
      [&](LaneOf<M> x, LaneOf<M> y) { return less(y, x) ? y : x; });
  binary<M>(
      "pmax", [](M x, M y) { return (M)EvalBuilder().pmax((V)x, (V)y); },
      [&](LaneOf<M> x, LaneOf<M> y) { return less(x, y) ? y : x; });
}

TYPED_TEST(FloatWords, TouchTheSignAlone) {
  using V = TypeParam;
  using M = MaskOf<V>;
  constexpr auto kSign = LaneOf<M>{1} << (8 * sizeof(LaneOf<V>) - 1);
  unary<M>(
      "fabs", [](M x) { return (M)EvalBuilder().fabs((V)x); },
      [](LaneOf<M> x) { return x & ~kSign; });
  unary<M>(
      "fneg", [](M x) { return (M)EvalBuilder().fneg((V)x); },
      [](LaneOf<M> x) { return x ^ kSign; });
}

TYPED_TEST(FloatWords, KeepBitsInLanes) {
  using V = TypeParam;
  const V x = {1, -LaneOf<V>{0}};
  EXPECT_TRUE(std::signbit(EvalBuilder::splat<V>(-LaneOf<V>{0})[1]));
  EXPECT_TRUE(std::signbit(EvalBuilder::extract(x, 1)));
  EXPECT_TRUE(std::signbit(EvalBuilder::replace(V{}, 1, -LaneOf<V>{0})[1]));
}

TEST(VectorWords, Convert) {
  UNARY(I32x4, convert_s, static_cast<float>(static_cast<std::int32_t>(x)));
  UNARY(I32x4, convert_u, static_cast<float>(x));
  UNARY(F32x4, trunc_sat_s, EvalBuilder().template trunc_sat_s<std::uint32_t>(x));
  UNARY(F32x4, trunc_sat_u, EvalBuilder().template trunc_sat_u<std::uint32_t>(x));
}

TEST(VectorWords, ConvertLowLanes) {
  Source source;
  using B = EvalBuilder;
  B b;
  for (int round = 0; round < kRounds; ++round) {
    const auto integers = source.vector<I32x4>();
    const auto floats = source.vector<F32x4>();
    const auto doubles = source.vector<F64x2>();
    const auto x = lanes(integers);
    const auto d = lanes(doubles);
    expect_lanes("convert_low_s", B::convert_low_s(integers),
                 {double(std::int32_t(x[0])), double(std::int32_t(x[1]))});
    expect_lanes("convert_low_u", B::convert_low_u(integers), {double(x[0]), double(x[1])});
    expect_lanes("promote_low", B::promote_low(floats),
                 {double{lanes(floats)[0]}, double{lanes(floats)[1]}});
    expect_lanes("demote_zero", B::demote_zero(doubles), {float(d[0]), float(d[1]), 0, 0});
    expect_lanes("trunc_sat_s_zero", B::trunc_sat_s_zero(doubles),
                 {b.trunc_sat_s<std::uint32_t>(d[0]), b.trunc_sat_s<std::uint32_t>(d[1]), 0, 0});
    expect_lanes("trunc_sat_u_zero", B::trunc_sat_u_zero(doubles),
                 {b.trunc_sat_u<std::uint32_t>(d[0]), b.trunc_sat_u<std::uint32_t>(d[1]), 0, 0});
    if (HasFatalFailure()) return;
  }
}

TEST(VectorWords, LoadLowBytes) {
  const std::array<std::uint64_t, 2> memory = {0x1122334455667788, ~std::uint64_t{0}};
  auto* address = reinterpret_cast<std::byte*>(const_cast<std::uint64_t*>(memory.data()));
  EvalBuilder b;
  expect_lanes("load_low", b.load_low<I32x4>(address), {0x55667788, 0, 0, 0});
  expect_lanes("load_low", b.load_low<I64x2>(address), {0x1122334455667788, 0});
}

}  // namespace
}  // namespace doppel::ops
