// SPDX-License-Identifier: Apache-2.0
// LR/SC between harts: what ends a reservation and what does not, one hart after the other, and a
// stack without locks that two harts pop and push at the same time, which ABA would break.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "tests/sysvm/hart/pair.h"

namespace doppel::sysvm {
namespace {

using test::Pair;

/// What the store-conditional answers when the other hart executes `other` between it and the
/// load-reserved, both of which surround `between`.
std::uint64_t outcome(const std::string& between, const std::string& other, unsigned slices = 1) {
  const std::string program = fmt::format(R"(
.globl _start, first, second, tohost
_start:
first:
  la s0, cell
  la s1, cell + 64
  li a2, 9
  lr.d a0, (s0)
  j middle
middle:
  {}
  sc.d a1, a2, (s0)
1: j 1b
second:
  la s0, cell
  la s1, cell + 64
  li a0, 5
  li a1, 6
  sd a0, 0(s0)
  {}
1: j 1b
.data
.balign 4096
cell: .dword 5
.space 120
.balign 4096
tohost: .space 4096
)",
                                          between, other);
  // The jump makes the translator see no store-conditional, unless the test takes it out.
  const bool simple = between.find("# simple") != std::string::npos;
  std::string text = program;
  if (simple) text.replace(text.find("  j middle\n"), 11, "");
  Pair pair(text);
  // Both fill their TLBs with writable entries for the page.
  pair.hart(1).run({7});
  const std::uint64_t until_middle = simple ? 6 : 7;  // la is two instructions
  pair.hart(0).run({until_middle});
  for (unsigned i = 0; i < slices; ++i) pair.hart(1).run({5'000});
  pair.hart(0).run({100});
  return pair.hart(0).x(11);
}

constexpr const char* kLoads = "ld a3, 0(s1)";

TEST(Reservations, EndWithAnyStoreOfAnotherHart) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  EXPECT_EQ(outcome(kLoads, "nop"), 0U);
  EXPECT_EQ(outcome(kLoads, "sd a1, 0(s0)"), 1U) << "another value";
  EXPECT_EQ(outcome(kLoads, "sd a0, 0(s0)"), 1U) << "the same value";
  EXPECT_EQ(outcome(kLoads, "sd a1, 0(s0); sd a0, 0(s0)"), 1U) << "and back";
  EXPECT_EQ(outcome(kLoads, "sb a0, 0(s0)"), 1U) << "a part";
  EXPECT_EQ(outcome(kLoads, "sd a0, 8(s0)"), 1U) << "elsewhere in the line";
  EXPECT_EQ(outcome(kLoads, "sd a0, -4(s0)"), 1U) << "across pages";
  EXPECT_EQ(outcome(kLoads, "amoadd.d zero, zero, (s0)"), 1U);
  EXPECT_EQ(outcome(kLoads, "amoswap.w zero, zero, (s0); sw a0, 0(s0)"), 1U);
  EXPECT_EQ(outcome(kLoads, "lr.d a0, (s0); sc.d a1, a0, (s0)"), 1U);
  EXPECT_EQ(outcome(kLoads, "cbo.zero (s0); sd a0, 0(s0)"), 1U);
  EXPECT_EQ(outcome(kLoads, "fmv.d.x fa0, a0; nop"), 0U);
}

TEST(Reservations, OutlastStoresToOtherLines) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  EXPECT_EQ(outcome(kLoads, "sd a1, 0(s1)"), 0U);
  EXPECT_EQ(outcome(kLoads, "sd a1, 64(s1); ld a3, 0(s0)"), 0U);
  EXPECT_EQ(outcome(kLoads, "amoadd.d zero, a1, (s1)"), 0U);
  EXPECT_EQ(outcome(kLoads, "lr.d a3, (s0)"), 0U);
}

TEST(Reservations, AreTakenFromThoseWhoNeverStore) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  // Stores without end, elsewhere.
  EXPECT_EQ(outcome(kLoads, "2: sd a1, 0(s1); j 2b", 1), 1U);
}

TEST(Reservations, OfSequencesWithoutAccessesCompareTheValue) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  EXPECT_EQ(outcome("addi a3, a0, 1 # simple", "nop"), 0U);
  EXPECT_EQ(outcome("addi a3, a0, 1 # simple", "sd a1, 0(s0)"), 1U);
  EXPECT_EQ(outcome("bnez a0, 3f; nop; 3: nop # simple", "sd a0, 0(s0)"), 1U)
      << "with a branch inside it is watched";
  EXPECT_EQ(outcome("bnez a0, 3f; nop; 3: nop # simple", "nop"), 0U);
  EXPECT_EQ(outcome("wrs.nto # simple", "nop"), 1U) << "who waits does not store";
}

// Pops a node, counts in it, pushes it again. Between the load-reserved and the store-conditional
// of a pop the next node is read.
constexpr const char* kStack = R"(
.globl _start, first, second, head, done, tohost
_start:
first:
  la s2, done
  j work
second:
  la s2, done + 8
work:
  la s0, head
  li s1, 3000
1: lr.d a0, (s0)
  beqz a0, 1b
  ld a1, 0(a0)
  sc.d a2, a1, (s0)
  bnez a2, 1b
  ld a3, 8(a0)
  addi a3, a3, 1
  sd a3, 8(a0)
2: lr.d a1, (s0)
  sd a1, 0(a0)
  sc.d a2, a0, (s0)
  bnez a2, 2b
  addi s1, s1, -1
  bnez s1, 1b
  li a0, 1
  sd a0, 0(s2)
3: j 3b
.data
.balign 64
head: .dword node1
.balign 64
done: .dword 0, 0
.balign 64
node1: .dword node2, 0
.balign 64
node2: .dword node3, 0
.balign 64
node3: .dword node4, 0
.balign 64
node4: .dword 0, 0
.balign 4096
tohost: .space 4096
)";

TEST(Reservations, KeepAStackWhole) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  Pair pair(kStack);
  pair.run_until_done();
  // Every node is there once, and all rounds were counted.
  std::uint64_t node = pair.read("head");
  std::uint64_t counted = 0;
  unsigned nodes = 0;
  const auto word = [&](std::uint64_t address) {
    std::uint64_t value = 0;
    EXPECT_TRUE(pair.hart(0).read_memory(GuestVirt{address}, &value, 8));
    return value;
  };
  for (; node != 0 && nodes < 10; ++nodes) {
    counted += word(node + 8);
    node = word(node);
  }
  EXPECT_EQ(nodes, 4U);
  EXPECT_EQ(counted, 6'000U);
}

}  // namespace
}  // namespace doppel::sysvm
