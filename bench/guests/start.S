// SPDX-License-Identifier: Apache-2.0
// Starts a benchmark's `work` in M-mode without paging, or (PAGED) in U-mode under Sv39 with 4 KiB
// pages, at another virtual address than the physical one. What `work` returns is written to tohost.
.section .text.start, "ax"
.globl _start
_start:
  la sp, stack_top
#ifdef PAGED
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  la t0, ended
  csrw mtvec, t0
  // Root entry 1 (from 0x40000000 on): 32 MiB of leaves, which map RAM from its beginning.
  la t0, root
  la t1, middle
  srli t2, t1, 2
  ori t2, t2, 1
  sd t2, 8(t0)
  la t3, leaves
  li t4, 16
1: srli t2, t3, 2
  ori t2, t2, 1
  sd t2, 0(t1)
  addi t1, t1, 8
  li t2, 4096
  add t3, t3, t2
  addi t4, t4, -1
  bnez t4, 1b
  la t1, leaves
  li t2, (0x80000000 >> 2) | 0xdf
  li t4, 8192
1: sd t2, 0(t1)
  addi t2, t2, 1024
  addi t1, t1, 8
  addi t4, t4, -1
  bnez t4, 1b
  srli t0, t0, 12
  li t1, 8 << 60
  or t0, t0, t1
  csrw satp, t0
  sfence.vma
  la t0, user
  li t1, 0x40000000
  sub t0, t0, t1
  sub sp, sp, t1
  csrw mepc, t0
  mret
user:
  call work
  ecall
  .align 2
ended:
#else
  call work
#endif
  la t0, tohost
  sd a0, 0(t0)
1: j 1b

.section .tohost, "aw"
.balign 4096
.globl tohost
tohost: .space 4096

.bss
.balign 4096
root: .space 4096
middle: .space 4096
leaves: .space 16 * 4096
.space 65536
stack_top:
