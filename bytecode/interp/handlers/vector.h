// SPDX-License-Identifier: Apache-2.0
// Bodies of vector instructions whose operands numeric.h does not know: three of them, a scalar
// beside a vector, a lane number, a list of lanes. Vectors come from two slots or from the vector
// accumulator, and go there.
#pragma once

#include "bytecode/interp/handlers/numeric.h"
#include "bytecode/isa/semantics/vector.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

template <Opcode opcode>
concept Shift = HasMeaning<opcode> && requires { Meaning<opcode>::kCount; };
template <Opcode opcode>
concept Extract =
    HasMeaning<opcode> && Meaning<opcode>::kArity == 1 && requires { Meaning<opcode>::kLanesOf; };
template <Opcode opcode>
concept Replace = HasMeaning<opcode> && requires { Meaning<opcode>::kScalar; };
template <Opcode opcode>
concept Ternary = HasMeaning<opcode> && Meaning<opcode>::kArity == 3;

constexpr bool first_in_slot(Form form) {
  return form == Form::kSS || form == Form::kSA || form == Form::kSI;
}
constexpr bool last_in_slot(Form form) { return form == Form::kSS || form == Form::kAS; }

/// An operand from a slot or from its accumulator.
template <Rep rep, bool in_slot>
DOPPEL_INLINE Host<rep> operand(const Registers& r, std::uint16_t slot) {
  if constexpr (in_slot) {
    return from_slot<rep>(&r.frame[slot]);
  } else {
    return from_accumulator<rep>(r);
  }
}

template <Rep rep, Dest dest>
DOPPEL_INLINE Flow finish(Registers& r, Host<rep> result, int cells) {
  put<rep, dest>(r, result, r.pc->slots.dst);
  r.pc += cells;
  return Flow::kNext;
}

/// The 16-byte immediate in the next two cells.
template <Rep rep>
DOPPEL_INLINE Host<rep> wide_immediate(const Registers& r) {
  const ops::I64x2 words = {r.pc[1].wide, r.pc[2].wide};
  return reinterpret_cast<Host<rep>>(words);
}

/// Operands in slots.a, b and c; only the first (kAS) or the last (kSA) may be in the accumulator.
template <Opcode opcode, Form form, Dest dest>
DOPPEL_INLINE Flow ternary(Registers& r) {
  using Definition = Meaning<opcode>;
  const auto x = operand<Definition::kOperand, first_in_slot(form)>(r, r.pc->slots.a);
  const auto y = operand<Definition::kOperand, true>(r, r.pc->slots.b);
  const auto z = operand<Definition::kOperand, last_in_slot(form)>(r, r.pc->slots.c);
  EvalBuilder b;
  return finish<Definition::kResult, dest>(r, Definition::apply(b, x, y, z), 1);
}

/// The list of lanes is a wide immediate.
template <Opcode opcode, Form form, Dest dest>
DOPPEL_INLINE Flow shuffle(Registers& r) {
  using Definition = Meaning<opcode>;
  const auto x = operand<Definition::kOperand, first_in_slot(form)>(r, r.pc->slots.a);
  const auto y = operand<Definition::kOperand, last_in_slot(form)>(r, r.pc->slots.b);
  const auto lanes = wide_immediate<Definition::kOperand>(r);
  EvalBuilder b;
  return finish<Definition::kResult, dest>(r, Definition::apply(b, x, y, lanes), 3);
}

/// A vector and a count, which may be an immediate.
template <Opcode opcode, Form form, Dest dest>
DOPPEL_INLINE Flow shift(Registers& r) {
  using Definition = Meaning<opcode>;
  const auto x = operand<Definition::kOperand, first_in_slot(form)>(r, r.pc->slots.a);
  EvalBuilder b;
  if constexpr (has_immediate(form)) {
    const auto n = from_immediate<Definition::kCount>(r);
    return finish<Definition::kResult, dest>(r, Definition::apply(b, x, n), 1);
  } else {
    const auto n = operand<Definition::kCount, last_in_slot(form)>(r, r.pc->slots.b);
    return finish<Definition::kResult, dest>(r, Definition::apply(b, x, n), 1);
  }
}

/// The lane's number is in slots.c.
template <Opcode opcode, Form form, Dest dest>
DOPPEL_INLINE Flow extract(Registers& r) {
  using Definition = Meaning<opcode>;
  const auto x = operand<Definition::kLanesOf, first_in_slot(form)>(r, r.pc->slots.a);
  EvalBuilder b;
  return finish<Definition::kResult, dest>(r, Definition::extract(b, x, r.pc->slots.c), 1);
}

/// A vector and a scalar; the lane's number is in slots.c.
template <Opcode opcode, Form form, Dest dest>
DOPPEL_INLINE Flow replace(Registers& r) {
  using Definition = Meaning<opcode>;
  const auto x = operand<Definition::kLanesOf, first_in_slot(form)>(r, r.pc->slots.a);
  const auto value = operand<Definition::kScalar, last_in_slot(form)>(r, r.pc->slots.b);
  EvalBuilder b;
  return finish<Definition::kResult, dest>(r, Definition::replace(b, x, value, r.pc->slots.c), 1);
}

template <Opcode opcode, Form form, Dest dest>
DOPPEL_INLINE Flow vector(Registers& r) {
  if constexpr (opcode == Opcode::kI8x16Shuffle) {
    return shuffle<opcode, form, dest>(r);
  } else if constexpr (Ternary<opcode>) {
    return ternary<opcode, form, dest>(r);
  } else if constexpr (Shift<opcode>) {
    return shift<opcode, form, dest>(r);
  } else if constexpr (Extract<opcode>) {
    return extract<opcode, form, dest>(r);
  } else if constexpr (Replace<opcode>) {
    return replace<opcode, form, dest>(r);
  } else {
    return numeric<opcode, form, dest>(r);
  }
}

template <Opcode opcode, Form... forms>
void add_vector(HandlerTable& table) {
  auto& row = table.operations[static_cast<std::size_t>(opcode)];
  ((row[static_cast<std::size_t>(forms)] = {kHandler<vector<opcode, forms, Dest::kAcc>>,
                                            kHandler<vector<opcode, forms, Dest::kSlot>>}),
   ...);
}

/// Adds the vector instructions of a feature whose meanings the file has included.
template <Feature feature>
void fill_vectors(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (HasMeaning<opcode> && feature_of(opcode) == feature) {
      if constexpr (Shift<opcode>) {
        add_vector<opcode, Form::kSS, Form::kSA, Form::kAS, Form::kAA, Form::kSI, Form::kAI>(table);
      } else if constexpr (Meaning<opcode>::kArity == 1) {
        add_vector<opcode, Form::kSS, Form::kAS>(table);
      } else {
        add_vector<opcode, Form::kSS, Form::kSA, Form::kAS>(table);
        // An integer has an accumulator of its own.
        if constexpr (Replace<opcode>) {
          if constexpr (!is_float(Meaning<opcode>::kScalar)) add_vector<opcode, Form::kAA>(table);
        }
      }
    }
  });
}

}  // namespace
}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
