// SPDX-License-Identifier: Apache-2.0
// A guest that reads and writes anything anywhere on the board, from two harts: faults are its own,
// devices take it, and the machine goes on to its end.
#include <fmt/format.h>

#include <array>
#include <fstream>

#include "tests/sysvm/machine/machine_test.h"

namespace doppel::sysvm {
namespace {

using Kind = MachineEnd::Kind;
using NonsenseTest = test::MachineTest;

/// Each hart makes accesses of 1, 2, 4 and 8 bytes at places that a random number chooses, of a
/// region that it chooses too; values are random, small, or addresses in RAM.
constexpr const char* kNonsense = R"(
.globl _start
_start:
    la t0, handler
    csrw mtvec, t0
    csrr s0, mhartid
    li s1, 0x9E3779B97F4A7C15   # the random number
    xor s1, s1, s0
    li s2, 60000
    la s3, regions
again:
    slli t0, s1, 13             # xorshift
    xor s1, s1, t0
    srli t0, s1, 7
    xor s1, s1, t0
    slli t0, s1, 17
    xor s1, s1, t0
    srli t0, s1, 40
    andi t0, t0, 7
    slli t0, t0, 4
    add t0, t0, s3
    ld s4, 0(t0)                # a region's base
    ld t1, 8(t0)                # and the mask of its offsets
    srli t0, s1, 20
    and t0, t0, t1
    add s4, s4, t0
    andi t0, s1, 3
    beqz t0, 1f                 # the value: random,
    andi t0, s1, 4
    srli s5, s1, 61             # a small number,
    beqz t0, 2f
    li t0, 0x80000000           # an address in RAM
    srli s5, s1, 44
    slli s5, s5, 4
    add s5, s5, t0
    j 2f
1:  mv s5, s1
2:  srli t0, s1, 8
    andi t0, t0, 7
    la t1, accesses
    slli t0, t0, 3
    add t1, t1, t0
    jr t1
    .option push
    .option norvc
    .align 3
accesses:
    sb s5, 0(s4)
    j next
    sh s5, 0(s4)
    j next
    sw s5, 0(s4)
    j next
    sd s5, 0(s4)
    j next
    sw s5, 0(s4)
    j next
    lw t0, 0(s4)
    j next
    lbu t0, 0(s4)
    j next
    ld t0, 0(s4)
    j next
    .option pop
next:
    addi s2, s2, -1
    bnez s2, again
    bnez s0, 3f
    li t0, 0x100000
    li t1, 0x5555
4:  la t2, done                 # hart 0 waits for the other one
    lw t2, 0(t2)
    beqz t2, 4b
    sw t1, 0(t0)
3:  la t2, done
    li t1, 1
    sw t1, 0(t2)
    j .
    .align 2
handler:                        # whatever it was: the next access
    csrw mie, zero
    la t0, next
    csrw mepc, t0
    li t0, 0x1800
    csrs mstatus, t0
    mret
    .data
    .balign 8
regions:
    .dword 0x0c000000, 0x3ffc   # PLIC: priorities, pending, enabled
    .dword 0x0c200000, 0x3ffc   # thresholds, claims
    .dword 0x02000000, 0xffff   # CLINT
    .dword 0x10000000, 0xff     # serial port
    .dword 0x00101000, 0x3f     # clock
    .dword 0x10001000, 0x3fff   # virtio: disk, network, entropy, console
    .dword 0x10001000, 0x70fc   # and all eight
    .dword 0x00000000, 0xffffff
done: .word 0)";

TEST_P(NonsenseTest, IsTakenByAllDevices) {
  options.harts = 2;
  const std::string disk = fmt::format("{}/doppel-nonsense-{}", testing::TempDir(), getpid());
  std::ofstream(disk, std::ios::binary) << std::string(65536, 'd');
  options.disks = {disk};
  const auto firmware = test::assemble_text(kNonsense);
  const MachineEnd end = run({.firmware = firmware, .kernel = {}, .initrd = {}});
  std::remove(disk.c_str());
  EXPECT_EQ(end.kind, Kind::kPoweredOff) << end.diagnosis;
  EXPECT_EQ(end.status, 0U);
  EXPECT_GT(statistics.device_accesses, 60'000U);
  EXPECT_GT(statistics.exceptions, 1'000U);
}

INSTANTIATE_TEST_SUITE_P(Clocks, NonsenseTest, test::both_clocks(), test::clock_name);

}  // namespace
}  // namespace doppel::sysvm
