// SPDX-License-Identifier: Apache-2.0
// Interrupts: enabling, delegation, priorities, vectors, the supervisor's own timer, wfi.
#include "test.inc"
begin
  la t0, handler
  ori t0, t0, 1           // vectored
  csrw mtvec, t0
  // A pending one that is not enabled does nothing; it comes when it is.
  li a0, 2                // SSIP
  csrs mie, a0
  csrs mip, a0
  nop
  check 1, s11, 0
  csrsi mstatus, 8
  check 2, s11, 1
  check 3, s10, 1
  // Of two, the more urgent one comes first: external before timer.
  csrci mstatus, 8
  li a0, 0x222
  csrw mie, a0
  li a0, 0x220
  csrs mip, a0
  li s11, 0
  csrsi mstatus, 8
  check 4, s11, 2
  check 5, s9, 9
  check 6, s10, 5
  csrci mstatus, 8
  // wfi ends when one is pending, though it is not taken.
  li a0, 2
  csrs mip, a0
  wfi
  csrr a2, mip
  check 7, a2, 2
  csrci mip, 2
  // stimecmp, when menvcfg.STCE lets it.
  li a0, 0
  csrw stimecmp, a0
  csrr a2, mip
  check 8, a2, 0
  li a0, 1 << 63
  csrs menvcfg, a0
  csrr a2, mip
  check 9, a2, 0x20
  li a0, -1
  csrw stimecmp, a0
  csrr a2, mip
  check 10, a2, 0
  // A delegated one does not come in M-mode, and comes in S-mode.
  li a0, 0x222
  csrw mideleg, a0
  csrsi mstatus, 8
  li a0, 2
  csrs mip, a0
  li s11, 0
  nop
  check 20, s11, 0
  li a0, -1
  csrw pmpaddr0, a0
  li a0, 0x1f
  csrw pmpcfg0, a0
  la t0, supervisor_handler
  csrw stvec, t0
  la t0, supervisor
  csrw mepc, t0
  li a0, 0x1800
  csrc mstatus, a0
  li a0, 0x800
  csrs mstatus, a0
  mret
supervisor:
  nop
  check 21, s11, 0
  csrr a2, sip
  check 22, a2, 2
  csrsi sstatus, 2
  check 23, s11, 1
  li t6, (1 << 63) + 1
  sub a2, s10, t6
  check 24, a2, 0
  csrr a2, sip
  check 25, a2, 0
  pass

  .align 8
handler:
  .option push
  .option norvc
  j unexpected_trap
  j vector_1
  .word 0, 0, 0
  j vector_5
  .word 0, 0, 0
  j vector_9
  .option pop
vector_1: li t0, 1
  li t1, 2
  j clear
vector_5: li t0, 5
  li t1, 0x20
  j clear
vector_9: li t0, 9
  li t1, 0x200
clear:
  csrc mip, t1
  mv s9, s10
  mv s10, t0
  addi s11, s11, 1
  mret
  .align 2
supervisor_handler:
  csrr s10, scause
  csrci sip, 2
  addi s11, s11, 1
  sret
