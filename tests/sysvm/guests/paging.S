// SPDX-License-Identifier: Apache-2.0
// Sv39 and Sv48: permissions, A and D, large and contiguous pages, SUM and MXR, fences, faults.
// M-mode works through MPRV on tables that it writes itself.
#include "test.inc"
.equ V, 1
.equ R, 2
.equ W, 4
.equ X, 8
.equ U, 16
.equ A, 64
.equ D, 128

// Puts a leaf for `physical` with `flags` into entry `index` of `table`.
.macro entry table, index, physical, flags
  la t0, \physical
  srli t0, t0, 2
  li t1, \flags
  or t0, t0, t1
  la t1, \table
  li t2, 8 * \index
  add t1, t1, t2
  sd t0, 0(t1)
.endm

// Loads through the tables into a2; s10 holds the cause of a fault or 0.
.macro try_load address
  li s10, 0
  li a0, \address
  li t5, 0x20000          // MPRV
  csrs mstatus, t5
  ld a2, 0(a0)
  csrc mstatus, t5
.endm
.macro try_store address
  li s10, 0
  li a0, \address
  li t5, 0x20000
  csrs mstatus, t5
  sd a1, 0(a0)
  csrc mstatus, t5
.endm

begin
  la t0, handler
  csrw mtvec, t0
  li a0, -1
  csrw pmpaddr0, a0
  li a0, 0x1f
  csrw pmpcfg0, a0
  li a0, 0x1800
  csrc mstatus, a0
  li a0, 0x800
  csrs mstatus, a0        // MPP = S: that is how MPRV accesses
  // Root entry 0 leads to `middle`, its entry 0 to `leaves`; root entry 2 maps 1 GiB of RAM as it is.
  entry root, 0, middle, V
  entry middle, 0, leaves, V
  entry leaves, 0, page_a, (V|R|W|A|D)
  entry leaves, 1, page_b, (V|R|A)
  entry leaves, 2, page_a, (V|R|W|U|A|D)
  entry leaves, 3, page_b, (V|X|A)
  entry leaves, 4, page_a, (V|R|W)
  entry leaves, 5, page_a, (V|W|A|D)
  li t0, 0x20000000 | V|R|W|X|A|D
  la t1, root
  sd t0, 16(t1)
  la t0, root
  srli t0, t0, 12
  li t1, 8 << 60
  or t0, t0, t1
  csrw satp, t0
  sfence.vma

  try_load 0x8
  check 1, s10, 0
  check 2, a2, 0xaaaa
  li a1, 0x1234
  try_store 0x10
  try_load 0x10
  check 3, a2, 0x1234
  // Read-only, user without and with SUM, execute-only without and with MXR.
  try_store 0x1008
  check 10, s10, 15
  csrr a2, mtval
  check 11, a2, 0x1008
  try_load 0x1008
  check 12, a2, 0xbbbb
  try_load 0x2008
  check 13, s10, 13
  li t0, 0x40000
  csrs mstatus, t0
  try_load 0x2008
  check 14, s10, 0
  check 15, a2, 0xaaaa
  li t0, 0x40000
  csrc mstatus, t0
  try_load 0x2008
  check 16, s10, 13
  try_load 0x3008
  check 17, s10, 13
  li t0, 0x80000
  csrs mstatus, t0
  try_load 0x3008
  check 18, s10, 0
  li t0, 0x80000
  csrc mstatus, t0
  try_load 0x5008          // W without R is reserved
  check 19, s10, 13
  // Without ADUE a page whose A is clear faults; with it, A and D are set.
  try_load 0x4008
  check 20, s10, 13
  li t0, 1 << 61
  csrs menvcfg, t0
  try_load 0x4008
  check 21, s10, 0
  la t0, leaves
  ld a2, 32(t0)
  andi a2, a2, 0xff
  check 22, a2, (V|R|W|A)
  try_store 0x4010
  la t0, leaves
  ld a2, 32(t0)
  andi a2, a2, 0xff
  check 23, a2, (V|R|W|A|D)
  // Not mapped, not canonical, across into a page that is not mapped.
  try_load 0x6000
  check 30, s10, 13
  try_load 0x4000000000
  check 31, s10, 13
  try_load 0x5ffc
  check 32, s10, 13
  entry leaves, 5, page_b, (V|R|W|A|D)
  sfence.vma
  try_load 0x5ffc
  check 33, s10, 13
  csrr a2, mtval
  check 34, a2, 0x6000
  // Across two pages that are.
  entry leaves, 6, page_a, (V|R|W|A|D)
  sfence.vma
  li a1, 0x1122334455667788
  try_store 0x5ffc
  check 35, s10, 0
  try_load 0x5ffc
  check 36, a2, 0x1122334455667788
  la t0, page_a
  lwu a2, 0(t0)
  check 37, a2, 0x11223344
  // A change is seen after a fence of its address.
  try_load 0x8
  check 40, a2, 0xaaaa
  entry leaves, 0, page_b, (V|R|W|A|D)
  li t0, 0x8
  sfence.vma t0, x0
  try_load 0x8
  check 41, a2, 0xbbbb
  // A large page whose frame is not aligned faults; an aligned one does not.
  entry middle, 1, page_a, (V|R|W|A|D)
  try_load 0x200008
  check 50, s10, 13
  li t0, 0x20000000 | V|R|W|A|D
  la t1, middle
  sd t0, 8(t1)
  sfence.vma
  try_load 0x200000
  check 51, s10, 0
  li t0, 0x80000000
  ld t0, 0(t0)
  sub a2, a2, t0
  check 52, a2, 0
  // 64 KiB in sixteen entries; another size is reserved.
  li t0, (1 << 63) | 0x20002000 | V|R|W|A|D
  la t1, leaves
  li t2, 16 * 8
  add t1, t1, t2
  li t3, 16
