// SPDX-License-Identifier: Apache-2.0
// The integer arithmetic of floats against the host's unit, in the modes that the unit has, over
// special values and random ones; ties away from zero by their definition.
#include <gtest/gtest.h>

#include <bit>
#include <cfenv>
#include <cmath>
#include <random>
#include <vector>

#include "core/ops/soft_float.h"
#include "sysvm/hart/host_float.h"

namespace doppel::ops::soft {
namespace {

using sysvm::guest_float_state;
using sysvm::host_float_state;
using sysvm::raised_flags;
using sysvm::set_host_float_state;

template <class Bits>
using Host = std::conditional_t<sizeof(Bits) == 4, float, double>;

template <class Bits>
std::vector<Bits> interesting() {
  using F = Format<Bits>;
  std::vector<Bits> values;
  for (const Bits magnitude :
       {Bits{0}, Bits{1}, Bits{2}, F::kFractionMask, static_cast<Bits>(F::kFractionMask + 1),
        static_cast<Bits>(F::kFractionMask + 2), F::kInfinity, static_cast<Bits>(F::kInfinity - 1),
        static_cast<Bits>(F::kInfinity + 1), F::kCanonicalNan,
        static_cast<Bits>(F::kCanonicalNan + 5), std::bit_cast<Bits>(Host<Bits>{1}),
        std::bit_cast<Bits>(Host<Bits>{1.5}), std::bit_cast<Bits>(Host<Bits>{3}),
        std::bit_cast<Bits>(Host<Bits>{0.5}), std::bit_cast<Bits>(Host<Bits>{4294967296.0}),
        std::bit_cast<Bits>(Host<Bits>{2147483648.0}),
        std::bit_cast<Bits>(Host<Bits>{9223372036854775808.0}),
        std::bit_cast<Bits>(Host<Bits>{1.0} + std::numeric_limits<Host<Bits>>::epsilon())}) {
    values.push_back(magnitude);
    values.push_back(magnitude | F::kSign);
  }
  return values;
}

/// Random floats whose exponents are often close to each other or to the ends.
template <class Bits>
Bits random_float(std::mt19937_64& random) {
  using F = Format<Bits>;
  const auto bits = static_cast<Bits>(random());
  const auto field = [&](int exponent) {
    return (bits & ~F::kInfinity) | static_cast<Bits>(exponent) << F::kFraction;
  };
  switch (random() % 4) {
    case 0: return bits;
    case 1: return field(F::kBias + static_cast<int>(random() % 5) - 2);
    case 2: return field(static_cast<int>(random() % 3));
    default: return field(F::kBias + static_cast<int>(random() % 70) - 35);
  }
}

struct Outcome {
  std::uint64_t bits = 0;
  unsigned flags = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Outcome& o) {
    return out << std::hex << o.bits << " flags " << o.flags;
  }
};

/// What the host makes of an operation in a mode; a NaN counts as the canonical one.
template <class Bits, class Operation>
Outcome on_host(int mode, Operation operation) {
  const auto before = host_float_state();
  set_host_float_state(guest_float_state(static_cast<std::uint8_t>(mode)));
  volatile Host<Bits> result = operation();
  const unsigned flags = raised_flags(host_float_state());
  set_host_float_state(before);
  const Host<Bits> value = result;
  const Bits bits = value != value ? Format<Bits>::kCanonicalNan : std::bit_cast<Bits>(value);
  return {bits, flags};
}

template <class Bits, class Operation>
Outcome in_software(int mode, Operation operation) {
  Environment e{.rounding = static_cast<Rounding>(mode)};
  const Bits bits = operation(e);
  return {bits, e.flags};
}

template <class Bits>
void compare(Bits x, Bits y, Bits z) {
  volatile Host<Bits> a = std::bit_cast<Host<Bits>>(x);
  volatile Host<Bits> b = std::bit_cast<Host<Bits>>(y);
  volatile Host<Bits> c = std::bit_cast<Host<Bits>>(z);
  for (int mode = 0; mode < 4; ++mode) {
    SCOPED_TRACE(testing::Message() << std::hex << x << " " << y << " " << z << " mode " << mode);
    const auto both = [&](auto host, auto software) {
      EXPECT_EQ(in_software<Bits>(mode, software), on_host<Bits>(mode, host));
    };
    both([&] { return a + b; }, [&](auto& e) { return add(e, x, y); });
    both([&] { return a - b; }, [&](auto& e) { return sub(e, x, y); });
    both([&] { return a * b; }, [&](auto& e) { return mul(e, x, y); });
    both([&] { return a / b; }, [&](auto& e) { return div(e, x, y); });
    both([&]() -> Host<Bits> { return std::sqrt(a); }, [&](auto& e) { return sqrt(e, x); });
    if (!is_nan(z)) {
      both([&]() -> Host<Bits> { return std::fma(a, b, c); },
           [&](auto& e) { return fma(e, x, y, z); });
    }
    const auto integer = static_cast<std::int64_t>(std::uint64_t{x} * 0x9e37'79b9);
    volatile std::int64_t number = integer >> (y & 63);
    both([&] { return static_cast<Host<Bits>>(number); },
         [&](auto& e) { return from_integer<Bits>(e, static_cast<std::int64_t>(number)); });
  }
}

template <class Bits>
void compare_all() {
  const auto values = interesting<Bits>();
  for (const Bits x : values) {
    for (const Bits y : values) compare<Bits>(x, y, values[(x ^ y) % values.size()]);
  }
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000 && !testing::Test::HasFailure(); ++i) {
    compare(random_float<Bits>(random), random_float<Bits>(random), random_float<Bits>(random));
  }
}

TEST(SoftFloat, SingleIsAsTheHosts) { compare_all<std::uint32_t>(); }
TEST(SoftFloat, DoubleIsAsTheHosts) { compare_all<std::uint64_t>(); }

TEST(SoftFloat, ConversionBetweenFormatsIsAsTheHosts) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200'000; ++i) {
    const auto x = random_float<std::uint64_t>(random);
    volatile double a = std::bit_cast<double>(x);
    for (int mode = 0; mode < 4; ++mode) {
      ASSERT_EQ(
          in_software<std::uint32_t>(mode, [&](auto& e) { return convert<std::uint32_t>(e, x); }),
          on_host<std::uint32_t>(mode, [&] { return static_cast<float>(a); }))
          << std::hex << x;
    }
  }
}

