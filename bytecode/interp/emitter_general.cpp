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

/// Pops the operands of an access to a lane; its three cells.
void Emitter::emit_general_lane(Opcode opcode, const CheckedAccess& access, std::uint8_t lane) {
  const Operand x = pop();
  const Operand index = pop();
  const std::uint32_t vector = in_slot(x).slot;
  const std::uint32_t address = in_slot(index).slot;
  begin_product(Bank::kVec);
  emit_general(handlers_.general_access(opcode, access.is_64, Dest::kAcc), access).access.address =
      static_cast<std::uint16_t>(address);
  Cell& more = emit(Handler{});
  more.slots.a = static_cast<std::uint16_t>(vector);
  more.slots.c = lane;
}

void Emitter::load_lane(Opcode opcode, const CheckedAccess& access, std::uint8_t lane) {
  emit_general_lane(opcode, access, lane);
  push_product(kV128, position() - 3, handlers_.general_access(opcode, access.is_64, Dest::kSlot),
               std::nullopt, Form::kSS);
}

void Emitter::store_lane(Opcode opcode, const CheckedAccess& access, std::uint8_t lane) {
  emit_general_lane(opcode, access, lane);
}

void Emitter::on_slots(Handler handler, std::size_t operands, std::span<const ValType> results,
                       const CheckedAccess& access) {
  Cell& cell = on_slots(handler, operands, results);
  cell.call.extra = access.is_64 ? 1 : 0;
  cell.call.index = access.memory;
  emit(Handler{}).wide = access.offset;
}

}  // namespace doppel::bytecode::interp
