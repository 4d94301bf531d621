// SPDX-License-Identifier: Apache-2.0
// What all handlers have in common: going on, jumping, trapping.
#pragma once

#include "sysvm/hart/builder.h"
#include "sysvm/hart/core.h"
#include "sysvm/hart/handler_table.h"

namespace doppel::sysvm {
namespace {

/// The handler of a body, and of the body that takes over where the first one answers kSlow.
template <auto body, auto slow = nullptr>
inline constexpr Handler kHandler = threaded::Wrap<HartMachine, body, slow>::handler;

DOPPEL_INLINE Flow next(Registers& r) {
  ++r.pc;
  return Flow::kNext;
}

/// Goes on at `cell`, to which `enter` led; null: leaves the engine.
DOPPEL_INLINE Flow go_to(Registers& r, const Cell* cell) {
  if (cell == nullptr) [[unlikely]]
    return Flow::kExit;
  r.pc = cell;
  r.acc = r.context->page_base;
  return Flow::kNext;
}

/// Goes on at a block or what stands before one. A block's header is paid here, which saves every
/// block a dispatch; where it cannot be paid, its own handler finds out why.
DOPPEL_INLINE Flow enter_block(Registers& r, const Cell* target) {
  HartCore& core = *r.context;
  r.pc = target;
  if (target->header.mark == kHeaderMark) [[likely]] {
    const std::int64_t left = core.budget - target->header.count;
    if (left >= 0 && !core.attention->load(std::memory_order_relaxed)) [[likely]] {
      core.budget = left;
      ++r.pc;
    }
  }
  return Flow::kNext;
}

/// Jumps to a virtual address that was jumped to before; false: `enter` must look.
DOPPEL_INLINE bool jump(Registers& r, std::uint64_t target) {
  const JumpEntry& known = r.context->jumps[(target >> 1) % kJumpEntries];
  if (known.pc != target || known.key != r.context->jump_key) [[unlikely]]
    return false;
  r.acc = page_of(target);
  enter_block(r, known.cell);
  return true;
}

/// The host address for an access, with where it stands, for the vocabulary's words.
DOPPEL_INLINE HartBuilder builder(const Registers& r) {
  HartBuilder b;
  b.place = {r.pc, r.frame, r.context};
  return b;
}

DOPPEL_INLINE Tlb& tlb(const Registers& r) { return *reinterpret_cast<Tlb*>(r.memory); }

DOPPEL_INLINE std::uint64_t effective(const Registers& r) {
  return r.frame[r.pc->op.rs1] + static_cast<std::uint64_t>(std::int64_t{r.pc->op.immediate});
}

template <Opcode opcode>
void set(HandlerTable& table, Handler handler) {
  table.instructions[static_cast<std::size_t>(opcode)] = handler;
}

/// Calls `visit` with each opcode as a template argument.
template <class Visit, std::size_t... i>
void for_each_opcode(Visit visit, std::index_sequence<i...>) {
  (visit.template operator()<static_cast<Opcode>(i)>(), ...);
}
template <class Visit>
void for_each_opcode(Visit visit) {
  for_each_opcode(visit, std::make_index_sequence<kOpcodeCount>());
}

}  // namespace

void fill_integer(HandlerTable& table);
void fill_memory(HandlerTable& table);
void fill_atomic(HandlerTable& table);
void fill_control(HandlerTable& table);
void fill_float(HandlerTable& table);
void fill_pairs(HandlerTable& table);

}  // namespace doppel::sysvm