TEST(SoftFloat, TiesGoAwayFromZeroInTheirMode) {
  Environment e{.rounding = Rounding::kNearestAway};
  const auto one = std::bit_cast<std::uint32_t>(1.0F);
  const auto half_step = std::bit_cast<std::uint32_t>(0x1p-24F);
  EXPECT_EQ(add(e, one, half_step), one + 1);
  EXPECT_EQ(e.flags, kInexact);
  EXPECT_EQ(to_integer<std::int32_t>(e, std::bit_cast<std::uint32_t>(2.5F)), 3);
  EXPECT_EQ(to_integer<std::int32_t>(e, std::bit_cast<std::uint32_t>(-2.5F)), -3);
  EXPECT_EQ(to_integer<std::int32_t>(e, std::bit_cast<std::uint32_t>(2.49F)), 2);
}

TEST(SoftFloat, IntegersOutOfRangeAreInvalid) {
  const auto convert_to = [](auto least, double x) {
    Environment e{.rounding = Rounding::kTowardZero};
    const auto value = to_integer<decltype(least)>(e, std::bit_cast<std::uint64_t>(x));
    return std::pair(value, int{e.flags});
  };
  EXPECT_EQ(convert_to(std::int32_t{}, 2147483647.5), std::pair(INT32_MAX, int{kInexact}));
  EXPECT_EQ(convert_to(std::int32_t{}, 2147483648.0), std::pair(INT32_MAX, int{kInvalid}));
  EXPECT_EQ(convert_to(std::int32_t{}, -2147483648.9), std::pair(INT32_MIN, int{kInexact}));
  EXPECT_EQ(convert_to(std::int32_t{}, -2147483649.0), std::pair(INT32_MIN, int{kInvalid}));
  EXPECT_EQ(convert_to(std::uint32_t{}, -0.9), std::pair(0U, int{kInexact}));
  EXPECT_EQ(convert_to(std::uint32_t{}, -1.0), std::pair(0U, int{kInvalid}));
  EXPECT_EQ(convert_to(std::uint64_t{}, 18446744073709551616.0),
            std::pair(UINT64_MAX, int{kInvalid}));
  EXPECT_EQ(convert_to(std::int64_t{}, std::nan("")), std::pair(INT64_MAX, int{kInvalid}));
}

TEST(SoftFloat, AnInvalidProductIsReportedThoughANanIsAdded) {
  Environment e;
  EXPECT_EQ(fma(e, Format<std::uint32_t>::kInfinity, 0U, Format<std::uint32_t>::kCanonicalNan),
            Format<std::uint32_t>::kCanonicalNan);
  EXPECT_EQ(e.flags, kInvalid);
}

}  // namespace
}  // namespace doppel::ops::soft
