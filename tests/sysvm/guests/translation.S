// SPDX-License-Identifier: Apache-2.0
// Page tables in detail: fetches by mode, reserved bits, superpages, contiguous pages, memory types,
// A and D, accesses across pages, fences by ASID and address.
#include "test.inc"
#include "modes.inc"

begin
  open_memory
  traps_return
  entry root, 0, middle, V
  entry middle, 0, leaves, V
  use_tables 8, root
  // Fetches: the page holds ecall, so that success is a call from the mode.
  entry leaves, 0, code, (V|X|A)
  entry leaves, 1, code, (V|X|U|A)
  entry leaves, 2, code, (V|R|W|A|D)
  entry leaves, 3, code, (V|R|X|A)
  sfence.vma
  enter 1, 0x0
  check 1, s10, 9
  check 2, s9, 0
  enter 1, 0x1000
  check 3, s10, 12        // a user page, which SUM does not open to fetches
  li t6, 0x40000
  csrs mstatus, t6
  enter 1, 0x1000
  check 4, s10, 12
  check 5, s8, 0x1000
  csrc mstatus, t6
  enter 1, 0x2000
  check 6, s10, 12        // not executable
  enter 0, 0x1000
  check 7, s10, 8
  enter 0, 0x3000
  check 8, s10, 12        // the supervisor's
  enter 1, 0x4000
  check 9, s10, 12        // not mapped
  // An instruction across two pages, of which the second is not there: tval is the second's address.
  entry leaves, 8, straddle, (V|X|A)
  sfence.vma
  enter 1, 0x8ffe
  check 10, s10, 12
  check 11, s9, 0x8ffe
  check 12, s8, 0x9000
  entry leaves, 9, straddle_end, (V|X|A)
  sfence.vma
  enter 1, 0x8ffe
  check 13, s10, 9        // li a0, 3; ecall
  check 14, a0, 3
  check 15, s9, 0x9002

  // A store across two pages, of which the second may not be written, writes nothing.
  entry leaves, 16, page, (V|R|W|A|D)
  entry leaves, 17, page, (V|R|A)
  sfence.vma
  li a1, -1
  li a0, 0x10ffc
  as 1, sd a1, 0(a0)
  check 20, s10, 15
  check 21, s8, 0x11000
  la t0, page + 4092
  lwu a2, 0(t0)
  check 22, a2, 0

  // Reserved bits of a leaf: 54 to 60 each.
  li s5, 54
