// SPDX-License-Identifier: Apache-2.0
// Handlers that move whole vectors: between slots, accumulator, immediates and globals, by
// selection, and as a function's result.
#include "bytecode/interp/handlers/moves.h"
#include "bytecode/interp/handlers/vector.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

using ops::I64x2;

constexpr Rep kVector = Rep::kI64x2;

DOPPEL_INLINE I64x2 at(const std::uint64_t* slot) { return from_slot<kVector>(slot); }
DOPPEL_INLINE void set(std::uint64_t* slot, I64x2 value) {
  __builtin_memcpy(slot, &value, sizeof(value));
}

DOPPEL_INLINE Flow copy_vector(Registers& r) {
  set(&r.frame[r.pc->slots.dst], at(&r.frame[r.pc->slots.a]));
  return next(r);
}
DOPPEL_INLINE Flow vector_to_slot(Registers& r) {
  set(&r.frame[r.pc->slots.dst], from_accumulator<kVector>(r));
  return next(r);
}
DOPPEL_INLINE Flow slot_to_vector(Registers& r) {
  return finish<kVector, Dest::kAcc>(r, at(&r.frame[r.pc->slots.a]), 1);
}
template <Dest dest>
DOPPEL_INLINE Flow constant(Registers& r) {
  return finish<kVector, dest>(r, wide_immediate<kVector>(r), 3);
}
template <bool condition_in_slot>
DOPPEL_INLINE Flow select_vector(Registers& r) {
  const auto condition =
      static_cast<std::uint32_t>(condition_in_slot ? r.frame[r.pc->slots.c] : r.acc);
  // Chosen by address, so that it takes no vector instruction.
  const std::uint16_t chosen = DOPPEL_UNPREDICTABLE(condition != 0) ? r.pc->slots.a : r.pc->slots.b;
  return finish<kVector, Dest::kSlot>(r, at(&r.frame[chosen]), 1);
}
template <Dest dest>
DOPPEL_INLINE Flow get_global(Registers& r) {
  return finish<kVector, dest>(r, at(r.context->globals[r.pc->call.index]), 1);
}
template <bool in_slot>
DOPPEL_INLINE Flow set_global(Registers& r) {
  set(r.context->globals[r.pc->call.index], operand<kVector, in_slot>(r, r.pc->call.frame));
  return next(r);
}
template <bool in_slot>
DOPPEL_INLINE Flow return_vector(Registers& r) {
  const I64x2 result = operand<kVector, in_slot>(r, r.pc->slots.a);
  std::uint64_t* frame = r.frame;
  leave_frame(r);
  set(frame, result);
  return Flow::kNext;
}

}  // namespace

void fill_vector_moves(HandlerTable& table) {
  const auto add = [&](Special special, Handler handler) {
    table.specials[static_cast<std::size_t>(special)] = handler;
  };
  add(Special::kCopyV128, kHandler<copy_vector>);
  add(Special::kV128ToSlot, kHandler<vector_to_slot>);
  add(Special::kSlotToV128, kHandler<slot_to_vector>);
  add(Special::kConstV128, kHandler<constant<Dest::kAcc>>);
  add(Special::kConstV128Slot, kHandler<constant<Dest::kSlot>>);
  add(Special::kSelectV128Slot, kHandler<select_vector<true>>);
  add(Special::kSelectV128Acc, kHandler<select_vector<false>>);
  add(Special::kGlobalGetV128, kHandler<get_global<Dest::kAcc>>);
  add(Special::kGlobalGetV128Slot, kHandler<get_global<Dest::kSlot>>);
  add(Special::kGlobalSetV128Slot, kHandler<set_global<true>>);
  add(Special::kGlobalSetV128, kHandler<set_global<false>>);
  add(Special::kReturnV128Slot, kHandler<return_vector<true>>);
  add(Special::kReturnV128, kHandler<return_vector<false>>);
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
