// SPDX-License-Identifier: Apache-2.0
// Atomic operations; store-conditional with and without a reservation.
#include "test.inc"
begin
  la s0, word
  li a1, -5
  amoadd.w a2, a1, (s0)
  check 1, a2, -0x80000000
  lw a2, 0(s0)
  check 2, a2, 0x7ffffffb
  li a1, -1
  amomaxu.w a2, a1, (s0)
  lw a2, 0(s0)
  check 3, a2, -1
  amominu.d a2, x0, (s0)
  check 4, a2, 0x00000001ffffffff
  ld a2, 0(s0)
  check 5, a2, 0
  li a1, 42
  amoswap.d a2, a1, (s0)
  check 6, a2, 0
  // Load-reserved, store-conditional.
1: lr.d a2, (s0)
  addi a2, a2, 1
  sc.d a3, a2, (s0)
  bnez a3, 1b
  ld a2, 0(s0)
  check 10, a2, 43
  // A second one has no reservation any more.
  sc.d a3, x0, (s0)
  check 11, a3, 1
  ld a2, 0(s0)
  check 12, a2, 43
  // Another place.
  lr.d a2, (s0)
  addi a1, s0, 8
  sc.d a3, x0, (a1)
  check 13, a3, 1
  // A misaligned one traps.
  la t0, 2f
  csrw mtvec, t0
  addi a1, s0, 1
  amoadd.w a2, a1, (a1)
  j fail
  .align 2
2: csrr a2, mcause
  check 20, a2, 6
  csrr a2, mtval
  sub a2, a2, s0
  check 21, a2, 1
  pass
fail: li a2, 0
  check 22, a2, 1
  .data
  .align 3
word: .word 0x80000000, 1
  .dword 0
