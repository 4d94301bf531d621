// SPDX-License-Identifier: Apache-2.0
// Accesses to memories whose bounds are checked: two cells, all operands in slots.
#include "bytecode/interp/emitter.h"

namespace doppel::bytecode::interp {

Cell& Emitter::emit_general(Handler handler, const CheckedAccess& access) {
  const std::uint32_t at = position();
  emit(handler).access.offset = access.memory;
  emit(Handler{}).wide = access.offset;
  return cells_[at];
}

void Emitter::load(Opcode opcode, ValType result, const CheckedAccess& access) {
  const std::uint32_t address = in_slot(pop()).slot;
  begin_product(bank_of(result));
  const std::uint32_t at = position();
  emit_general(handlers_.general_access(opcode, access.is_64, Dest::kAcc), access).access.address =
      static_cast<std::uint16_t>(address);
  push_product(result, at, handlers_.general_access(opcode, access.is_64, Dest::kSlot),
               std::nullopt, Form::kSS);
}

void Emitter::store(Opcode opcode, const CheckedAccess& access) {
  const Operand value = pop();
  const Operand index = pop();
  const std::uint32_t data = in_slot(value).slot;
  const std::uint32_t address = in_slot(index).slot;
  Cell& cell = emit_general(handlers_.general_access(opcode, access.is_64, Dest::kAcc), access);
  cell.access.data = static_cast<std::uint16_t>(data);
  cell.access.address = static_cast<std::uint16_t>(address);
}

void Emitter::on_slots(Handler handler, std::size_t operands, std::span<const ValType> results,
                       const CheckedAccess& access) {
  Cell& cell = on_slots(handler, operands, results);
  cell.call.extra = access.is_64 ? 1 : 0;
  cell.call.index = access.memory;
  emit(Handler{}).wide = access.offset;
}

}  // namespace doppel::bytecode::interp
