// SPDX-License-Identifier: Apache-2.0
// Physical memory protection: matching, permissions below M-mode, locks, parts of pages, fetches.
#include "test.inc"

// Loads or stores with S-mode's rights, through MPRV.
.macro try instruction
  li s10, 0
  li t5, 0x20000
  csrs mstatus, t5
  \instruction
  csrc mstatus, t5
.endm

begin
  la t0, handler
  csrw mtvec, t0
  li a0, 0x1800
  csrc mstatus, a0
  li a0, 0x800
  csrs mstatus, a0
  la s0, area
  // No entry matches: nothing is permitted below M-mode, everything in it.
  try "ld a2, 0(s0)"
  check 1, s10, 5
  ld a2, 0(s0)
  // A power of two: 4 KiB, readable.
  srli t0, s0, 2
  li t1, 0x1ff
  or t0, t0, t1
  csrw pmpaddr0, t0
  li a0, 0x19
  csrw pmpcfg0, a0
  try "ld a2, 8(s0)"
  check 2, s10, 0
  try "sd a2, 8(s0)"
  check 3, s10, 7
  li t0, 4096
  add t0, s0, t0
  try "ld a2, 0(t0)"
  check 4, s10, 5
  li t0, 4092
  add t0, s0, t0
  try "ld a2, 0(t0)"      // reaches beyond
  check 5, s10, 5
  // Top of range, in the middle of a page: 16 bytes more.
  srli t0, s0, 2
  csrw pmpaddr0, t0
  addi t0, t0, 4
  csrw pmpaddr1, t0
  li a0, 0x0b00
  csrw pmpcfg0, a0
  try "ld a2, 8(s0)"
  check 10, s10, 0
  try "sd a2, 8(s0)"
  check 11, s10, 0
  try "ld a2, 16(s0)"
  check 12, s10, 5
  try "ld a2, 12(s0)"
  check 13, s10, 5
  try "ld a2, 8(s0)"
  check 14, s10, 0
  // Four bytes.
  srli t0, s0, 2
  csrw pmpaddr0, t0
  li a0, 0x11
  csrw pmpcfg0, a0
  try "lw a2, 0(s0)"
  check 20, s10, 0
  try "lw a2, 4(s0)"
  check 21, s10, 5
  // W without R is not legal.
  li a0, 0x1a
  csrw pmpcfg0, a0
  csrr a2, pmpcfg0
  check 22, a2, 0x18
  // A locked entry binds M-mode and cannot be changed.
  srli t0, s0, 2
  li t1, 0x1ff
  or t0, t0, t1
  csrw pmpaddr0, t0
  li a0, 0x99
  csrw pmpcfg0, a0
  li s10, 0
  sd a2, 0(s0)
  check 30, s10, 7
  csrw pmpcfg0, x0
  csrr a2, pmpcfg0
  check 31, a2, 0x99
  csrr a1, pmpaddr0
  csrw pmpaddr0, x0
  csrr a2, pmpaddr0
  sub a2, a2, a1
  check 32, a2, 0
  // It may not be executed either.
  la t0, fetch_handler
  csrw mtvec, t0
  jr s0
  .align 2
fetch_handler:
  csrr a2, mcause
  check 33, a2, 1
  csrr a2, mepc
  sub a2, a2, s0
  check 34, a2, 0
  pass

  .align 2
handler:
  csrr s10, mcause
  csrr s9, mepc
  lhu s8, 0(s9)
  andi s8, s8, 3
  addi s8, s8, -3
  addi s9, s9, 2
  bnez s8, 1f
  addi s9, s9, 2
1: mv s7, s9
  la s9, back
  csrw mepc, s9
  mret
back:
  li s9, 0x1800
  csrc mstatus, s9
  li s9, 0x800
  csrs mstatus, s9
  jr s7
  .data
  .balign 8192
area: .space 8192
