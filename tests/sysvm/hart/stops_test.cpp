// SPDX-License-Identifier: Apache-2.0
// Breakpoints, watchpoints and steps of a hart.
#include <gtest/gtest.h>

#include "sysvm/hart/csrs.h"
#include "tests/sysvm/hart/guest.h"

namespace doppel::sysvm {
namespace {

constexpr const char* kProgram = R"(
.globl _start, loop, store, load, atomic, call, after, handler, data, tohost
_start:
  la s0, data
  la t0, handler
  csrw mtvec, t0
  li a0, 0
  li a1, 1000
loop:
  addi a0, a0, 1
store:
  sd a0, 0(s0)
load:
  ld a2, 0(s0)
atomic:
  amoadd.w a3, a0, (s0)
  addi a1, a1, -1
  bnez a1, loop
call:
  ecall
after:
  j after
.align 2
handler:
  csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  mret
.data
.balign 4096
data: .space 4096
tohost: .space 4096
)";

class Stopping : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
    board_ = std::make_unique<test::Board>(test::assemble_text(kProgram));
  }
  [[nodiscard]] GuestVirt at(std::string_view name) const {
    return GuestVirt{board_->boot.symbols.find(name).value()};
  }
  Hart& hart() { return *board_->hart; }
  void expect_stop(GuestVirt pc, DebugStop::Reason reason, std::uint64_t budget = 100'000) {
    const Exit exit = hart().run({budget});
    EXPECT_EQ(exit.reason, ExitReason::kBreakpoint);
    EXPECT_EQ(hart().pc().value(), pc.value());
    EXPECT_EQ(hart().debug_stop().reason, reason);
  }

  std::unique_ptr<test::Board> board_;
};

TEST_F(Stopping, AtABreakpointEachTime) {
  hart().add_breakpoint(at("load"));
  for (std::uint64_t round = 1; round < 5; ++round) {
    expect_stop(at("load"), DebugStop::Reason::kBreakpoint);
    EXPECT_EQ(hart().x(10), round);
  }
  EXPECT_TRUE(hart().remove_breakpoint(at("load")));
  EXPECT_FALSE(hart().remove_breakpoint(at("load")));
  hart().add_breakpoint(at("call"));
  expect_stop(at("call"), DebugStop::Reason::kBreakpoint);
  EXPECT_EQ(hart().x(10), 1000U);
}

TEST_F(Stopping, AtABreakpointInCodeThatRanBefore) {
  hart().run({1'000});
  hart().add_breakpoint(at("store"));
  const std::uint64_t before = hart().retired();
  expect_stop(at("store"), DebugStop::Reason::kBreakpoint);
  EXPECT_LT(hart().retired(), before + 8);
}

TEST_F(Stopping, AtABreakpointAndThenForTheAccessThere) {
  hart().add_breakpoint(at("store"));
  expect_stop(at("store"), DebugStop::Reason::kBreakpoint);
  hart().add_watchpoint({at("data").value(), 8, WatchKind::kWrite});
  const std::uint64_t before = hart().retired();
  expect_stop(at("store"), DebugStop::Reason::kWatchpoint);
  EXPECT_EQ(hart().retired(), before) << "not executed in between";
  hart().forget_stop();
  expect_stop(at("store"), DebugStop::Reason::kBreakpoint);
  EXPECT_EQ(hart().step().reason, ExitReason::kBreakpoint);
  EXPECT_EQ(hart().debug_stop().reason, DebugStop::Reason::kWatchpoint);
  EXPECT_EQ(hart().retired(), before);
  EXPECT_EQ(hart().step().reason, ExitReason::kBreakpoint);
  EXPECT_EQ(hart().debug_stop().reason, DebugStop::Reason::kStep);
  EXPECT_EQ(hart().retired(), before + 1);
}

TEST_F(Stopping, BeforeAWatchedAccess) {
  const Watchpoint writes{at("data").value() + 4, 1, WatchKind::kWrite};
  hart().run({500});
  hart().add_watchpoint(writes);
  expect_stop(at("store"), DebugStop::Reason::kWatchpoint);
  EXPECT_EQ(hart().debug_stop().watchpoint, writes);
  // The atomic word ends before the byte; the store of the next round does not.
  const std::uint64_t round = hart().x(10);
  expect_stop(at("store"), DebugStop::Reason::kWatchpoint);
  EXPECT_EQ(hart().x(10), round + 1);
  EXPECT_TRUE(hart().remove_watchpoint(writes));

  hart().add_watchpoint({at("data").value(), 2, WatchKind::kRead});
  expect_stop(at("load"), DebugStop::Reason::kWatchpoint);
  expect_stop(at("atomic"), DebugStop::Reason::kWatchpoint);
  EXPECT_TRUE(hart().remove_watchpoint({at("data").value(), 2, WatchKind::kRead}));

  hart().add_watchpoint({at("data").value(), 8, WatchKind::kAccess});
  expect_stop(at("store"), DebugStop::Reason::kWatchpoint);
  expect_stop(at("load"), DebugStop::Reason::kWatchpoint);
  expect_stop(at("atomic"), DebugStop::Reason::kWatchpoint);
  EXPECT_TRUE(hart().remove_watchpoint({at("data").value(), 8, WatchKind::kAccess}));
  EXPECT_EQ(hart().run({100'000}).reason, ExitReason::kBudget);
  EXPECT_EQ(hart().x(10), 1000U);
}

TEST_F(Stopping, LeavesNeighboursOfWatchedBytesAlone) {
  hart().add_watchpoint({at("data").value() + 8, 8, WatchKind::kAccess});
  EXPECT_EQ(hart().run({100'000}).reason, ExitReason::kBudget);
  EXPECT_EQ(hart().x(10), 1000U);
}

TEST_F(Stopping, AfterEachStep) {
  hart().add_breakpoint(at("store"));
  expect_stop(at("store"), DebugStop::Reason::kBreakpoint);
  const std::uint64_t before = hart().retired();
  EXPECT_EQ(hart().step().reason, ExitReason::kBreakpoint);
  EXPECT_EQ(hart().pc().value(), at("load").value());
  EXPECT_EQ(hart().debug_stop().reason, DebugStop::Reason::kStep);
  EXPECT_EQ(hart().retired(), before + 1);
}

TEST_F(Stopping, AStepIntoAnExceptionEndsAtTheHandler) {
  hart().add_breakpoint(at("call"));
  expect_stop(at("call"), DebugStop::Reason::kBreakpoint);
  EXPECT_EQ(hart().step().reason, ExitReason::kBreakpoint);
  EXPECT_EQ(hart().pc().value(), at("handler").value());
  EXPECT_EQ(hart().csr(static_cast<std::uint16_t>(Csr::kMepc)), at("call").value());
}

TEST_F(Stopping, SteppingIsAsRunning) {
  test::Board other(test::assemble_text(kProgram));
  other.hart->run({3'000});
  while (hart().retired() < 3'000) hart().step();
  EXPECT_EQ(hart().pc().value(), other.hart->pc().value());
  for (unsigned i = 1; i < 32; ++i) EXPECT_EQ(hart().x(i), other.hart->x(i)) << i;
}

}  // namespace
}  // namespace doppel::sysvm
