// SPDX-License-Identifier: Apache-2.0
// Harts that wait: the machine ends when none of them can ever go on, and not before.
#include <fmt/format.h>

#include <thread>

#include "tests/sysvm/machine/machine_test.h"

namespace doppel::sysvm {
namespace {

using test::assemble_text;
using testing::HasSubstr;
using Kind = MachineEnd::Kind;

class WaitingTest : public test::MachineTest {
 protected:
  static void expect_endless_waiting(const MachineEnd& end) {
    EXPECT_EQ(end.kind, Kind::kStuck);
    EXPECT_THAT(end.diagnosis, HasSubstr("all harts wait for interrupts, and none can come"));
  }
  /// Runs firmware on two harts; hart 1 goes to `second`.
  MachineEnd run_two_harts(const std::string& text) {
    options.harts = 2;
    const auto firmware = assemble_text(".globl _start\n_start: bnez a0, second\n" + text);
    return run({.firmware = firmware, .kernel = {}, .initrd = {}});
  }
};

TEST_P(WaitingTest, WithoutInterruptsIsDiagnosed) {
  const MachineEnd end = run_supervisor("nop\n.globl idle\nidle: wfi\n j idle");
  expect_endless_waiting(end);
  EXPECT_THAT(end.diagnosis,
              HasSubstr("\nhart 0 in S-mode waits at pc 0x80000002 (idle), mie 0x0"));
}

TEST_P(WaitingTest, ForATimerThatIsNotSetIsDiagnosed) {
  expect_endless_waiting(run_bare("li t0, 0xa0\n csrw mie, t0\n 1: wfi\n j 1b"));
}

TEST_P(WaitingTest, ForEachOtherIsDiagnosed) {
  expect_endless_waiting(run_two_harts("second: li t0, 8\n csrw mie, t0\n 1: wfi\n j 1b"));
}

TEST_P(WaitingTest, ForInputThatHasEndedIsDiagnosed) {
  constexpr const char* kListens = "li t0, 0x200\n csrw sie, t0\n 1: wfi\n j 1b";
  expect_endless_waiting(run_supervisor(kListens));
  test::ConsolePipe pipe;
  options.input = pipe.input();
  std::jthread typist([&pipe] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    pipe.hang_up();
  });
  expect_endless_waiting(run_supervisor(kListens));
}

TEST_P(WaitingTest, ForEachOtherInTurnIsNone) {
  // Each hart sends the other one an interrupt and waits for the answer, 3,000 times.
  const MachineEnd end = run_two_harts(R"(
    li s1, 1                    # hart 0: whom to wake
    j begin
second:
    li s1, 0
begin:
    li s0, 0x02000000           # msip
    slli t0, s1, 2
    add s1, s0, t0
    slli t0, a0, 2
    add s0, s0, t0
    mv s3, a0
    li t0, 8
    csrw mie, t0
    li s2, 3000
    li t1, 1
    bnez s3, wait
send:
    sw t1, 0(s1)
wait:
    wfi
    csrr t0, mip
    andi t0, t0, 8
    beqz t0, wait
    sw zero, 0(s0)
    addi s2, s2, -1
    bnez s2, send
    sw t1, 0(s1)                # the last one of hart 1 wakes hart 0 once more
    bnez s3, rest
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
rest:
    j rest)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
}

TEST_P(WaitingTest, IsNotEndedByInputThatNoInterruptTellsOf) {
  test::ConsolePipe pipe;
  options.input = pipe.input();
  pipe.type("x");
  expect_endless_waiting(run_supervisor("1: wfi\n j 1b"));
}

TEST_P(WaitingTest, HasNoEffectOnLastWords) {
  const MachineEnd passed = run_bare("li a0, 1\n la t0, tohost\n sd a0, 0(t0)\n 1: wfi\n j 1b");
  EXPECT_EQ(passed.kind, Kind::kPoweredOff) << passed.diagnosis;
  EXPECT_EQ(passed.status, 0U);
  expect_endless_waiting(
      run_bare("li a0, 0x0101000000000068\n la t0, tohost\n sd a0, 0(t0)\n 1: wfi\n j 1b"));
  EXPECT_EQ(console.text(), "h");
}

TEST_P(WaitingTest, LastsWhileAnotherHartIsBusy) {
  constexpr const char* kBusy = R"(
    li t0, 3000000
1:  addi t0, t0, -1
    bnez t0, 1b
    {}
second:
    wfi
    j second)";
  expect_endless_waiting(run_two_harts(fmt::format(fmt::runtime(kBusy), "2: wfi\n j 2b")));
  EXPECT_GT(statistics.instructions, 6'000'000U) << "the busy one was let finish";
  const MachineEnd end = run_two_harts(
      fmt::format(fmt::runtime(kBusy), "li t0, 0x100000\n li t1, 0x5555\n sw t1, 0(t0)\n j ."));
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
}

