// SPDX-License-Identifier: Apache-2.0
// Handlers of integer computation and branches, made from their Meanings.
#include "sysvm/hart/handlers/integer_steps.h"

namespace doppel::sysvm {
namespace {

DOPPEL_INLINE Flow nothing(Registers& r) { return next(r); }

/// What orders all but writes before reads; hosts as strong as x86 do so by themselves.
DOPPEL_INLINE Flow weak_fence(Registers& r) {
  __atomic_thread_fence(__ATOMIC_ACQ_REL);
  return next(r);
}

DOPPEL_INLINE Flow fence(Registers& r) {
  // The sets of what comes before and after: input, output, reads, writes, from the highest bit.
  const std::int32_t sets = r.pc->op.immediate;
  constexpr std::int32_t kWritesBefore = 0x50;
  constexpr std::int32_t kReadsAfter = 0x0a;
  if ((sets & kWritesBefore) == 0 || (sets & kReadsAfter) == 0) return weak_fence(r);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return next(r);
}

}  // namespace

void fill_integer(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (Computes<opcode>) {
      if constexpr (Meaning<opcode>::kResult == Rep::kBool) {
        set<opcode>(table, kHandler<branch<opcode>>);
      } else {
        set<opcode>(table, kHandler<compute<opcode>>);
      }
    }
  });
  set<Opcode::kLui>(table, kHandler<lui>);
  set<Opcode::kAuipc>(table, kHandler<auipc>);
  set<Opcode::kPause>(table, kHandler<nothing>);
  set<Opcode::kFence>(table, kHandler<fence>);
  set<Opcode::kFenceTso>(table, kHandler<weak_fence>);
}

}  // namespace doppel::sysvm
