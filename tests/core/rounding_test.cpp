// SPDX-License-Identifier: Apache-2.0
// Rounding to integers in the evaluating builder answers NaNs with quiet ones, however the compiler
// rounds for the processor that it compiles for.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "core/ops/eval.h"

namespace doppel::ops {
namespace {

/// A value that the compiler does not know.
template <class T>
T unknown(T value) {
  volatile T kept = value;
  return kept;
}

constexpr std::uint32_t kSignallingF32 = 0x7fa0'0000;
constexpr std::uint64_t kSignallingF64 = 0xfff4'0000'0000'0001;

bool is_quiet(float x) { return (std::bit_cast<std::uint32_t>(x) & 0x7fc0'0000) == 0x7fc0'0000; }
bool is_quiet(double x) { return std::bit_cast<std::uint64_t>(x) << 1U >> 52U == 0xfff; }

template <class Float, class Bits>
void expect_quiet(Bits signalling) {
  EvalBuilder b;
  const auto nan = [&] { return std::bit_cast<Float>(unknown(signalling)); };
  EXPECT_TRUE(is_quiet(b.fceil(nan())));
  EXPECT_TRUE(is_quiet(b.ffloor(nan())));
  EXPECT_TRUE(is_quiet(b.ftrunc(nan())));
  EXPECT_TRUE(is_quiet(b.fnearest(nan())));
}

TEST(Rounding, MakesSignallingNansQuiet) {
  expect_quiet<float>(kSignallingF32);
  expect_quiet<double>(kSignallingF64);
}

TEST(Rounding, KeepsTheSignOfZero) {
  EvalBuilder b;
  EXPECT_TRUE(std::signbit(b.fceil(unknown(-0.5F))));
  EXPECT_TRUE(std::signbit(b.ftrunc(unknown(-0.5))));
  EXPECT_TRUE(std::signbit(b.fnearest(unknown(-0.0))));
  EXPECT_EQ(b.ffloor(unknown(-0.5F)), -1.0F);
  EXPECT_EQ(b.fnearest(unknown(2.5)), 2.0);
}

}  // namespace
}  // namespace doppel::ops
