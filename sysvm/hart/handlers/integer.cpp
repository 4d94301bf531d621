// SPDX-License-Identifier: Apache-2.0
// Handlers of integer computation and branches, made from their Meanings.
#include "sysvm/hart/handlers/integer_steps.h"

namespace doppel::sysvm {
namespace {

DOPPEL_INLINE Flow nothing(Registers& r) { return next(r); }

DOPPEL_INLINE Flow fence(Registers& r) {
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
  set<Opcode::kFenceTso>(table, kHandler<fence>);
}

}  // namespace doppel::sysvm
