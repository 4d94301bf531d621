// SPDX-License-Identifier: Apache-2.0
// Handlers of loads and stores of vectors and of their lanes, on memory 0.
#include "bytecode/isa/semantics/vector_memory.h"
#include "bytecode/interp/handlers/access.h"
#include "bytecode/interp/handlers/vector.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

/// First letter: where the address is; second: where the vector is, the next cell's slots.a. The
/// lane's number is in the next cell's slots.c.
template <Opcode opcode, Form form, Dest dest>
DOPPEL_INLINE Flow access_lane(Registers& r) {
  using Definition = Meaning<opcode>;
  const Cell& cell = *r.pc;
  const auto& more = r.pc[1].slots;
  std::byte* address =
      effective(r, first_in_slot(form) ? r.frame[cell.access.address] : r.acc, cell.access.offset);
  const auto x = operand<Definition::kResult, last_in_slot(form)>(r, more.a);
  EvalBuilder b = evaluator(r);
  if constexpr (LaneLoad<opcode>) {
    return finish<Definition::kResult, dest>(r, Definition::load(b, address, x, more.c), 2);
  } else {
    Definition::store(b, address, x, more.c);
    r.pc += 2;
    return Flow::kNext;
  }
}

template <Opcode opcode, Form... forms>
void add_loads(HandlerTable& table) {
  auto& row = table.operations[static_cast<std::size_t>(opcode)];
  ((row[static_cast<std::size_t>(forms)] = {kHandler<load<opcode, forms, Dest::kAcc>>,
                                            kHandler<load<opcode, forms, Dest::kSlot>>}),
   ...);
}

template <Opcode opcode, Form... forms>
void add_stores(HandlerTable& table) {
  auto& row = table.operations[static_cast<std::size_t>(opcode)];
  ((row[static_cast<std::size_t>(forms)][0] = kHandler<store<opcode, forms>>), ...);
}

template <Opcode opcode, Form... forms>
void add_lane_accesses(HandlerTable& table) {
  auto& row = table.operations[static_cast<std::size_t>(opcode)];
  ((row[static_cast<std::size_t>(forms)] = {kHandler<access_lane<opcode, forms, Dest::kAcc>>,
                                            kHandler<access_lane<opcode, forms, Dest::kSlot>>}),
   ...);
}

}  // namespace

void fill_vector_memory(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (LaneLoad<opcode> || LaneStore<opcode>) {
      add_lane_accesses<opcode, Form::kSS, Form::kSA, Form::kAS, Form::kAA>(table);
    } else if constexpr (Access<opcode> && feature_of(opcode) == Feature::kSimd) {
      if constexpr (Meaning<opcode>::kArity == 1) {
        add_loads<opcode, Form::kSS, Form::kAS, Form::kSA, Form::kAA>(table);
      } else {
        add_stores<opcode, Form::kSS, Form::kSA, Form::kAS, Form::kAA>(table);
      }
    }
  });
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
