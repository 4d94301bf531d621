// SPDX-License-Identifier: Apache-2.0
// Integer computation at its edges: shifts, words, division, high products, bit manipulation.
#include "test.inc"
begin
  li a0, -1
  li a1, 1
  add a2, a0, a1
  check 1, a2, 0
  li a0, 0x7fffffff
  addiw a2, a0, 1
  check 2, a2, -0x80000000
  li a0, 0x123456789abcdef0
  sraiw a2, a0, 4
  check 3, a2, 0xfffffffff9abcdef
  srliw a2, a0, 4
  check 4, a2, 0x09abcdef
  li a1, 68
  sll a2, a0, a1
  check 5, a2, 0x23456789abcdef00
  sltiu a2, x0, -1
  check 6, a2, 1
  // Division.
  li a0, 7
  li a1, 0
  div a2, a0, a1
  check 10, a2, -1
  divu a2, a0, a1
  check 11, a2, -1
  rem a2, a0, a1
  check 12, a2, 7
  li a0, 0x8000000000000000
  li a1, -1
  div a2, a0, a1
  check 13, a2, 0x8000000000000000
  rem a2, a0, a1
  check 14, a2, 0
  li a0, 0x80000000
  divw a2, a0, a1
  check 15, a2, -0x80000000
  divuw a2, a0, x0
  check 16, a2, -1
  remuw a2, a0, x0
  check 17, a2, -0x80000000
  li a0, -3
  li a1, 5
  mulh a2, a0, a1
  check 20, a2, -1
  mulhu a2, a0, a1
  check 21, a2, 4
  mulhsu a2, a0, a1
  check 22, a2, -1
  mulhsu a2, a1, a0
  check 23, a2, 4
  // Bits.
  li a0, 0x00f0000000000100
  clz a2, a0
  check 30, a2, 8
  ctz a2, a0
  check 31, a2, 8
  cpop a2, a0
  check 32, a2, 5
  orc.b a2, a0
  check 33, a2, 0x00ff00000000ff00
  rev8 a2, a0
  check 34, a2, 0x000100000000f000
  li a1, 0xffffffff80000000
  add.uw a2, a1, a0
  check 35, a2, 0x00f0000080000100
  sh3add a2, a1, x0
  check 36, a2, 0xfffffffc00000000
  rolw a2, a1, a0
  check 37, a2, 0xffffffff80000000
  roriw a2, a1, 31
  check 38, a2, 1
  li a0, 0x8000000000000003
  li a1, 3
  clmul a2, a0, a1
  check 40, a2, 0x8000000000000005
  clmulh a2, a0, a1
  check 41, a2, 1
  clmulr a2, a0, a1
  check 42, a2, 3
  bexti a2, a0, 63
  check 43, a2, 1
  binvi a2, a0, 1
  check 44, a2, 0x8000000000000001
  czero.eqz a2, a0, x0
  check 45, a2, 0
  czero.nez a2, a1, x0
  check 46, a2, 3
  // x0 stays zero.
  addi x0, a0, 5
  mv a2, x0
  check 50, a2, 0
  // Misaligned access, in one page and across two.
  la a0, bytes + 4093
  li a1, 0x1122334455667788
  sd a1, 0(a0)
  ld a2, 0(a0)
  check 60, a2, 0x1122334455667788
  lhu a2, 3(a0)
  check 61, a2, 0x4455
  lw a2, 1(a0)
  check 62, a2, 0x44556677
  pass
  .data
  .align 12
bytes: .space 8192