1: entry leaves, 18, page, (V|R|W|A|D)
  li a0, 0x12000
  sfence.vma
  as 1, ld a2, 0(a0)
  check 23, s10, 0
  li t3, 1
  sll t3, t3, s5
  ld t0, 0(t1)
  or t0, t0, t3
  sd t0, 0(t1)
  sfence.vma
  as 1, ld a2, 0(a0)
  check 24, s10, 13
  addi s5, s5, 1
  li t0, 61
  bne s5, t0, 1b
  // Memory types: with menvcfg.PBMTE 1 and 2 are legal, 3 is not; in pointers none is.
  li t0, 1 << 62
  csrs menvcfg, t0
  entry leaves, 18, page, (V|R|W|A|D)
  mark_entry leaves, 18, (1 << 61)
  sfence.vma
  as 1, ld a2, 0(a0)
  check 30, s10, 0
  mark_entry leaves, 18, (3 << 61)
  sfence.vma
  as 1, ld a2, 0(a0)
  check 31, s10, 13
  entry leaves, 18, page, (V|R|W|A|D)
  mark_entry middle, 0, (1 << 61)
  sfence.vma
  as 1, ld a2, 0(a0)
  check 32, s10, 13
  // Neither are U, A, D and N in a pointer.
  .irp bit, U, A, D, (1 << 63)
  entry middle, 0, leaves, V
  mark_entry middle, 0, \bit
  sfence.vma
  as 1, ld a2, 0(a0)
  check 33, s10, 13
  .endr
  // G is, and the bits for software too.
  entry middle, 0, leaves, (V|G|0x300)
  sfence.vma
  as 1, ld a2, 0(a0)
  check 34, s10, 0
  // A pointer at the last level.
  entry leaves, 18, page, V
  sfence.vma
  as 1, ld a2, 0(a0)
  check 35, s10, 13
  // W without R, with X or not.
  entry leaves, 18, page, (V|W|X|A|D)
  sfence.vma
  as 1, ld a2, 0(a0)
  check 36, s10, 13

  // Superpages: 2 MiB and 1 GiB, aligned and not.
  raw_entry middle, 4, (0x80000000 >> 2 | V|R|W|A|D)
  raw_entry middle, 5, (0x80001000 >> 2 | V|R|W|A|D)
  raw_entry middle, 6, (0x80100000 >> 2 | V|R|W|A|D)
  raw_entry root, 1, (0x80000000 >> 2 | V|R|W|A|D)
  raw_entry root, 3, (0x80200000 >> 2 | V|R|W|A|D)
  sfence.vma
  la s5, page
  li t0, 0x1122
  sd t0, 0(s5)
  li t0, 0x80000000
  sub s5, s5, t0          // how far into RAM
  li a0, 4 * 0x200000
  add a0, a0, s5
  as 1, ld a2, 0(a0)
  check 40, s10, 0
  check 41, a2, 0x1122
  li a0, 5 * 0x200000
  as 1, ld a2, 0(a0)
  check 42, s10, 13
  li a0, 6 * 0x200000
  as 1, ld a2, 0(a0)
  check 43, s10, 13
  li a0, 0x40000000
  add a0, a0, s5
  as 1, ld a2, 0(a0)
  check 44, s10, 0
  check 45, a2, 0x1122
  li a0, 3 * 0x40000000
  as 1, ld a2, 0(a0)
  check 46, s10, 13
  // N is legal in the last level alone, and for 64 KiB alone.
  raw_entry middle, 4, (1 << 63 | 0x80000000 >> 2 | V|R|W|A|D)
  sfence.vma
  li a0, 4 * 0x200000
  as 1, ld a2, 0(a0)
  check 50, s10, 13
  .irp frame, 0x80001000, 0x80002000, 0x80004000, 0x80000000
  raw_entry leaves, 32, (1 << 63 | \frame >> 2 | V|R|W|A|D)
  sfence.vma
  li a0, 0x20000
  as 1, ld a2, 0(a0)
  check 51, s10, 13
  .endr
  // A page in it is found by the low four bits of its number, whatever entry tells of it.
  raw_entry leaves, 35, (1 << 63 | 0x80008000 >> 2 | V|R|W|A|D)
  sfence.vma
  li a0, 0x23010
  as 1, ld a2, 0(a0)
  check 52, s10, 0
  li t0, 0x80003010
  ld t0, 0(t0)
  sub a2, a2, t0
  check 53, a2, 0

  // A and D: with menvcfg.ADUE a load sets A, a store D too; without it both fault and set nothing.
  li t0, 1 << 61
  csrs menvcfg, t0
  entry leaves, 19, page, (V|R|W)
  sfence.vma
  li a0, 0x13000
  as 1, ld a2, 0(a0)
  check 60, s10, 0
  read_entry a2, leaves, 19
  andi a2, a2, 0xff
  check 61, a2, V|R|W|A
  as 1, sd a1, 8(a0)
  check 62, s10, 0
  read_entry a2, leaves, 19
  andi a2, a2, 0xff
  check 63, a2, V|R|W|A|D
  // A store that is not permitted sets neither.
  entry leaves, 19, page, (V|R)
  sfence.vma
  as 1, sd a1, 8(a0)
  check 64, s10, 15
  read_entry a2, leaves, 19
  andi a2, a2, 0xff
  check 65, a2, V|R
  li t0, 1 << 61
  csrc menvcfg, t0
  .irp flags, V|R|W, V|R|W|D
  entry leaves, 19, page, (\flags)
  sfence.vma
  as 1, ld a2, 0(a0)
  check 66, s10, 13
  read_entry a2, leaves, 19
  andi a2, a2, 0xff
  check 67, a2, \flags
  .endr
  entry leaves, 19, page, (V|R|W|A)
  sfence.vma
  as 1, ld a2, 0(a0)
  check 68, s10, 0
  as 1, sd a1, 8(a0)
  check 69, s10, 15
  as 1, amoadd.d a2, a1, (a0)
  check 70, s10, 15
  as 1, cbo.zero (a0)
  check 71, s10, 15
  as 1, lr.d a2, (a0)
  check 72, s10, 0

  // Fences: another ASID has its own translations; changes are seen after a fence of the ASID, of
  // the address, of both; with several pages in the TLB the others stay right.
  entry leaves, 20, page, (V|R|W|A|D)
  entry other_leaves, 20, leaves, (V|R|W|A|D)
  entry other_middle, 0, other_leaves, V
  entry other_root, 0, other_middle, V
  la t0, page
  li t1, 0x111
  sd t1, 0(t0)
  li a0, 0x14000
  use_tables 8, root, 1
  sfence.vma
  as 1, ld a2, 0(a0)
  check 80, a2, 0x111
  use_tables 8, other_root, 2
  as 1, ld a2, 0(a0)
  read_entry a3, leaves, 0
  sub a2, a2, a3
  check 81, a2, 0
  use_tables 8, root, 1
  as 1, ld a2, 0(a0)
  check 82, a2, 0x111
  la s6, second_page
  li t1, 0x222
  sd t1, 0(s6)
  .irp how, "sfence.vma x0, s4", "sfence.vma a0, x0", "sfence.vma a0, s4", "sinval.vma a0, s4"
  li s4, 1
  entry leaves, 20, page, (V|R|W|A|D)
  \how
  as 1, ld a2, 0(a0)
  check 83, a2, 0x111
  entry leaves, 20, second_page, (V|R|W|A|D)
  \how
  as 1, ld a2, 0(a0)
  check 84, a2, 0x222
  .endr
  // A table that is replaced above the last level, after a fence of everything.
  entry middle, 0, other_leaves, V
  sfence.vma
  as 1, ld a2, 0(a0)
  read_entry a3, leaves, 0
  sub a2, a2, a3
  check 85, a2, 0
  entry middle, 0, leaves, V
  // Another root with the same ASID needs a fence; after it, it counts.
  use_tables 8, other_root, 1
  sfence.vma x0, s4
  as 1, ld a2, 0(a0)
  sub a2, a2, a3
  check 86, a2, 0
  // Bare again.
  csrw satp, x0
  la a0, page
  as 1, ld a2, 0(a0)
  check 87, a2, 0x111

  // Sv48: a superpage of 512 GiB, aligned and not; addresses must be canonical in 48 bits.
  use_tables 9, top
  raw_entry top, 0, (0x0 >> 2 | V|R|W|A|D)
  raw_entry top, 1, (0x40000000 >> 2 | V|R|W|A|D)
  entry top, 511, root, V
  sfence.vma
  la a0, page
  as 1, ld a2, 0(a0)
  check 90, a2, 0x111
  li a0, 0x8000000000
  as 1, ld a2, 0(a0)
  check 91, s10, 13
  li a0, 0xffffff8000014000
  as 1, ld a2, 0(a0)
  check 92, a2, 0x222
  li a0, 0x0000ff8000014000
  as 1, ld a2, 0(a0)
  check 93, s10, 13
  li a0, 0xfffe000000014000
  as 1, ld a2, 0(a0)
  check 94, s10, 13
  // A table where no memory is: an access fault, of the access's kind.
  raw_entry top, 2, (0x10000000 >> 2 | V)
  sfence.vma
  li a0, 0x10000000000
  as 1, ld a2, 0(a0)
  check 95, s10, 5
  as 1, sd a2, 0(a0)
  check 96, s10, 7
  enter 1, 0x10000000000
  check 97, s10, 1
  check 98, s8, 0x10000000000
  pass

  .data
  .balign 4096
root: .space 4096
middle: .space 4096
leaves: .space 4096
other_root: .space 4096
other_middle: .space 4096
other_leaves: .space 4096
top: .space 4096
page: .space 4096
second_page: .space 4096
code: ecall
  .space 4092
straddle: .space 4094
  .2byte 0x0513           // li a0, 3
straddle_end: .2byte 0x0030
  ecall
  .space 4090