TEST_P(WaitingTest, LastsWhileAnotherHartIsHalfAsleep) {
  // Hart 0 sleeps on its timer before it powers off.
  const MachineEnd end = run_two_harts(R"(
    li t0, 0x0200bff8           # mtime
    ld t1, 0(t0)
    li t2, 100000               # 10 ms
    add t1, t1, t2
    li t0, 0x02004000           # mtimecmp
    sd t1, 0(t0)
    li t0, 0x80
    csrw mie, t0
    wfi                         # ends though mstatus.MIE is off
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
    j .
second:
    wfi
    j second)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
}

TEST_P(WaitingTest, IsInVainWhereTheOtherHartIsStopped) {
  options.harts = 2;
  const MachineEnd end = run_supervisor(R"(
    li a0, 1
    la a1, second
    sbi 0x48534d, 0
    li t0, 100000
1:  addi t0, t0, -1
    bnez t0, 1b
    sbi 0x48534d, 1             # stops hart 0
second:
    wfi
    j second)");
  expect_endless_waiting(end);
  EXPECT_THAT(end.diagnosis, HasSubstr("\nhart 0 is stopped\nhart 1 in S-mode waits at pc 0x"));
}

TEST_P(WaitingTest, IsInVainWhereAllHartsAreStopped) {
  expect_endless_waiting(run_supervisor("sbi 0x48534d, 1"));
}

TEST_P(WaitingTest, EndsWithInputThatAnInterruptTellsOf) {
  test::ConsolePipe pipe;
  options.input = pipe.input();
  std::jthread typist([&pipe] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    pipe.type("x");
  });
  const MachineEnd end = run_supervisor(R"(
    li s0, 0x0c000000           # PLIC: the serial port's priority, enabled for S-mode
    li t0, 1
    sw t0, 40(s0)
    li t1, 0x2080
    add t1, t1, s0
    li t0, 1 << 10
    sw t0, 0(t1)
    li s1, 0x10000000
    li t0, 1
    sb t0, 1(s1)                # received data interrupt
    li t0, 0x200
    csrw sie, t0
    wfi
    lbu t0, 0(s1)
    li t1, 'x'
    bne t0, t1, fail
    shutdown
fail: shutdown 1)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
}

TEST_P(WaitingTest, OfARestoredHartIsTheSame) {
  if (GetParam() != ClockKind::kInstructions) GTEST_SKIP() << "the instruction clock's alone";
  const auto image = assemble_text(std::string(test::kSupervisor) + "1: wfi\n j 1b");
  std::vector<std::byte> asleep;
  const auto first = Machine::create(options).value();
  ASSERT_TRUE(first->load({.firmware = {}, .kernel = image, .initrd = {}}));
  first->at(10'000, [&] { asleep = first->save(); });
  expect_endless_waiting(first->run().value());

  const auto second = Machine::create(options).value();
  ASSERT_TRUE(second->restore(asleep));
  EXPECT_EQ(second->save(), asleep);
  expect_endless_waiting(second->run().value());
}

INSTANTIATE_TEST_SUITE_P(Clocks, WaitingTest, test::both_clocks(), test::clock_name);

}  // namespace
}  // namespace doppel::sysvm
