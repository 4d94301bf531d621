// SPDX-License-Identifier: Apache-2.0
// Bodies of loads and stores on memory 0, whose guard region catches every index and offset that
// lies outside.
#pragma once

#include "bytecode/interp/handlers/operands.h"
#include "bytecode/isa/semantics/memory.h"

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

}  // namespace
}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
