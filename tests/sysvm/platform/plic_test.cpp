// SPDX-License-Identifier: Apache-2.0
// The PLIC through its registers, lines and pins.
#include "sysvm/platform/plic.h"

#include <gtest/gtest.h>

namespace doppel::sysvm {
namespace {

constexpr std::uint64_t kExternal = interrupt_bit::kMachineExternal;
constexpr std::uint64_t kSupervisor = interrupt_bit::kSupervisorExternal;

class PlicTest : public testing::Test {
 protected:
  void put(std::uint64_t offset, std::uint64_t value) { plic.write(offset, 4, value); }
  std::uint64_t get(std::uint64_t offset) { return plic.read(offset, 4); }
  void enable(unsigned context, std::uint32_t sources) { put(0x2000 + 0x80 * context, sources); }
  static constexpr std::uint64_t claim(unsigned context) { return 0x20'0004 + 0x1000 * context; }
  static constexpr std::uint64_t threshold(unsigned context) { return claim(context) - 4; }

  InterruptPins pins[2];
  InterruptPins* harts[2] = {&pins[0], &pins[1]};
  Plic plic{harts};
};

TEST_F(PlicTest, RoutesASourceToTheContextsThatEnableIt) {
  put(4 * 10, 1);
  enable(1, 1U << 10);
  enable(2, 1U << 10);
  EXPECT_EQ(pins[0].pending(), 0U);
  plic.set_level(10, true);
  EXPECT_EQ(pins[0].pending(), kSupervisor);
  EXPECT_EQ(pins[1].pending(), kExternal);
  EXPECT_EQ(get(0x1000), 1U << 10);
  plic.set_level(10, false);
  EXPECT_EQ(pins[0].pending() | pins[1].pending(), 0U);
}

TEST_F(PlicTest, ClaimTakesTheInterruptUntilItIsCompleted) {
  put(4 * 10, 1);
  enable(1, 1U << 10);
  enable(3, 1U << 10);
  plic.set_level(10, true);
  EXPECT_EQ(get(claim(3)), 10U);
  EXPECT_EQ(pins[0].pending() | pins[1].pending(), 0U) << "for all contexts";
  EXPECT_EQ(get(claim(1)), 0U);
  EXPECT_EQ(get(0x1000), 0U);
  put(claim(3), 10);
  EXPECT_EQ(pins[0].pending(), kSupervisor) << "the line is still high";
  EXPECT_EQ(get(claim(1)), 10U);
  plic.set_level(10, false);
  put(claim(1), 10);
  EXPECT_EQ(get(claim(1)), 0U);
}

TEST_F(PlicTest, HighestPriorityFirstThenLowestNumber) {
  put(4 * 3, 2);
  put(4 * 40, 5);
  put(4 * 41, 5);
  put(0x2080, 1U << 3);
  put(0x2084, 3U << 8);
  plic.set_level(3, true);
  plic.set_level(41, true);
  plic.set_level(40, true);
  EXPECT_EQ(get(claim(1)), 40U);
  EXPECT_EQ(get(claim(1)), 41U);
  EXPECT_EQ(get(claim(1)), 3U);
  EXPECT_EQ(get(claim(1)), 0U);
}

TEST_F(PlicTest, ThresholdMasksTheInterruptAndNotTheClaim) {
  put(4 * 5, 3);
  enable(1, 1U << 5);
  plic.set_level(5, true);
  put(threshold(1), 3);
  EXPECT_EQ(get(threshold(1)), 3U);
  EXPECT_EQ(pins[0].pending(), 0U);
  EXPECT_EQ(get(claim(1)), 5U);
  put(claim(1), 5);
  put(threshold(1), 2);
  EXPECT_EQ(pins[0].pending(), kSupervisor);
}

TEST_F(PlicTest, PriorityZeroNeverInterrupts) {
  enable(1, 1U << 5);
  plic.set_level(5, true);
  EXPECT_EQ(pins[0].pending(), 0U);
  EXPECT_EQ(get(claim(1)), 0U);
}

TEST_F(PlicTest, CompletionOfADisabledSourceIsIgnored) {
  put(4 * 5, 1);
  enable(1, 1U << 5);
  plic.set_level(5, true);
  EXPECT_EQ(get(claim(1)), 5U);
  enable(1, 0);
  put(claim(1), 5);
  enable(1, 1U << 5);
  EXPECT_EQ(get(claim(1)), 0U);
  put(claim(1), 5);
  EXPECT_EQ(get(claim(1)), 5U);
}

TEST_F(PlicTest, SourceZeroDoesNotExist) {
  put(0, 7);
  EXPECT_EQ(get(0), 0U);
  enable(1, 1);
  EXPECT_EQ(get(0x2080), 0U);
}

TEST_F(PlicTest, HoldsPrioritiesToThreeBits) {
  put(4 * 95, 0xFF);
  EXPECT_EQ(get(4 * 95), 7U);
}

TEST_F(PlicTest, SurvivesNonsense) {
  for (std::uint64_t offset = 0; offset < 0x60'0000; offset += 0x3FC) {
    plic.write(offset & ~3ULL, 4, ~0ULL);
    plic.read(offset & ~3ULL, 4);
    plic.write(offset, 1, ~0ULL);
    EXPECT_EQ(plic.read(offset, 8), 0U);
  }
  put(claim(1), 0xFFFF'FFFF);
  put(claim(1), 96);
}

}  // namespace
}  // namespace doppel::sysvm
