// SPDX-License-Identifier: Apache-2.0
// Where traps go: delegation by cause, vectors, state that is saved and restored, interrupts by
// level and mode.
#include "test.inc"
#include "modes.inc"

.macro s_handler address
  la t0, \address
  csrw stvec, t0
.endm

begin
  open_memory
  traps_return
  // An exception that is delegated goes to S-mode from S and U, and from M never.
  li t0, 1 << 2 | 1 << 8
  csrw medeleg, t0
  s_handler to_machine
  .irp level, 0, 1
  csrw scause, x0
  csrw mcause, x0
  enter_at \level, illegal
  check 1, s10, 9                // the S handler's ecall
  csrr a2, scause
  check 2, a2, 2
  csrr a2, stval
  check 3, a2, 0xffffffff
  csrr a2, sstatus
  srli a2, a2, 8
  andi a2, a2, 1
  check 4, a2, \level            // SPP
  .endr
  la s11, 1f
  .word 0xffffffff
1: check 5, s10, 2
  // One that is not goes to M-mode, with MPP and MPIE saved and MIE cleared.
  li t0, 8
  csrs mstatus, t0
  enter_at 0, breakpoint
  check 6, s10, 3
  srli a2, s7, 11
  andi a2, a2, 3
  check 7, a2, 0
  srli a2, s7, 3
  andi a2, a2, 1
  check 8, a2, 0
  // A user's call is delegated, the supervisor's is not.
  enter_at 0, call
  check 9, s10, 9
  csrr a2, scause
  check 10, a2, 8
  // SIE goes to SPIE and back.
  csrsi sstatus, 2
  enter_at 0, illegal
  csrr a2, sstatus
  andi a2, a2, 0x22
  check 11, a2, 0x20
  // Exceptions ignore vectors.
  s_handler to_machine + 1
  enter_at 1, illegal
  check 12, s10, 9
  csrw medeleg, x0

  // Interrupts. Of the supervisor's, not delegated: taken in M-mode's way, from S whatever SIE says.
  csrw mideleg, x0
  csrci mstatus, 8
  li t0, 2
  csrw mie, t0
  csrsi mip, 2
  enter_at 1, spin
  li t0, (1 << 63) + 1
  sub a2, s10, t0
  check 20, a2, 0
  la t0, spin
  sub s9, s9, t0
  check 21, s9, 0                // before the first instruction
  check 22, s8, 0
  // In M-mode with MIE clear it is not; with MIE set it is.
  li s10, 0
  nop
  check 23, s10, 0
  la s11, 1f
  csrsi mstatus, 8
  nop
1: sub a2, s10, t0
  csrci mstatus, 8
  li t0, (1 << 63) + 1
  sub a2, s10, t0
  check 24, a2, 0
  // Delegated: in U always, in S by SIE, in M never.
  li t0, 2
  csrw mideleg, t0
  csrsi mstatus, 8
  li s10, 0
  nop
  check 25, s10, 0
  csrci sstatus, 2
  s_handler to_machine
  csrw scause, x0
  enter_at 1, call
  check 26, s10, 9
  csrr a2, scause
  check 27, a2, 0                // not taken
  enter_at 0, spin
  check 28, s10, 9
  li t0, (1 << 63) + 1
  csrr a2, scause
  sub a2, a2, t0
  check 29, a2, 0
  // Vectored: to four bytes for each number from the base.
  s_handler vectors + 1
  enter_at 0, spin
  check 30, s10, 9
  check 31, a5, 1
  // A machine's interrupt comes before a delegated one.
  li t0, 0x22
  csrw mie, t0
  csrs mip, t0
  enter_at 0, spin
  li t0, (1 << 63) + 5
  sub a2, s10, t0
  check 32, a2, 0
  // External before software before timer, among the delegated.
  li t0, 0x222
  csrw mideleg, t0
  csrw mie, t0
  csrs mip, t0
  enter_at 0, spin
  check 33, a5, 9
  li t0, 0x200
  csrc mip, t0
  enter_at 0, spin
  check 34, a5, 1
  csrci mip, 2
  enter_at 0, spin
  check 35, a5, 5
  // sip and sie show what is delegated, and change no more than the software interrupt.
  csrr a2, sip
  check 40, a2, 0x20
  csrw sip, x0
  csrr a2, sip
  check 41, a2, 0x20
  csrsi sip, 2
  csrr a2, mip
  check 42, a2, 0x22
  li t0, 0x20
  csrw mideleg, t0
  csrr a2, sip
  check 43, a2, 0x20
  csrci sip, 2
  csrr a2, mip
  check 44, a2, 0x22             // not delegated: not changed
  csrw sie, x0
  csrr a2, mie
  check 45, a2, 0x202
  // The vector's mode 2 and 3 are none; M-mode's interrupts cannot be delegated.
  li t0, -1
  csrw mideleg, t0
  csrr a2, mideleg
  check 46, a2, 0x222
  la t0, vectors + 3
  csrw stvec, t0
  csrr a2, stvec
  andi a2, a2, 3
  check 47, a2, 1
  pass

  .option norvc
  .align 2
illegal: .word 0xffffffff
  .align 2
breakpoint: ebreak
  .align 2
call: ecall
  .align 2
spin: j spin
  .align 2
to_machine:
  ecall
  .balign 256
vectors: ecall
  j vector_1
  .word 0, 0, 0
  j vector_5
  .word 0, 0, 0
  j vector_9
vector_1: li a5, 1
  ecall
vector_5: li a5, 5
  ecall
vector_9: li a5, 9
  ecall
