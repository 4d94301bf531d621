// SPDX-License-Identifier: Apache-2.0
// Whole machines on small guests: how they start, what the SBI and HTIF answer, how they end.
#include <thread>

#include "tests/sysvm/machine/machine_test.h"

namespace doppel::sysvm {
namespace {

using test::assemble_text;
using test::kSupervisor;
using test::MachineTest;
using testing::HasSubstr;
using Kind = MachineEnd::Kind;

TEST_P(MachineTest, ABareProgramPasses) {
  const MachineEnd end = run_bare("li a0, 1\n la t0, tohost\n sd a0, 0(t0)\n j .");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
}

TEST_P(MachineTest, ABareProgramNamesTheTestThatFailed) {
  const MachineEnd end = run_bare("li a0, 15\n la t0, tohost\n sd a0, 0(t0)\n j .");
  EXPECT_EQ(end.status, 1U);
  EXPECT_THAT(end.diagnosis, HasSubstr("test 7 failed"));
}

TEST_P(MachineTest, ABareProgramPrints) {
  const MachineEnd end = run_bare(R"(
    la t0, tohost
    li t1, 0x0101000000000068   # 'h'
    sd t1, 0(t0)
1:  ld t2, 0(t0)
    bnez t2, 1b
    li t1, 0x0101000000000069   # 'i'
    sd t1, 0(t0)
1:  ld t2, 0(t0)
    bnez t2, 1b
    li t1, 1
    sd t1, 0(t0)
    j .)");
  EXPECT_EQ(end.status, 0U);
  EXPECT_EQ(console.text(), "hi");
}

TEST_P(MachineTest, SysconPowersOff) {
  const MachineEnd end = run_bare("li t0, 0x100000\n li t1, 0x5555\n sw t1, 0(t0)\n j .");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
}

TEST_P(MachineTest, AKernelStartsInSupervisorModeWithItsDeviceTree) {
  const MachineEnd end = run_supervisor(R"(
    bnez a0, fail
    lw t0, 0(a1)
    li t1, 0xedfe0dd0
    addiw t1, t1, 0
    bne t0, t1, fail
    csrr t0, satp
    bnez t0, fail
    print 'o'
    print 'k'
    print '\n'
    shutdown
fail: shutdown 1)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
  EXPECT_EQ(console.text(), "ok\n");
}

TEST_P(MachineTest, AKernelMayUseWhatTheDeviceTreeShows) {
  const MachineEnd end = run_supervisor(R"(
    la t0, fail
    csrw stvec, t0
    la s0, root                 # Svadu, Svpbmt: RAM, not cached, without A and D
    li t0, 1 << 61 | 0x80000000 >> 2 | 0xf
    sd t0, 16(s0)
    srli t0, s0, 12
    li t1, 8 << 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    sd zero, 24(s0)
    ld t0, 16(s0)
    andi t0, t0, 0xff
    li t1, 0xcf                 # both are set now
    bne t0, t1, fail
    la s1, buffer               # Zicboz, Zicbom
    cbo.zero (s1)
    cbo.clean (s1)
    cbo.flush (s1)
    cbo.inval (s1)
    ld t0, 56(s1)
    bnez t0, fail
    li t0, 0xf0                 # and what of them it lets programs use
    csrw senvcfg, t0
    csrr t1, senvcfg
    bne t0, t1, fail
    li t0, -1
    csrw 0x14d, t0              # Sstc
    wrs.sto
    shutdown
    .align 2
fail: shutdown 1
    .data
    .balign 64
buffer: .dword 1, 2, 3, 4, 5, 6, 7, 8
    .balign 4096
root: .space 4096)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
}

TEST_P(MachineTest, ProgramsOfAKernelReadTheClock) {
  const MachineEnd end = run_supervisor(R"(
    la t0, handler
    csrw stvec, t0
    la t0, program
    csrw sepc, t0
    sret                        # to U-mode
program:
    rdcycle a0
    rdtime a0
    rdinstret a0
    ecall
    .align 2
handler:
    csrr t0, scause
    li t1, 8                    # the call, and no illegal instruction
    bne t0, t1, fail
    shutdown
fail: shutdown 1)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
}

TEST_P(MachineTest, FailureIsAStatus) { EXPECT_EQ(run_supervisor("shutdown 1").status, 1U); }

TEST_P(MachineTest, RebootIsAnEnd) {
  EXPECT_EQ(run_supervisor("li a0, 1\n li a1, 0\n sbi 0x53525354, 0\n j .").kind, Kind::kRebooted);
}

TEST_P(MachineTest, TheSbiSaysWhatItHas) {
  const MachineEnd end = run_supervisor(R"(
    sbi 0x10, 0
    bnez a0, fail
    li t0, 0x02000000
    bne a1, t0, fail
    li a0, 0x54494d45
    sbi 0x10, 3
    li t0, 1
    bne a1, t0, fail
    li a0, 0x12345
    sbi 0x10, 3
    bnez a1, fail
    sbi 0x12345, 0
    li t0, -2
    bne a0, t0, fail
    li a0, 1
    li a1, 5
    sbi 0x735049, 0             # a hart that does not exist
    li t0, -3
    bne a0, t0, fail
    li a0, 0x40000000
    li a1, 0x80000000
    li a2, 0
    sbi 0x4442434e, 0           # more than RAM
    li t0, -3
    bne a0, t0, fail
    shutdown
fail: shutdown 1)");
  EXPECT_EQ(end.status, 0U);
}

TEST_P(MachineTest, TheSbiRefusesWhatMakesNoSense) {
  options.harts = 2;
  const MachineEnd end = run_supervisor(R"(
.macro answers error
  li t0, \error
  bne a0, t0, fail
.endm
    li a0, 0
    la a1, _start
    sbi 0x48534d, 0
    answers -6                  # hart 0 runs already
    li a0, 2
    la a1, _start
    sbi 0x48534d, 0
    answers -3                  # no such hart
    li a0, 1
    li a1, 0x1000
    sbi 0x48534d, 0
    answers -5                  # no code can be there
    li a0, 9
    sbi 0x48534d, 2
    answers -3
    li a0, 0x80000000
    sbi 0x48534d, 3
    answers -2                  # a suspension that keeps nothing
    li a0, 7
    li a1, 0
    sbi 0x53525354, 0
    answers -3                  # neither power-off nor reboot
    li a0, 4
    li a1, 0
    sbi 0x52464e43, 0
    answers -3                  # a fence of hart 2
    li a0, 1
    li a1, 0
    sbi 0x52464e43, 9
    answers -2
    li a0, 1
    la a1, _start
    li a2, 1
    sbi 0x4442434e, 0
    answers -3                  # text above 2^64
    li a0, 0
    li a1, -1                   # all harts
    sbi 0x735049, 0
    answers 0
    shutdown
fail: shutdown 1)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
}

TEST_P(MachineTest, TheSbiReadsAndWritesTheConsole) {
  test::ConsolePipe pipe;
  options.input = pipe.input();
  pipe.type("abcdef");
  pipe.hang_up();
  const MachineEnd end = run_supervisor(R"(
    la s0, buffer
    li s1, 6
    li s2, 5000000              # patience
1:  addi s2, s2, -1
    beqz s2, fail
    mv a0, s1
    mv a1, s0
    li a2, 0
    sbi 0x4442434e, 1
    bnez a0, fail
    add s0, s0, a1
    sub s1, s1, a1
    bnez s1, 1b
    li a0, 6
    la a1, buffer
    li a2, 0
    sbi 0x4442434e, 0
    li t0, 6
    bne a1, t0, fail
    shutdown
fail: shutdown 1
    .bss
buffer: .space 16)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
  EXPECT_EQ(console.text(), "abcdef");
}

TEST_P(MachineTest, TimersInterrupt) {
  const MachineEnd end = run_supervisor(R"(
    la t0, handler
    csrw stvec, t0
    rdtime s0
    li t0, 20000                # 2 ms
    add a0, s0, t0
    sbi 0x54494d45, 0
    li t0, 0x20
    csrw sie, t0
    csrsi sstatus, 2
1:  wfi
    j 1b
    .align 2
handler:
    rdtime s1
    sub s1, s1, s0
    li t0, 20000
    bltu s1, t0, fail
    csrr t0, scause
    li t1, 0x8000000000000005
    bne t0, t1, fail
    shutdown
fail: shutdown 1)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
}

TEST_P(MachineTest, ABusyHartIsInterruptedToo) {
  const MachineEnd end = run_supervisor(R"(
    la t0, handler
    csrw stvec, t0
    rdtime t0
    li t1, 20000
    add t0, t0, t1
    csrw 0x14d, t0              # stimecmp
    li t0, 0x20
    csrw sie, t0
    csrsi sstatus, 2
1:  addi t3, t3, 1
    j 1b
    .align 2
handler: shutdown)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
}

constexpr const char* kTwoHarts = R"(
    li a0, 1
    la a1, second
    li a2, 0x77
    sbi 0x48534d, 0
    bnez a0, fail
    la t0, flag
1:  ld t1, 0(t0)
    beqz t1, 1b
    li t2, 0x78                 # a0 + a2 of the second
    bne t1, t2, fail
    li a0, 2
    li a1, 0
    li a2, 0
    li a3, -1
    sbi 0x52464e43, 1           # a remote fence
    bnez a0, fail
    li a0, 1
    li a1, 1
    sbi 0x735049, 0             # wakes the second
    bnez a0, fail
2:  li a0, 1
    sbi 0x48534d, 2
    li t0, 1                    # stopped
    bne a1, t0, 2b
    shutdown
fail: shutdown 1
second:
    la t0, flag
    li t1, 2
    csrw sie, t1
    add a0, a0, a1
    sd a0, 0(t0)
    wfi
    csrr t0, sip
    andi t0, t0, 2
    beqz t0, fail
    sbi 0x48534d, 1
    j fail
    .data
    .balign 8
flag: .dword 0)";

TEST_P(MachineTest, HartsAreStartedFencedWokenAndStopped) {
  options.harts = 2;
  const MachineEnd end = run_supervisor(kTwoHarts);
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
}

TEST_P(MachineTest, FirmwareStartsInMachineModeOnEveryHart) {
  options.harts = 3;
  const auto firmware = assemble_text(R"(
.globl _start
_start:
    la t0, count
    li t1, 1
    amoadd.w zero, t1, (t0)
    bnez a0, 2f
    lw t1, 0(a1)                # the device tree
    beqz t1, 3f
1:  lw t1, 0(t0)
    li t2, 3
    bne t1, t2, 1b
    csrr t1, mhartid
    bnez t1, 3f
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
2:  wfi
    j 2b
3:  li t0, 0x100000
    li t1, 0x13333
    sw t1, 0(t0)
    j 2b
    .data
    .balign 4
count: .word 0)");
  const MachineEnd end = run({.firmware = firmware, .kernel = {}, .initrd = {}});
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
}

TEST_P(MachineTest, ExceptionsAreTraced) {
  std::vector<std::string> lines;
  options.trace_exceptions = [&lines](const std::string& line) { lines.push_back(line); };
  run_supervisor(R"(
    la t0, handler
    csrw stvec, t0
    call missing
calls:
    sbi 0x10, 0
    shutdown
.globl missing, calls
missing:
    .word 0
    ret
    .align 2
handler:
    csrr t0, sepc
    addi t0, t0, 4
    csrw sepc, t0
    sret)");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[0], testing::MatchesRegex("hart 0 in S-mode: illegal instruction at pc "
                                              "0x[0-9a-f]+ \\(missing\\), tval 0x0"));
  EXPECT_THAT(lines[1], testing::MatchesRegex("hart 0 in S-mode: call from supervisor mode at pc "
                                              "0x[0-9a-f]+ \\(calls.0x[0-9a-f]+\\), tval 0x0"));
  EXPECT_EQ(statistics.exceptions, 1U) << "calls are the machine's to serve";
}

