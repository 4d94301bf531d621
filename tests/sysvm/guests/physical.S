// SPDX-License-Identifier: Apache-2.0
// Physical memory protection in detail: matching, order, parts, locks, page tables, cache blocks.
#include "test.inc"
#include "modes.inc"

// pmpaddr for a naturally aligned range of 8 << n bytes at a symbol.
.macro range register, address, n
  la t0, \address
  srli t0, t0, 2
  li t1, (1 << \n) - 1
  or t0, t0, t1
  csrw \register, t0
.endm
.macro bound register, address
  la t0, \address
  srli t0, t0, 2
  csrw \register, t0
.endm
.macro config value
  li t0, \value
  csrw pmpcfg0, t0
.endm

begin
  traps_return
  la a0, area
  // The first entry that matches counts, though a later one permits more.
  range pmpaddr0, area, 0        // 8 bytes
  li t0, -1
  csrw pmpaddr1, t0
  config 0x1f19                  // 0: R; 1: all for RWX
  as 1, ld a2, 0(a0)
  check 1, s10, 0
  as 1, sd a2, 0(a0)
  check 2, s10, 7
  as 1, sd a2, 8(a0)
  check 3, s10, 0
  // An access that an entry covers in part fails, whatever the others say.
  as 1, ld a2, 4(a0)
  check 4, s10, 5
  as 1, ld a2, -4(a0)          // across pages, and so in two parts, each permitted
  check 5, s10, 0
  as 1, lw a2, 4(a0)
  check 6, s10, 0
  // M-mode too, if the entry is in part there: it need not be locked.
  ld a2, 8(a0)
  as 3, ld a2, 0(a0)
  check 7, s10, 0
  li s10, 0
  la s11, 1f
  ld a2, 4(a0)
1: check 8, s10, 5
  // Entries that are off match nothing.
  config 0x1f00
  as 1, sd a2, 0(a0)
  check 9, s10, 0
  // User mode is judged as the supervisor.
  config 0x1f19
  as 0, sd a2, 0(a0)
  check 10, s10, 7
  as 0, ld a2, 0(a0)
  check 11, s10, 0
  as 1, cbo.zero (a0)
  check 12, s10, 7
  as 1, cbo.clean (a0)
  check 13, s10, 7        // 64 bytes are more than the entry

  // Top of range: from the entry before it, off or not; nothing where that is not below.
  bound pmpaddr0, area + 16
  bound pmpaddr1, area + 32
  li t0, -1
  csrw pmpaddr2, t0
  config 0x1f0800
  as 1, ld a2, 16(a0)
  check 20, s10, 5
  as 1, ld a2, 24(a0)
  check 21, s10, 5
  as 1, ld a2, 8(a0)
  check 22, s10, 0
  as 1, ld a2, 32(a0)
  check 23, s10, 0
  bound pmpaddr0, area + 32
  as 1, ld a2, 16(a0)
  check 24, s10, 0
  bound pmpaddr0, area + 64
  as 1, ld a2, 40(a0)
  check 25, s10, 0
  // The first entry's range begins at 0.
  bound pmpaddr0, area + 16
  config 0x1f0009
  as 1, sd a2, 8(a0)
  check 26, s10, 7
  as 1, sd a2, 16(a0)
  check 27, s10, 0

  // Fetches need X, of each part of an instruction.
  bound pmpaddr0, code + 4
  bound pmpaddr1, code + 8
  config 0x1f0b0f                // from code + 4 on R and W alone
  enter_at 1, code
  check 30, s10, 1
  la t0, code + 4
  sub s9, s9, t0
  check 31, s9, 0
  check 32, a1, 5                // the first instruction was executed
  bound pmpaddr0, halves + 4
  bound pmpaddr1, halves + 8
  enter_at 1, halves
  check 33, s10, 1
  la t0, halves + 2
  sub s9, s9, t0
  check 34, s9, 0
  la t0, halves + 4
  sub s8, s8, t0
  check 35, s8, 0                // tval is the part that is not permitted

  // Page tables are read, and their A and D written, with the supervisor's rights.
  range pmpaddr0, root, 9        // 4 KiB
  range pmpaddr1, leaves, 9
  entry root, 2, middle, V
  entry middle, 0, leaves, V
  entry leaves, 1, area, (V|R|W)
  li t0, 1 << 61
  csrs menvcfg, t0
  config 0x1f1f1f
  use_tables 8, root
  sfence.vma
  li a3, 0x80001000
  as 1, ld a2, 0(a3)
  check 40, s10, 0
  config 0x1f1f18
  sfence.vma
  as 1, ld a2, 0(a3)
  check 41, s10, 5
  as 1, sd a2, 0(a3)
  check 42, s10, 7
  enter 1, 0x80001000
  check 43, s10, 1
  config 0x1f191f                // the last table can be read alone
  sfence.vma
  as 1, ld a2, 0(a3)
  check 44, s10, 0
  as 1, sd a2, 0(a3)             // D cannot be set
  check 45, s10, 7
  csrw satp, x0

  // Locked: binds M-mode, stays, and so does what is below the top of a range.
  bound pmpaddr2, area
  bound pmpaddr3, area + 16
  csrr s5, pmpaddr2
  config 0x8900001f              // 3: TOR, R, locked
  as 3, ld a2, 0(a0)
  check 50, s10, 0
  as 3, sd a2, 0(a0)
  check 51, s10, 7
  as 3, sd a2, 16(a0)
  check 52, s10, 0
  csrw pmpaddr2, x0
  csrr a2, pmpaddr2
  sub a2, a2, s5
  check 53, a2, 0
  csrw pmpaddr3, x0
  csrr a2, pmpaddr3
  sub a2, a2, s5
  check 54, a2, 4
  csrw pmpcfg0, x0
  csrr a2, pmpcfg0
  check 55, a2, 0x89000000
  // Entries that do not exist read as zero; odd numbers of pmpcfg are none on RV64.
  li t0, -1
  csrw pmpaddr63, t0
  csrr a2, pmpaddr63
  check 60, a2, 0
  csrw pmpcfg14, t0
  csrr a2, pmpcfg14
  check 61, a2, 0
  la s11, 1f
  li s10, 0
  csrr a2, 0x3a1
1: check 62, s10, 2
  // An address has 54 bits.
  csrw pmpaddr7, t0
  csrr a2, pmpaddr7
  check 63, a2, 0x3fffffffffffff
  pass

  .data
  .balign 4096
area: .space 4096
root: .space 4096
middle: .space 4096
leaves: .space 4096
  .option push
  .option norvc
code: li a1, 5
  li a2, 6
  ecall
  .balign 4
halves: .2byte 1                 // c.nop
  li a2, 6
  .2byte 1
  .option pop
