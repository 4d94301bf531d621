// SPDX-License-Identifier: Apache-2.0
// Numbers of the text format: ranges, underscores, and rounding at the edges of both float formats.
#include "bytecode/text/literal.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <random>

namespace doppel::bytecode::text {
namespace {

template <class T>
std::string error_of(const Literal<T>& literal) {
  if (literal) return "none";
  return literal.error() == LiteralError::kSyntax ? "syntax" : "range";
}

TEST(Literal, IntegersAreSignedOrUnsigned) {
  EXPECT_EQ(parse_integer("0xffff_ffff", 32).value(), 0xffffffffU);
  EXPECT_EQ(parse_integer("-0x8000_0000", 32).value(), 0x80000000U);
  EXPECT_EQ(parse_integer("-1", 64).value(), ~0ULL);
  EXPECT_EQ(parse_integer("+18446744073709551615", 64).value(), ~0ULL);
  EXPECT_EQ(parse_integer("-128", 8).value(), 0x80U);
  EXPECT_EQ(error_of(parse_integer("4294967296", 32)), "range");
  EXPECT_EQ(error_of(parse_integer("-2147483649", 32)), "range");
  EXPECT_EQ(error_of(parse_integer("18446744073709551616", 64)), "range");
  EXPECT_EQ(error_of(parse_unsigned("256", 8)), "range");
}

TEST(Literal, UnderscoresStandBetweenDigitsOnly) {
  EXPECT_EQ(parse_integer("1_000", 32).value(), 1000U);
  for (const char* text :
       {"_1", "1_", "1__0", "0x_1", "0x1_", "0_x1", "+_1", "", "+", "0x", "1a"}) {
    EXPECT_EQ(error_of(parse_integer(text, 32)), "syntax") << text;
  }
  for (const char* text : {"1_.0", "1._0", "1.0_", "1e_1", "1e1_", "0x1_p1", "0x1p_1", "nan:0x_1",
                           "nan:1", "1e", "0x1p", ".5", "0x.8", "infinity", "nan:", "e1"}) {
    EXPECT_EQ(error_of(parse_f64(text)), "syntax") << text;
  }
}

TEST(Literal, HexFloatsRoundToNearestTiesToEven) {
  EXPECT_EQ(parse_f32("0x1.000001p0").value(), 0x3f800000U);                // tie, even below
  EXPECT_EQ(parse_f32("0x1.000003p0").value(), 0x3f800002U);                // tie, even above
  EXPECT_EQ(parse_f32("0x1.00000100000000000001p0").value(), 0x3f800001U);  // sticky
  EXPECT_EQ(parse_f32("0x1p-149").value(), 1U);
  EXPECT_EQ(parse_f32("0x1p-150").value(), 0U);  // tie to zero
  EXPECT_EQ(parse_f32("0x1.8p-150").value(), 1U);
  EXPECT_EQ(parse_f32("0x1p-151").value(), 0U);
  EXPECT_EQ(parse_f32("0x1.fffffep-127").value(), 0x00800000U);  // up to the normal numbers
  EXPECT_EQ(parse_f32("0x1.fffffep127").value(), 0x7f7fffffU);
  EXPECT_EQ(error_of(parse_f32("0x1.ffffffp127")), "range");
  EXPECT_EQ(parse_f32("0x1.fffffefp127").value(), 0x7f7fffffU);
  EXPECT_EQ(error_of(parse_f64("0x1p99999999999999999999")), "range");
  EXPECT_EQ(parse_f64("-0x1p-99999999999999999999").value(), 0x8000000000000000U);
}

TEST(Literal, DecimalFloatsOverflowIsAnErrorUnderflowIsZero) {
  EXPECT_EQ(parse_f32("3.4028235677973362e38").value(), 0x7f7fffffU);
  EXPECT_EQ(error_of(parse_f32("340282356779733661637539395458142568448")), "range");
  EXPECT_EQ(parse_f32("1e-50").value(), 0U);
  EXPECT_EQ(error_of(parse_f64("1e309")), "range");
  EXPECT_EQ(parse_f64("1_0.2_5e-1_0").value(), parse_f64("10.25e-10").value());
  EXPECT_EQ(parse_f64("0e99999999999999").value(), 0U);
  EXPECT_EQ(parse_f64("0.0000001e-400").value(), 0U);
}

TEST(Literal, NotNumbersKeepTheirPayload) {
  EXPECT_EQ(parse_f32("nan").value(), 0x7fc00000U);
  EXPECT_EQ(parse_f32("-nan:0x1").value(), 0xff800001U);
  EXPECT_EQ(error_of(parse_f32("nan:0x80_0000")), "range");
  EXPECT_EQ(error_of(parse_f32("nan:0x0")), "range");
  EXPECT_EQ(parse_f64("nan:0xf_ffff_ffff_ffff").value(), 0x7fffffffffffffffU);
}

TEST(Literal, AgreesWithTheHostOnRandomHexFloats) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    char text[64];
    const auto exponent = static_cast<int>(random() % 2200) - 1120;
    std::snprintf(text, sizeof text, "0x%llx.%llxp%d",
                  static_cast<unsigned long long>(random() >> (random() % 64)),
                  static_cast<unsigned long long>(random()), exponent);
    const double host = std::strtod(text, nullptr);
    const auto ours = parse_f64(text);
    if (host > 1.7976931348623157e308) {
      EXPECT_FALSE(ours) << text;
    } else {
      ASSERT_TRUE(ours) << text;
      EXPECT_EQ(*ours, std::bit_cast<std::uint64_t>(host)) << text;
    }
    const float narrow = std::strtof(text, nullptr);
    const auto ours32 = parse_f32(text);
    if (narrow > 3.4028235e38F) {
      EXPECT_FALSE(ours32) << text;
    } else {
      EXPECT_EQ(ours32.value(), std::bit_cast<std::uint32_t>(narrow)) << text;
    }
  }
}

TEST(Literal, FormattingReadsBackExactly) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t bits = random();
    EXPECT_EQ(parse_f64(format_f64(bits)).value(), bits);
    const auto narrow = static_cast<std::uint32_t>(bits);
    EXPECT_EQ(parse_f32(format_f32(narrow)).value(), narrow);
  }
  EXPECT_EQ(format_f32(0x7fc00000), "nan");
  EXPECT_EQ(format_f64(0x8000000000000000), "-0");
}

}  // namespace
}  // namespace doppel::bytecode::text
