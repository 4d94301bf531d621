// SPDX-License-Identifier: Apache-2.0
// Guests that trap and trap: which of them cannot go on, and what is said of them.
#include "tests/sysvm/machine/machine_test.h"

namespace doppel::sysvm {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using Kind = MachineEnd::Kind;
using StuckTest = test::MachineTest;

/// Faults so often as its argument says, and powers off; what its handler does is put behind it.
constexpr const char* kFaults = R"(
    la t0, handler
    csrw stvec, t0
    li s0, 0
    li s1, 1100000
.globl fault
fault:
    ld t1, 0(x0)
    addi s0, s0, 1
    blt s0, s1, fault
    shutdown
    .align 2
.globl handler
handler:
)";

TEST_P(StuckTest, AGuestThatJumpsNowhereIsDiagnosed) {
  const MachineEnd end = run_supervisor("li t0, 0x1000\n lost: jr t0");
  EXPECT_EQ(end.kind, Kind::kStuck);
  EXPECT_THAT(end.diagnosis, HasSubstr("hart 0 cannot go on: fetch access fault at pc 0x1000"));
  EXPECT_THAT(end.diagnosis, HasSubstr("hint: "));
}

TEST_P(StuckTest, AHandlerThatFaultsForEverIsDiagnosed) {
  // It saves registers where there is no stack, each time further down.
  const MachineEnd end =
      run_supervisor(std::string(kFaults) + "addi sp, sp, -16\n nop\n sd t0, 8(sp)\n sret");
  EXPECT_EQ(end.kind, Kind::kStuck);
  EXPECT_THAT(end.diagnosis,
              MatchesRegex("hart 0 cannot go on: load access fault at pc 0x[0-9a-f]+ .fault., tval "
                           "0x0; then store access fault at pc 0x[0-9a-f]+ .handler.0x4., tval "
                           "0xf[0-9a-f]+, in a trap handler in S-mode that faults again and again "
                           "and never returns\nhint: .*"));
}

TEST_P(StuckTest, AHandlerThatReturnsIsNotOneHoweverOftenItIsCalled) {
  const MachineEnd end =
      run_supervisor(std::string(kFaults) + "la t0, fault + 4\n csrw sepc, t0\n sret");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(statistics.exceptions, 1'100'000U);
}

TEST_P(StuckTest, NorIsAProgramThatAsksForTraps) {
  // In M-mode, and it never returns from one.
  const MachineEnd end = run_bare(R"(
    la t0, handler
    csrw mtvec, t0
    li s0, 1100000
again:
    ecall
    .align 2
handler:
    addi s0, s0, -1
    bnez s0, again
    li a0, 1
    la t0, tohost
    sd a0, 0(t0)
    j .)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
}

TEST_P(StuckTest, NorIsAProgramThatCountsItsFaults) {
  const MachineEnd end = run_bare(R"(
    la t0, handler
    csrw mtvec, t0
    li s0, 1100000
again:
    ld t1, 0(x0)
    .align 2
handler:
    addi s0, s0, -1
    bnez s0, again
    li a0, 1
    la t0, tohost
    sd a0, 0(t0)
    j .)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
}

INSTANTIATE_TEST_SUITE_P(Clocks, StuckTest, test::both_clocks(), test::clock_name);

}  // namespace
}  // namespace doppel::sysvm
