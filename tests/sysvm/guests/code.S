// SPDX-License-Identifier: Apache-2.0
// Code that changes, code that lies in two pages, and blocks that end at a page's end.
#include "test.inc"
begin
  // A function that is written and written again.
  la s0, page
  li t0, 0x00100513       // li a0, 1
  sw t0, 0(s0)
  li t0, 0x00008067       // ret
  sw t0, 4(s0)
  fence.i
  jalr s0
  check 1, a0, 1
  li t0, 0x00200513       // li a0, 2
  sw t0, 0(s0)
  fence.i
  jalr s0
  check 2, a0, 2
  // An instruction across the end of the page; then its second half changes.
  la s1, page + 4094
  li t0, 0x0513           // the low half of li a0, N
  sh t0, 0(s1)
  li t0, 0x0030
  sh t0, 2(s1)
  li t0, 0x8082           // ret
  sh t0, 4(s1)
  fence.i
  jalr s1
  check 3, a0, 3
  li t0, 0x0040
  sh t0, 2(s1)
  fence.i
  jalr s1
  check 4, a0, 4
  // Running off the end of a page.
  la s1, page + 4088
  li t0, 0x00150513       // addi a0, a0, 1
  sw t0, 0(s1)
  sw t0, 4(s1)
  sw t0, 8(s1)
  li t0, 0x8082
  sh t0, 12(s1)
  fence.i
  li a0, 0
  jalr s1
  check 5, a0, 3
  // A long loop, so that links are used.
  li a0, 0
  li a1, 1000
1: addi a0, a0, 2
  addi a1, a1, -1
  bnez a1, 1b
  check 6, a0, 2000
  // Code that is changed and executed without a fence, and changed back: after a fence, that counts.
  la s1, page + 256
  li s2, 0x00700513       // li a0, 7
  sw s2, 0(s1)
  li t0, 0x00008067
  sw t0, 4(s1)
  fence.i
  jalr s0
  li t0, 0x00800513       // li a0, 8
  sw t0, 0(s1)
  jalr s1
  sw s2, 0(s1)
  fence.i
  jalr s1
  check 7, a0, 7
  // Far jumps, and a jump to an odd address, whose lowest bit does not count.
  la s1, page + 5
  li t0, 0x00008067
  sw t0, 4 - 5(s1)
  fence.i
  jalr s1
  pass
  .data
  .balign 4096
page: .space 8192
