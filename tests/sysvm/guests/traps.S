// SPDX-License-Identifier: Apache-2.0
// Exceptions: cause, tval, epc, delegation, returns, retired instructions; legal values of CSRs.
#include "test.inc"
begin
  la t0, handler
  csrw mtvec, t0
  li s11, 0
  .option norvc
  .word 0xffffffff
  check 1, s10, 2
  csrr a2, mtval
  check 2, a2, 0xffffffff
  ecall
  check 3, s10, 11
  ebreak
  check 4, s10, 3
  li a0, 0x10
  ld a1, 0(a0)
  check 5, s10, 5
  csrr a2, mtval
  check 6, a2, 0x10
  sd a1, 0(a0)
  check 7, s10, 7
  csrw 0x5c0, x0
  check 8, s10, 2
  csrw cycle, x0
  check 9, s10, 2
  csrr a2, mtval
  check 10, a2, 0xc0001073
  check 11, s11, 7
  // instret counts what retired: six instructions lie between the two readings.
  csrr a0, minstret
  nop
  nop
  nop
  nop
  nop
  csrr a1, minstret
  sub a2, a1, a0
  check 12, a2, 6
  // Of a block that traps in its middle, the rest is not counted.
  csrr a0, minstret
  nop
  .word 0
  nop
  csrr a1, minstret
  sub a2, a1, a0
  check 13, a2, 13   // 2 + 10 of the handler + 1
  // Legal values.
  li a0, -1
  csrw medeleg, a0
  csrr a2, medeleg
  check 20, a2, 0xb3ff
  csrw mideleg, a0
  csrr a2, mideleg
  check 21, a2, 0x222
  csrw satp, a0
  csrr a2, satp
  check 22, a2, 0
  csrw tselect, a0
  csrr a2, tselect
  check 25, a2, 0    // there are no triggers
  csrw tdata1, a0
  csrr a2, tdata1
  check 26, a2, 0
  li a0, 0x1800
  csrc mstatus, a0
  li a0, 0x800
  csrs mstatus, a0   // MPP = 1
  li a0, 0x1000
  csrs mstatus, a0   // 3 is legal, and 2, from there, is not
  li a0, 0x800
  csrc mstatus, a0
  csrr a2, mstatus
  srli a2, a2, 11
  andi a2, a2, 3
  check 24, a2, 3
  li a0, 0x1000
  csrc mstatus, a0
  li a0, 0x800
  csrs mstatus, a0
  csrr a2, mstatus
  srli a2, a2, 11
  andi a2, a2, 3
  check 23, a2, 1
  // Into S-mode, where an ecall is delegated to stvec and an illegal instruction too.
  la t0, supervisor_handler
  csrw stvec, t0
  csrw pmpaddr0, a0
  li a0, -1
  csrw pmpaddr0, a0
  li a0, 0x1f
  csrw pmpcfg0, a0
  la t0, supervisor
  csrw mepc, t0
  mret
supervisor:
  csrr a2, mscratch
  check 30, s10, 2   // no right to it
  csrr a2, sstatus
  srli a2, a2, 8
  andi a2, a2, 1
  check 31, a2, 0   // the return from the trap left U there
  ecall
  check 32, s10, 9
  li a0, 0x20
  csrw sepc, a0
  la t0, user
  csrw sepc, t0
  li a0, 0x100
  csrc sstatus, a0
  sret
user:
  ecall
  check 33, s10, 8
  csrr a2, sstatus
  check 34, s10, 2
  // Back to M-mode is what only its own handler could do: leave through tohost.
  pass
  .align 2
handler:
  csrr s10, mcause
  csrr s9, mepc
  lhu s8, 0(s9)
  addi s9, s9, 4
  csrw mepc, s9
  addi s11, s11, 1
  nop
  nop
  nop
  mret
  .align 2
supervisor_handler:
  csrr s10, scause
  csrr s9, sepc
  addi s9, s9, 4
  csrw sepc, s9
  sret