TEST_P(MachineTest, TheSerialPortTakesInput) {
  test::ConsolePipe pipe;
  options.input = pipe.input();
  pipe.type("ab\001a");
  pipe.hang_up();
  const MachineEnd end = run_supervisor(R"(
    li s0, 0x10000000
    li s1, 3
1:  lbu t0, 5(s0)
    andi t0, t0, 1
    beqz t0, 1b
    lbu t0, 0(s0)
    sb t0, 0(s0)
    addi s1, s1, -1
    bnez s1, 1b
    shutdown)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(console.text(), "ab\001");
}

TEST_P(MachineTest, ControlAXQuits) {
  test::ConsolePipe pipe;
  options.input = pipe.input();
  pipe.type("\001x");
  EXPECT_EQ(run_supervisor("1: addi t0, t0, 1\n j 1b").kind, Kind::kQuit);
}

TEST_P(MachineTest, CanBeStoppedAndTellsWhereItWas) {
  options.harts = 2;
  auto machine = Machine::create(options);
  ASSERT_TRUE(machine);
  const auto program = assemble_text(std::string(kSupervisor) + ".globl spin\nspin: j spin");
  ASSERT_TRUE((*machine)->load({.firmware = {}, .kernel = program, .initrd = {}}));
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    (*machine)->stop();
  });
  const auto end = (*machine)->run();
  stopper.join();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->kind, Kind::kStopped);
  EXPECT_EQ(end->diagnosis, "hart 0 in S-mode at pc 0x80000000 (spin)\nhart 1 is stopped");
}

