// SPDX-License-Identifier: Apache-2.0
// Vector instructions whose operands are not all of one kind: choosing the handler for where they
// are.
#include "bytecode/interp/emitter.h"

namespace doppel::bytecode::interp {

namespace {

std::uint16_t narrow(std::uint32_t slot) { return static_cast<std::uint16_t>(slot); }

Form form_of(bool first_in_accumulator, bool last_in_accumulator) {
  return first_in_accumulator ? (last_in_accumulator ? Form::kAA : Form::kAS)
                              : (last_in_accumulator ? Form::kSA : Form::kSS);
}

}  // namespace

/// Emits the cell of an instruction whose result is a vector, and the cells with more operands.
void Emitter::push_vector(Opcode opcode, Form form, Cell cell,
                          std::initializer_list<std::uint64_t> more) {
  begin_product(Bank::kVec);
  const std::uint32_t at = position();
  emit(handlers_.operation(opcode, form, Dest::kAcc)).wide = cell.wide;
  for (const std::uint64_t word : more) emit(Handler{}).wide = word;
  push_product(kV128, at, handlers_.operation(opcode, form, Dest::kSlot), opcode, form);
}

void Emitter::vector_const(std::uint64_t low, std::uint64_t high) {
  begin_product(Bank::kVec);
  const std::uint32_t at = position();
  emit(Special::kConstV128);
  emit(Handler{}).wide = low;
  emit(Handler{}).wide = high;
  push_product(kV128, at, handlers_.special(Special::kConstV128Slot), std::nullopt, Form::kSS);
}

/// Where two vectors are; at most one is said to be in the accumulator.
std::pair<Emitter::Source, Emitter::Source> Emitter::vectors(const Operand& x, const Operand& y) {
  Source first = source(x);
  Source last = source(y);
  if (first.place == Source::Place::kAccumulator && last.place == Source::Place::kAccumulator)
    (first.slot != kNoSlot ? first : last).place = Source::Place::kSlot;
  return {first, last};
}

void Emitter::ternary(Opcode opcode) {
  const Operand z = pop();
  const Operand y = pop();
  const Operand x = pop();
  const std::uint32_t middle = in_slot(y).slot;
  const auto [first, last] = vectors(x, z);
  Cell cell{};
  cell.slots.a = narrow(first.slot);
  cell.slots.b = narrow(middle);
  cell.slots.c = narrow(last.slot);
  push_vector(opcode, form_of(first.in_accumulator(), last.in_accumulator()), cell, {});
}

void Emitter::shuffle(std::uint64_t lanes_low, std::uint64_t lanes_high) {
  const Operand y = pop();
  const Operand x = pop();
  const auto [first, last] = vectors(x, y);
  Cell cell{};
  cell.slots.a = narrow(first.slot);
  cell.slots.b = narrow(last.slot);
  push_vector(Opcode::kI8x16Shuffle, form_of(first.in_accumulator(), last.in_accumulator()), cell,
              {lanes_low, lanes_high});
}

void Emitter::shift(Opcode opcode) {
  const Operand count = pop();
  const Operand x = pop();
  const Source first = source(x);
  const Source last = source(count);
  Form form = form_of(first.in_accumulator(), last.in_accumulator());
  Cell cell{};
  if (last.place == Source::Place::kImmediate) {
    form = first.in_accumulator() ? Form::kAI : Form::kSI;
    cell.imm.a = narrow(first.slot);
    cell.imm.value = static_cast<std::int32_t>(last.bits);
  } else {
    cell.slots.a = narrow(first.slot);
    cell.slots.b = narrow(last.slot);
  }
  push_vector(opcode, form, cell, {});
}

void Emitter::extract_lane(Opcode opcode, ValType result, std::uint8_t lane) {
  const Source from = source(pop());
  const Form form = from.in_accumulator() ? Form::kAS : Form::kSS;
  begin_product(bank_of(result));
  const std::uint32_t at = position();
  Cell& cell = emit(handlers_.operation(opcode, form, Dest::kAcc));
  cell.slots.a = narrow(from.slot);
  cell.slots.c = lane;
  push_product(result, at, handlers_.operation(opcode, form, Dest::kSlot), opcode, form);
}

void Emitter::replace_lane(Opcode opcode, std::uint8_t lane) {
  const Operand value = pop();
  const Operand x = pop();
  const Source first = source(x);
  Source last = source(value);
  if (last.place == Source::Place::kImmediate) {
    const bool taken = value.bank() == Bank::kVec && first.in_accumulator();
    last = taken ? in_slot(value) : in_accumulator(value);
  }
  Cell cell{};
  cell.slots.a = narrow(first.slot);
  cell.slots.b = narrow(last.slot);
  cell.slots.c = lane;
  push_vector(opcode, form_of(first.in_accumulator(), last.in_accumulator()), cell, {});
}

/// Pops the operands of an access to a lane; its two cells.
Emitter::LaneAccess Emitter::lane_access(std::uint32_t offset, std::uint8_t lane) {
  const Operand x = pop();
  const Operand address = pop();
  Source to = source(address);
  if (to.place == Source::Place::kImmediate) to = in_accumulator(address);
  const Source from = source(x);
  LaneAccess access{form_of(to.in_accumulator(), from.in_accumulator()), {}, {}};
  access.cell.access.address = narrow(to.slot);
  access.cell.access.offset = offset;
  access.more.slots.a = narrow(from.slot);
  access.more.slots.c = lane;
  return access;
}

void Emitter::load_lane(Opcode opcode, std::uint32_t offset, std::uint8_t lane) {
  const LaneAccess access = lane_access(offset, lane);
  push_vector(opcode, access.form, access.cell, {access.more.wide});
}

void Emitter::store_lane(Opcode opcode, std::uint32_t offset, std::uint8_t lane) {
  const LaneAccess access = lane_access(offset, lane);
  emit(handlers_.operation(opcode, access.form, Dest::kAcc)).wide = access.cell.wide;
  emit(Handler{}).wide = access.more.wide;
}

}  // namespace doppel::bytecode::interp
