// SPDX-License-Identifier: Apache-2.0
// Context switches for x86-64 (System V) and AArch64. The call frame information is right at every
// instruction, so debuggers and unwinders see a suspended stack as a call of the switch, and the
// first frame of a stack as its end.
#include "core/vcpu/context_switch.h"

#include <algorithm>
#include <array>
#include <cstdint>

#if defined(__x86_64__)

// Saved, from the stack pointer up: mxcsr and the x87 control word, r15, r14, r13, r12, rbx, rbp,
// return address.
asm(R"(
  .text
  .p2align 4
  .globl doppel_switch_context
  .hidden doppel_switch_context
  .type doppel_switch_context, @function
doppel_switch_context:
  .cfi_startproc
  pushq %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbp, 0
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  pushq %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  pushq %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r13, 0
  pushq %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r14, 0
  pushq %r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r15, 0
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  fldcw 4(%rsp)
  ldmxcsr (%rsp)
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  popq %r15
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r15
  popq %r14
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r14
  popq %r13
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r13
  popq %r12
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r12
  popq %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  popq %rbp
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbp
  ret
  .cfi_endproc
  .size doppel_switch_context, .-doppel_switch_context

  .p2align 4
  .globl doppel_context_entry
  .hidden doppel_context_entry
  .type doppel_context_entry, @function
doppel_context_entry:
  .cfi_startproc
  .cfi_undefined %rip
  movq %r12, %rdi
  call *%r13
  ud2
  .cfi_endproc
  .size doppel_context_entry, .-doppel_context_entry
)");

#elif defined(__aarch64__)

// Saved, from the stack pointer up: x19 to x30, d8 to d15, fpcr, padding to 176 bytes.
asm(R"(
  .text
  .p2align 4
  .globl doppel_switch_context
  .hidden doppel_switch_context
  .type doppel_switch_context, %function
doppel_switch_context:
  .cfi_startproc
  sub sp, sp, #176
  .cfi_adjust_cfa_offset 176
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  .cfi_rel_offset x19, 0
  .cfi_rel_offset x20, 8
  .cfi_rel_offset x21, 16
  .cfi_rel_offset x22, 24
  .cfi_rel_offset x23, 32
  .cfi_rel_offset x24, 40
  .cfi_rel_offset x25, 48
  .cfi_rel_offset x26, 56
  .cfi_rel_offset x27, 64
  .cfi_rel_offset x28, 72
  .cfi_rel_offset x29, 80
  .cfi_rel_offset x30, 88
  .cfi_rel_offset d8, 96
  .cfi_rel_offset d9, 104
  .cfi_rel_offset d10, 112
  .cfi_rel_offset d11, 120
  .cfi_rel_offset d12, 128
  .cfi_rel_offset d13, 136
  .cfi_rel_offset d14, 144
  .cfi_rel_offset d15, 152
  mrs x9, fpcr
  str x9, [sp, #160]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldr x9, [sp, #160]
  msr fpcr, x9
  ldp d14, d15, [sp, #144]
  ldp d12, d13, [sp, #128]
  ldp d10, d11, [sp, #112]
  ldp d8, d9, [sp, #96]
  ldp x29, x30, [sp, #80]
  ldp x27, x28, [sp, #64]
  ldp x25, x26, [sp, #48]
  ldp x23, x24, [sp, #32]
  ldp x21, x22, [sp, #16]
  ldp x19, x20, [sp, #0]
  .cfi_restore x19
  .cfi_restore x20
  .cfi_restore x21
  .cfi_restore x22
  .cfi_restore x23
  .cfi_restore x24
  .cfi_restore x25
  .cfi_restore x26
  .cfi_restore x27
  .cfi_restore x28
  .cfi_restore x29
  .cfi_restore x30
  .cfi_restore d8
  .cfi_restore d9
  .cfi_restore d10
  .cfi_restore d11
  .cfi_restore d12
  .cfi_restore d13
  .cfi_restore d14
  .cfi_restore d15
  add sp, sp, #176
  .cfi_adjust_cfa_offset -176
  ret
  .cfi_endproc
  .size doppel_switch_context, .-doppel_switch_context

  .p2align 4
  .globl doppel_context_entry
  .hidden doppel_context_entry
  .type doppel_context_entry, %function
doppel_context_entry:
  .cfi_startproc
  .cfi_undefined x30
  mov x0, x19
  blr x20
  udf #0
  .cfi_endproc
  .size doppel_context_entry, .-doppel_context_entry
)");

#else
#error "core/vcpu knows x86-64 and AArch64 hosts"
#endif

extern "C" void doppel_context_entry();

namespace doppel {

void* make_context(std::byte* top, void (*entry)(void*), void* argument) {
  const auto start = reinterpret_cast<std::uintptr_t>(&doppel_context_entry);
  const auto function = reinterpret_cast<std::uintptr_t>(entry);
  const auto parameter = reinterpret_cast<std::uintptr_t>(argument);
#if defined(__x86_64__)
  constexpr std::uintptr_t kFloatingPointControl = 0x0000'037f'0000'1f80;  // x87 word, then mxcsr
  // Above the saved registers lie 16 zero bytes: no return address, and the ABI's alignment.
  const std::array<std::uintptr_t, 10> frame = {
      kFloatingPointControl, 0, 0, function, parameter, 0, 0, start, 0, 0};
#else
  std::array<std::uintptr_t, 22> frame{};
  frame[0] = parameter;
  frame[1] = function;
  frame[11] = start;
#endif
  auto* context = reinterpret_cast<std::uintptr_t*>(top) - frame.size();
  std::copy(frame.begin(), frame.end(), context);
  return context;
}

}  // namespace doppel