INSTANTIATE_TEST_SUITE_P(Clocks, MachineTest, test::both_clocks(), test::clock_name);

class RepeatingMachineTest : public MachineTest {
 protected:
  /// Counts, waits and draws random numbers, for ever.
  static std::vector<std::byte> program() {
    return assemble_text(std::string(kSupervisor) + R"(
    la t0, handler
    csrw stvec, t0
    li t0, 0x20
    csrw sie, t0
    la s0, numbers
1:  rdtime t0
    addi t0, t0, 77
    csrw 0x14d, t0
    wfi
    csrsi sstatus, 2
    csrci sstatus, 2
    j 1b
    .align 2
handler:
    rdtime t1
    rdinstret t2
    mul t3, t1, t2
    andi t4, t3, 0x7f8
    add t4, t4, s0
    ld t5, 0(t4)
    add t5, t5, t3
    sd t5, 0(t4)
    li t0, -1
    csrw 0x14d, t0
    sret
    .bss
    .balign 8
numbers: .space 2048)");
  }
  std::unique_ptr<Machine> make() {
    auto machine = Machine::create(options);
    EXPECT_TRUE(machine);
    return std::move(*machine);
  }
  std::unique_ptr<Machine> make_loaded() {
    auto machine = make();
    EXPECT_TRUE(machine->load({.firmware = {}, .kernel = image, .initrd = {}}));
    return machine;
  }

  std::vector<std::byte> image;
};

TEST_P(RepeatingMachineTest, RepeatsBitForBit) {
  image = program();
  std::vector<std::byte> states[3];
  for (unsigned i = 0; i < 3; ++i) {
    options.seed = i / 2;
    const auto machine = make_loaded();
    machine->stop_at(1'000'000);
    const auto end = machine->run();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->kind, Kind::kReached);
    states[i] = machine->save();
  }
  EXPECT_EQ(states[0], states[1]);
  EXPECT_NE(states[0], states[2]) << "another seed";
}

TEST_P(RepeatingMachineTest, GoesOnFromASavedState) {
  image = program();
  std::vector<std::byte> middle;
  const auto first = make_loaded();
  first->at(400'000, [&] { middle = first->save(); });
  first->stop_at(1'000'000);
  ASSERT_TRUE(first->run());

  const auto second = make();
  const auto restored = second->restore(middle);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(second->save(), middle);
  second->stop_at(1'000'000);
  ASSERT_TRUE(second->run());
  EXPECT_EQ(first->save(), second->save());
  EXPECT_LT(second->statistics().instructions, first->statistics().instructions);
}

TEST_P(RepeatingMachineTest, RefusesStatesOfOthers) {
  image = program();
  const std::vector<std::byte> state = make_loaded()->save();
  options.harts = 2;
  EXPECT_FALSE(make()->restore(state));
  options.harts = 1;
  options.ram_bytes *= 2;
  EXPECT_FALSE(make()->restore(state));
  options.ram_bytes /= 2;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{20}, state.size() / 2, state.size() - 1})
    EXPECT_FALSE(make()->restore(std::span(state).first(size))) << size;
  EXPECT_TRUE(make()->restore(state));
}

TEST_P(RepeatingMachineTest, ALeapOverIdleTimeIsQuick) {
  const MachineEnd end = run_supervisor(R"(
    rdtime t0
    li t1, 36000000000          # an hour
    add t0, t0, t1
    csrw 0x14d, t0
    li t0, 0x20
    csrw sie, t0
    wfi
    shutdown)");
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_LT(statistics.instructions, 100U);
}

INSTANTIATE_TEST_SUITE_P(Clocks, RepeatingMachineTest, testing::Values(ClockKind::kInstructions),
                         [](const auto&) { return "Instructions"; });

}  // namespace
}  // namespace doppel::sysvm
