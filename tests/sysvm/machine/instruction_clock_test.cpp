// SPDX-License-Identifier: Apache-2.0
// When interrupts of timers come on the instruction clock, measured by guests in their handlers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sysvm/machine/machine.h"
#include "tests/sysvm/hart/guest.h"
#include "tests/sysvm/machine/console_pipe.h"

namespace doppel::sysvm {
namespace {

/// What a guest's timers do, and what its handlers expect.
struct Timers {
  unsigned harts = 1;
  unsigned period = 777;                ///< ticks between a hart's timers
  unsigned offset = 0;                  ///< ticks between one hart's timers and the next one's
  unsigned late = 0;                    ///< the most ticks that a handler may find itself late
  bool counts = false;                  ///< minstret, too, has to be what the timer says
  const char* work = "addi s4, s4, 1";  ///< what harts do meanwhile, again and again
};

/// Firmware whose harts each take 50 timers of the CLINT; powers off with 0 if all are in time.
std::string guest(const Timers& timers) {
  return fmt::format(R"(
.globl _start
_start:
    la t0, handler
    csrw mtvec, t0
    csrr s0, mhartid
    li s1, 0x02004000           # mtimecmp
    slli t0, s0, 3
    add s1, s1, t0
    li s2, {offset}
    mul s2, s2, s0
    li t0, 5000                 # when all have begun
    add s2, s2, t0
    li s3, 50
    sd s2, 0(s1)
    li t0, 0x80
    csrw mie, t0
    csrsi mstatus, 8
1:  {work}
    j 1b
    .align 2
handler:
    csrr t1, minstret
    csrr t2, time
    sub t2, t2, s2
    li t0, {late}
    bltu t0, t2, fail
    li t0, 100
    mul t0, t0, s2
    sub t0, t0, t1
    li t2, {counts}
    beqz t2, 1f
    bnez t0, fail
1:  li t0, {period}
    add s2, s2, t0
    sd s2, 0(s1)
    addi s3, s3, -1
    beqz s3, done
    mret
done:
    la t0, ready
    li t1, 1
    amoadd.w t2, t1, (t0)
    li t0, {harts} - 1
1:  bne t2, t0, 1b              # the last one ends it
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
fail:
    li t0, 0x100000
    li t1, 0x13333
    sw t1, 0(t0)
    j .
    .data
    .balign 4
ready: .word 0)",
                     fmt::arg("harts", timers.harts), fmt::arg("period", timers.period),
                     fmt::arg("offset", timers.offset), fmt::arg("late", timers.late),
                     fmt::arg("counts", timers.counts ? 1 : 0), fmt::arg("work", timers.work));
}

class InstructionClockTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
    console.hang_up();
    options.clock = ClockKind::kInstructions;
    options.ram_bytes = 16U << 20;
    options.input = console.input();
    options.output = console.output();
  }
  std::unique_ptr<Machine> make(const Timers& timers) {
    options.harts = timers.harts;
    image = test::assemble_text(guest(timers));
    auto machine = Machine::create(options).value();
    EXPECT_TRUE(machine->load({.firmware = image, .kernel = {}, .initrd = {}}));
    return machine;
  }
  static void expect_in_time(Machine& machine) {
    const auto end = machine.run();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->kind, MachineEnd::Kind::kPoweredOff) << end->diagnosis;
    EXPECT_EQ(end->status, 0U) << "a timer was late";
  }

  test::ConsolePipe console;
  MachineOptions options;
  std::vector<std::byte> image;
};

TEST_F(InstructionClockTest, ATimerInterruptsAfterExactlyAsManyInstructions) {
  expect_in_time(*make({.counts = true}));
  expect_in_time(*make({.period = 1, .late = 2}));
}

TEST_F(InstructionClockTest, AWaitingHartGoesOnAtTheVeryTick) {
  expect_in_time(*make({.work = "wfi"}));
}

TEST_F(InstructionClockTest, TimersOfBusyHartsAreExact) {
  expect_in_time(*make({.harts = 2, .offset = 333}));
  expect_in_time(*make({.harts = 4, .period = 3001, .offset = 701}));
}

TEST_F(InstructionClockTest, OfTimersAtTheSameTickAllComeSoon) {
  expect_in_time(*make({.harts = 2, .late = 10}));
  expect_in_time(*make({.harts = 4, .period = 3001, .late = 30}));
}

TEST_F(InstructionClockTest, SeveralHartsGoOnFromASavedState) {
  const Timers timers{.harts = 2, .offset = 333};
  std::vector<std::byte> middle;
  const auto first = make(timers);
  first->at(2'345'600, [&] { middle = first->save(); });
  expect_in_time(*first);
  const auto second = Machine::create(options).value();
  ASSERT_TRUE(second->restore(middle));
  expect_in_time(*second);
  EXPECT_TRUE(first->save() == second->save());
}

}  // namespace
}  // namespace doppel::sysvm
