// SPDX-License-Identifier: Apache-2.0
// Handlers of loads, stores and globals.
#include "bytecode/interp/handlers/access.h"
#include "bytecode/interp/handlers/operands.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

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

template <Bank bank, Dest dest>
DOPPEL_INLINE Flow global_get(Registers& r) {
  const std::uint64_t value = *r.context->globals[r.pc->call.index];
  if constexpr (bank == Bank::kInt) {
    r.acc = value;
  } else {
    set_vec_bits(r, value);
  }
  if constexpr (dest == Dest::kSlot) r.frame[r.pc->call.frame] = value;
  ++r.pc;
  return Flow::kNext;
}

enum class From : std::uint8_t { kSlot, kAcc, kVec };

template <From from>
DOPPEL_INLINE Flow global_set(Registers& r) {
  std::uint64_t value;
  if constexpr (from == From::kSlot) {
    value = r.frame[r.pc->call.frame];
  } else if constexpr (from == From::kAcc) {
    value = r.acc;
  } else {
    value = vec_bits(r);
  }
  *r.context->globals[r.pc->call.index] = value;
  ++r.pc;
  return Flow::kNext;
}

}  // namespace

void fill_memory(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (Access<opcode>) {
      if constexpr (Meaning<opcode>::kArity == 1) {
        add_loads<opcode, Form::kSS, Form::kAS, Form::kSA, Form::kAA>(table);
      } else if constexpr (is_float(Meaning<opcode>::kOperand)) {
        add_stores<opcode, Form::kSS, Form::kSA, Form::kAS, Form::kAA>(table);
      } else {
        add_stores<opcode, Form::kSS, Form::kSA, Form::kAS, Form::kSI, Form::kAI>(table);
      }
    }
  });
  const auto set = [&](Special special, Handler handler) {
    table.specials[static_cast<std::size_t>(special)] = handler;
  };
  set(Special::kGlobalGetAcc, kHandler<global_get<Bank::kInt, Dest::kAcc>>);
  set(Special::kGlobalGetAccSlot, kHandler<global_get<Bank::kInt, Dest::kSlot>>);
  set(Special::kGlobalGetVec, kHandler<global_get<Bank::kVec, Dest::kAcc>>);
  set(Special::kGlobalGetVecSlot, kHandler<global_get<Bank::kVec, Dest::kSlot>>);
  set(Special::kGlobalSetSlot, kHandler<global_set<From::kSlot>>);
  set(Special::kGlobalSetAcc, kHandler<global_set<From::kAcc>>);
  set(Special::kGlobalSetVec, kHandler<global_set<From::kVec>>);
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
