// SPDX-License-Identifier: Apache-2.0
// Handlers of numeric instructions with one and two operands, made from their Meanings.
#pragma once

#include "bytecode/interp/handlers/operands.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

template <Opcode opcode>
concept Numeric = HasMeaning<opcode> && !requires { typename Meaning<opcode>::Access; };

template <Opcode opcode>
concept Unary = Numeric<opcode> && Meaning<opcode>::kArity == 1;

template <Opcode opcode>
concept Binary = Numeric<opcode> && Meaning<opcode>::kArity == 2;

/// Two operands of a cell that has a result slot first (slots.dst, a, b or imm.dst, a, value).
template <Rep rep, Form form>
DOPPEL_INLINE std::pair<Host<rep>, Host<rep>> operands(const Registers& r) {
  const Cell& cell = *r.pc;
  if constexpr (form == Form::kSS) {
    return {from_slot<rep>(&r.frame[cell.slots.a]), from_slot<rep>(&r.frame[cell.slots.b])};
  } else if constexpr (form == Form::kSA) {
    return {from_slot<rep>(&r.frame[cell.slots.a]), from_accumulator<rep>(r)};
  } else if constexpr (form == Form::kAS) {
    return {from_accumulator<rep>(r), from_slot<rep>(&r.frame[cell.slots.b])};
  } else if constexpr (form == Form::kSI) {
    return {from_slot<rep>(&r.frame[cell.imm.a]), from_immediate<rep>(r)};
  } else if constexpr (form == Form::kAI) {
    return {from_accumulator<rep>(r), from_immediate<rep>(r)};
  } else if constexpr (form == Form::kIS) {
    return {from_immediate<rep>(r), from_slot<rep>(&r.frame[cell.imm.a])};
  } else if constexpr (form == Form::kIA) {
    return {from_immediate<rep>(r), from_accumulator<rep>(r)};
  } else {
    return {from_accumulator<rep>(r), from_accumulator<rep>(r)};
  }
}

constexpr bool has_immediate(Form form) {
  return form == Form::kSI || form == Form::kAI || form == Form::kIS || form == Form::kIA;
}

/// How many cells an instruction of this shape takes.
template <Rep rep, Form form>
inline constexpr int kLength = rep == Rep::kF64 && has_immediate(form) ? 2 : 1;

template <Opcode opcode, Form form, Dest dest>
DOPPEL_INLINE Flow numeric(Registers& r) {
  using Definition = Meaning<opcode>;
  constexpr Rep kOperand = Definition::kOperand;
  EvalBuilder b;
  const Cell& cell = *r.pc;
  Host<Definition::kResult> result;
  int length = 1;
  if constexpr (Definition::kArity == 1) {
    result = Definition::apply(b, form == Form::kSS ? from_slot<kOperand>(&r.frame[cell.slots.a])
                                                    : from_accumulator<kOperand>(r));
  } else {
    const auto [x, y] = operands<kOperand, form>(r);
    result = Definition::apply(b, x, y);
    length = kLength<kOperand, form>;
  }
  if (b.trap != kNoTrap) [[unlikely]]
    return trap(r, trap_kind(b.trap));
  put<Definition::kResult, dest>(r, result, cell.slots.dst);
  r.pc += length;
  return Flow::kNext;
}

template <Opcode opcode, Form... forms>
void add_numeric(HandlerTable& table) {
  auto& row = table.operations[static_cast<std::size_t>(opcode)];
  ((row[static_cast<std::size_t>(forms)] = {kHandler<numeric<opcode, forms, Dest::kAcc>>,
                                            kHandler<numeric<opcode, forms, Dest::kSlot>>}),
   ...);
}

/// Adds all numeric instructions whose operands are floats, or all others.
template <bool floats>
void fill_numeric(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (Numeric<opcode>) {
      if constexpr (is_float(Meaning<opcode>::kOperand) == floats) {
        if constexpr (Unary<opcode>) {
          add_numeric<opcode, Form::kSS, Form::kAS>(table);
        } else {
          add_numeric<opcode, Form::kSS, Form::kSA, Form::kAS, Form::kSI, Form::kAI, Form::kIS,
                      Form::kIA>(table);
        }
      }
    }
  });
}

}  // namespace
}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