1: sd t0, 0(t1)
  addi t1, t1, 8
  addi t3, t3, -1
  bnez t3, 1b
  sfence.vma
  li a1, 0x77
  try_store 0x13018
  check 60, s10, 0
  li t0, 0x80003018
  // 0x20002000 >> 10 << 12 = 0x80008000: the frame's low bits say 64 KiB from 0x80000000 on.
  ld a2, 0(t0)
  check 61, a2, 0x77
  li t0, (1 << 63) | 0x20001000 | V|R|W|A|D
  la t1, leaves
  sd t0, 128(t1)
  sfence.vma
  try_load 0x10000
  check 62, s10, 13
  // PBMT needs menvcfg.
  la t1, leaves
  ld t0, 0(t1)
  li t2, 1 << 61
  or t0, t0, t2
  sd t0, 0(t1)
  sfence.vma
  try_load 0x8
  check 63, s10, 13
  li t0, 1 << 62
  csrs menvcfg, t0
  try_load 0x8
  check 64, s10, 0
  // Sv48: one more level, whose entry 0 leads to the same tables.
  entry top, 0, root, V
  la t0, top
  srli t0, t0, 12
  li t1, 9 << 60
  or t0, t0, t1
  csrw satp, t0
  sfence.vma
  try_load 0x1008
  check 70, s10, 0
  check 71, a2, 0xbbbb
  try_load 0x8000000000
  check 72, s10, 13
  try_load 0x800000000000
  check 73, s10, 13
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
1: csrw mepc, s9
  csrr s8, mstatus
  // MPP is M now; the accesses want it to be S again after the return.
  la s9, back
  csrr s7, mepc
  csrw mepc, s9
  mret
back:
  li s9, 0x1800
  csrc mstatus, s9
  li s9, 0x800
  csrs mstatus, s9
  jr s7

  .data
  .balign 0x4000
root: .space 4096
top: .space 4096
middle: .space 4096
leaves: .space 4096
page_a: .dword 0, 0xaaaa
  .space 4080
page_b: .dword 0, 0xbbbb
  .space 4080
