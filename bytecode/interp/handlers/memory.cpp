// SPDX-License-Identifier: Apache-2.0
// Handlers of loads and stores on memory 0, whose guard region catches every index and offset that
// lies outside, and of the globals.
#include "bytecode/isa/semantics/memory.h"
#include "bytecode/interp/handlers/operands.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

template <Opcode opcode>
concept Access = HasMeaning<opcode> && requires { typename Meaning<opcode>::Access; };

DOPPEL_INLINE std::byte* effective(const Registers& r, std::uint64_t index, std::uint64_t offset) {
  return r.memory + static_cast<std::uint32_t>(index) + offset;
}

/// kSS: the address is in a slot; kAS: in the accumulator; kSA: the 32-bit sum of slots a and b,
/// with a 16-bit offset in c; kAA: the sum of the accumulator and slot b.
template <Opcode opcode, Form form, Dest dest>
DOPPEL_INLINE Flow load(Registers& r) {
  using Definition = Meaning<opcode>;
  const Cell& cell = *r.pc;
  std::byte* address;
  if constexpr (form == Form::kSS) {
    address = effective(r, r.frame[cell.access.address], cell.access.offset);
  } else if constexpr (form == Form::kAS) {
    address = effective(r, r.acc, cell.access.offset);
  } else if constexpr (form == Form::kSA) {
    address = effective(r, r.frame[cell.slots.a] + r.frame[cell.slots.b], cell.slots.c);
  } else {
    address = effective(r, r.acc + r.frame[cell.slots.b], cell.slots.c);
  }
  EvalBuilder b = evaluator(r);
  put<Definition::kResult, dest>(r, Definition::load(b, address), cell.slots.dst);
  ++r.pc;
  return Flow::kNext;
}

/// First letter: where the address is; second: where the value is. kSI and kAI store the 16-bit
/// immediate that stands in access.data.
template <Opcode opcode, Form form>
DOPPEL_INLINE Flow store(Registers& r) {
  using Definition = Meaning<opcode>;
  constexpr Rep kValue = Definition::kOperand;
  constexpr bool kAddressInSlot = form == Form::kSS || form == Form::kSA || form == Form::kSI;
  const Cell& cell = *r.pc;
  std::byte* address =
      effective(r, kAddressInSlot ? r.frame[cell.access.address] : r.acc, cell.access.offset);
  Host<kValue> value;
  if constexpr (form == Form::kSS || form == Form::kAS) {
    value = from_slot<kValue>(&r.frame[cell.access.data]);
  } else if constexpr (form == Form::kSA || form == Form::kAA) {
    value = from_accumulator<kValue>(r);
  } else {
    value = static_cast<Host<kValue>>(
        static_cast<std::int64_t>(static_cast<std::int16_t>(cell.access.data)));
  }
  EvalBuilder b = evaluator(r);
  Definition::store(b, address, value);
  ++r.pc;
  return Flow::kNext;
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
