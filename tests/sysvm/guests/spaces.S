// SPDX-License-Identifier: Apache-2.0
// Address spaces by ASID: what is mapped in all of them (G), user pages that the supervisor reaches
// under SUM, and supervisor pages of one space, all seen right when satp changes without a fence.
#include "test.inc"
#include "modes.inc"

.equ GLOBAL, 0x10000
.equ USER, 0x11000
.equ LOCAL, 0x12000

// Loads through the rights of the supervisor.
.macro look at, number, value
  li a0, \at
  as 1, ld a2, 0(a0)
  check \number, s10, 0
  check \number, a2, \value
.endm
.macro first_space
  use_tables 8, root, 1
.endm
.macro second_space
  use_tables 8, other_root, 0x8001   // all 16 bits of an ASID count
.endm

begin
  open_memory
  traps_return
  la t0, page
  li t1, 0x111
  sd t1, 0(t0)
  la t0, second_page
  li t1, 0x222
  sd t1, 0(t0)
  entry root, 0, middle, V
  entry middle, 0, leaves, V
  entry other_root, 0, other_middle, V
  entry other_middle, 0, other_leaves, V
  entry leaves, 16, page, (V|R|W|G|A|D)
  entry other_leaves, 16, page, (V|R|W|G|A|D)
  entry leaves, 17, page, (V|R|W|U|A|D)
  entry other_leaves, 17, second_page, (V|R|W|U|A|D)
  first_space
  sfence.vma
  li s6, 0x40000           // mstatus.SUM
  csrs mstatus, s6
  look GLOBAL, 1, 0x111
  look USER, 2, 0x111
  second_space
  look GLOBAL, 3, 0x111
  look USER, 4, 0x222
  first_space
  look USER, 5, 0x111

  // Without SUM, from the first access on, and with it again.
  csrc mstatus, s6
  li a0, USER
  as 1, ld a2, 0(a0)
  check 6, s10, 13
  csrs mstatus, s6
  look USER, 7, 0x111
  // A fence of the space, while SUM stays set; a fence of the other one is none.
  entry leaves, 17, second_page, (V|R|W|U|A|D)
  li s4, 1
  sfence.vma x0, s4
  look USER, 8, 0x222
  entry leaves, 17, page, (V|R|W|U|A|D)
  sfence.vma
  look USER, 9, 0x111
  // What is global goes with a fence of the address, and of everything.
  entry leaves, 16, second_page, (V|R|W|G|A|D)
  li a0, GLOBAL
  sfence.vma a0, x0
  look GLOBAL, 10, 0x222
  entry leaves, 16, page, (V|R|W|G|A|D)
  sfence.vma
  look GLOBAL, 11, 0x111

  // The supervisor's pages of one space.
  entry leaves, 18, page, (V|R|W|A|D)
  entry other_leaves, 18, second_page, (V|R|W|A|D)
  sfence.vma
  look GLOBAL, 20, 0x111
  look LOCAL, 21, 0x111
  second_space
  look LOCAL, 22, 0x222
  look GLOBAL, 23, 0x111
  look USER, 24, 0x222
  first_space
  look LOCAL, 25, 0x111
  look USER, 26, 0x111
  entry leaves, 18, second_page, (V|R|W|A|D)
  sfence.vma x0, s4
  look LOCAL, 27, 0x222
  pass

  .data
  .balign 4096
root: .space 4096
middle: .space 4096
leaves: .space 4096
other_root: .space 4096
other_middle: .space 4096
other_leaves: .space 4096
page: .space 4096
second_page: .space 4096
