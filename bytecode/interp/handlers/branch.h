// SPDX-License-Identifier: Apache-2.0
// Bodies of branches. Backward ones look whether the thread shall stop; at that point nothing lives
// in an accumulator.
#pragma once

#include "bytecode/interp/handlers/numeric.h"
#include "bytecode/isa/semantics/float.h"
#include "bytecode/isa/semantics/integer.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

/// Goes to the cell `distance` away; if `polls`, leaves the engine there when that is wanted.
template <bool polls>
DOPPEL_INLINE Flow jump(Registers& r, std::ptrdiff_t distance) {
  r.pc += distance;
  if constexpr (polls) {
    if (r.thread->interrupt_requested().load(std::memory_order_relaxed)) [[unlikely]] {
      slow::stop(*r.thread, Stop::kInterrupted, place(r));
      return Flow::kExit;
    }
  }
  return Flow::kNext;
}

/// The operands of a compare-and-branch cell (branch.a, b or branch_imm.a, value).
template <Rep rep, Form form>
DOPPEL_INLINE std::pair<Host<rep>, Host<rep>> compared(const Registers& r) {
  const Cell& cell = *r.pc;
  if constexpr (form == Form::kSS) {
    return {from_slot<rep>(&r.frame[cell.branch.a]), from_slot<rep>(&r.frame[cell.branch.b])};
  } else if constexpr (form == Form::kSA) {
    return {from_slot<rep>(&r.frame[cell.branch.a]), from_accumulator<rep>(r)};
  } else if constexpr (form == Form::kAS) {
    return {from_accumulator<rep>(r), from_slot<rep>(&r.frame[cell.branch.b])};
  } else {
    const auto value = static_cast<Host<rep>>(static_cast<std::int64_t>(cell.branch_imm.value));
    if constexpr (form == Form::kSI) {
      return {from_slot<rep>(&r.frame[cell.branch_imm.a]), value};
    } else {
      return {from_accumulator<rep>(r), value};
    }
  }
}

template <Opcode opcode, Form form, Sense sense>
DOPPEL_INLINE Flow branch(Registers& r) {
  using Definition = Meaning<opcode>;
  constexpr Rep kOperand = Definition::kOperand;
  constexpr bool kPolls = sense == Sense::kIfTrueBackward || sense == Sense::kIfFalseBackward;
  EvalBuilder b;
  bool holds;
  if constexpr (Definition::kArity == 1) {
    holds = Definition::apply(b, form == Form::kSS ? from_slot<kOperand>(&r.frame[r.pc->branch.a])
                                                   : from_accumulator<kOperand>(r));
  } else {
    const auto [x, y] = compared<kOperand, form>(r);
    holds = Definition::apply(b, x, y);
  }
  if (holds == (sense == Sense::kIfTrue || sense == Sense::kIfTrueBackward)) {
    return jump<kPolls>(r, r.pc->branch.target);
  }
  ++r.pc;
  return Flow::kNext;
}

template <bool polls>
DOPPEL_INLINE Flow always(Registers& r) {
  return jump<polls>(r, r.pc->branch.target);
}

}  // namespace
}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
