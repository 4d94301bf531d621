// SPDX-License-Identifier: Apache-2.0
// Handlers of throw and throw_ref: slow.h finds where execution goes on.
#include "bytecode/interp/handlers/operands.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

/// call.frame: the slot of the payload, or of the reference; call.index: the tag.
template <auto throws>
DOPPEL_INLINE Flow throwing(Registers& r) {
  const Place target = throws(*r.thread, place(r), &r.frame[r.pc->call.frame]);
  if (target.pc == nullptr) return Flow::kExit;
  r.pc = target.pc;
  r.frame = target.frame;
  r.context = target.context;
  r.memory = target.context->memory_base;
  return Flow::kNext;
}

}  // namespace

void fill_exceptions(HandlerTable& table) {
  table.specials[static_cast<std::size_t>(Special::kThrow)] = kHandler<throwing<slow::throw_tag>>;
  table.specials[static_cast<std::size_t>(Special::kThrowRef)] =
      kHandler<throwing<slow::throw_ref>>;
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
