// SPDX-License-Identifier: Apache-2.0
// The operand stack's bookkeeping: entries, accumulators, and how a value gets to its home.
#include "bytecode/interp/emitter.h"

#include <algorithm>
#include <limits>

namespace doppel::bytecode::interp {

namespace {

bool fits_32(std::uint64_t bits) {
  const auto value = static_cast<std::int64_t>(bits);
  return value >= std::numeric_limits<std::int32_t>::min() &&
         value <= std::numeric_limits<std::int32_t>::max();
}

}  // namespace

Emitter::Emitter(const HandlerTable& handlers, EmitterBuffers& buffers, std::uint32_t first_home)
    : handlers_(handlers),
      first_home_(first_home),
      frame_slots_(first_home),
      cells_(buffers.cells),
      offsets_(buffers.offsets),
      stack_(buffers.stack),
      stops_(buffers.stops),
      pending_(buffers.pending) {
  cells_.clear();
  offsets_.clear();
  stack_.clear();
  pending_.assign(first_home, 0);
}

Cell& Emitter::emit(Handler handler) {
  cells_.emplace_back().handler = handler;
  cells_.back().wide = 0;
  offsets_.push_back(offset_);
  return cells_.back();
}

std::uint32_t Emitter::home_at(std::size_t height) const {
  return height == 0 ? first_home_ : stack_[height - 1].home + stack_[height - 1].type.slots();
}

std::uint32_t Emitter::next_home() const { return home_at(stack_.size()); }

Operand& Emitter::push(Operand operand) {
  operand.home = next_home();
  frame_slots_ = std::max(frame_slots_, operand.home + operand.type.slots());
  return stack_.emplace_back(operand);
}

void Emitter::push_const(ValType type, std::uint64_t bits) {
  const bool narrow = type == kI32 || type == kF32;
  push({Operand::Kind::kConst, type, 0,
        narrow ? static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(bits)}) : bits});
}

void Emitter::push_local(ValType type, std::uint32_t slot) {
  push({Operand::Kind::kLocal, type, 0, slot});
  ++pending_[slot];
}

void Emitter::push_home(ValType type) { push({Operand::Kind::kHome, type, 0, 0}); }

Operand Emitter::pop() {
  const Operand operand = stack_.back();
  stack_.pop_back();
  unsettled_ = std::min(unsettled_, stack_.size());
  if (operand.kind == Operand::Kind::kLocal) --pending_[operand.value];
  if (operand.kind == Operand::Kind::kAccumulator) accumulator(operand.bank()).owner = kNobody;
  return operand;
}

void Emitter::drop() { pop(); }

void Emitter::truncate(std::size_t height) {
  while (stack_.size() > height) pop();
}

void Emitter::slot_written(std::uint32_t slot, std::uint32_t slots) {
  for (Accumulator& acc : accumulators_) {
    if (acc.alias.meet(slot, slots)) acc.alias = {};
    if (acc.previous_alias.meet(slot, slots)) acc.previous_alias = {};
  }
}

void Emitter::free_accumulators() {
  spill(Bank::kInt);
  spill(Bank::kVec);
  accumulators_ = {};
}

/// The entry that is only in the accumulator gets its home: its producer writes the slot as well.
void Emitter::spill(Bank bank) {
  Accumulator& acc = accumulator(bank);
  if (acc.owner == kNobody) return;
  cells_[acc.producer].handler = acc.with_slot;
  Operand& operand = stack_[acc.owner];
  operand.kind = Operand::Kind::kHome;
  acc.owner = kNobody;
  slot_written(operand.home, operand.type.slots());
  acc.alias = {operand.home, operand.type.slots()};
}

void Emitter::copy(ValType type, std::uint32_t to, std::uint32_t from) {
  slot_written(to, type.slots());
  if (type.is_vector()) {
    Cell& cell = emit(Special::kCopyV128);
    cell.slots.dst = static_cast<std::uint16_t>(to);
    cell.slots.a = static_cast<std::uint16_t>(from);
    return;
  }
  if (position() > barrier_ && cells_.back().handler == handlers_.special(Special::kCopy)) {
    Cell& last = cells_.back();
    last.handler = handlers_.special(Special::kCopyPair);
    last.slots.b = static_cast<std::uint16_t>(to);
    last.slots.c = static_cast<std::uint16_t>(from);
    return;
  }
  Cell& cell = emit(Special::kCopy);
  cell.slots.dst = static_cast<std::uint16_t>(to);
  cell.slots.a = static_cast<std::uint16_t>(from);
}

/// Writes a popped or present operand to a slot.
void Emitter::write_slot(const Operand& operand, std::uint32_t slot) {
  const auto dst = static_cast<std::uint16_t>(slot);
  if (operand.kind == Operand::Kind::kConst) {
    slot_written(slot);
    if (fits_32(operand.value)) {
      Cell& cell = emit(Special::kImmToSlot);
      cell.imm.dst = dst;
      cell.imm.value = static_cast<std::int32_t>(operand.value);
    } else {
      emit(Special::kWideToSlot).imm.dst = dst;
      emit(Handler{}).wide = operand.value;
    }
    return;
  }
  const Source from = source(operand);
  if (from.place == Source::Place::kAccumulator) {
    slot_written(slot, operand.type.slots());
    const Special special = operand.type.is_vector()       ? Special::kV128ToSlot
                            : operand.bank() == Bank::kVec ? Special::kVecToSlot
                                                           : Special::kAccToSlot;
    emit(special).slots.dst = dst;
    Accumulator& acc = accumulator(operand.bank());
    if (acc.alias.first == kNoSlot) acc.alias = {slot, operand.type.slots()};
  } else if (from.slot != slot) {
    copy(operand.type, slot, from.slot);
  }
}

/// Makes a stack entry stand in its home.
void Emitter::go_home(std::size_t position) {
  Operand& operand = stack_[position];
  switch (operand.kind) {
    case Operand::Kind::kHome: return;
    case Operand::Kind::kAccumulator: spill(operand.bank()); return;
    case Operand::Kind::kLocal: --pending_[operand.value]; break;
    case Operand::Kind::kConst: break;
  }
  write_slot(operand, operand.home);
  operand.kind = Operand::Kind::kHome;
}

void Emitter::settle(std::size_t exact) {
  const std::size_t first_exact = stack_.size() - exact;
  for (std::size_t i = std::min(unsettled_, first_exact); i < stack_.size(); ++i) {
    if (i >= first_exact || stack_[i].kind != Operand::Kind::kConst) go_home(i);
  }
  unsettled_ = stack_.size();
}

void Emitter::settle_top(std::size_t count) {
  for (std::size_t i = stack_.size() - count; i < stack_.size(); ++i) go_home(i);
}

void Emitter::label() {
  accumulators_ = {};
  barrier_ = position();
}

/// Copies entries that are the local in `slot` to their homes, since the local is about to change.
void Emitter::save_readers_of(std::uint32_t slot) {
  for (std::size_t i = stack_.size(); i > unsettled_ && pending_[slot] > 0; --i) {
    const Operand& operand = stack_[i - 1];
    if (operand.kind == Operand::Kind::kLocal && operand.value == slot) go_home(i - 1);
  }
}

Emitter::Source Emitter::source(const Operand& operand) {
  const std::uint32_t alias = accumulator(operand.bank()).alias.first;
  switch (operand.kind) {
    case Operand::Kind::kAccumulator: return {Source::Place::kAccumulator, kNoSlot, 0};
    case Operand::Kind::kConst: return {Source::Place::kImmediate, kNoSlot, operand.value};
    case Operand::Kind::kLocal:
    case Operand::Kind::kHome: break;
  }
  const auto slot = static_cast<std::uint32_t>(
      operand.kind == Operand::Kind::kLocal ? operand.value : operand.home);
  return {slot == alias ? Source::Place::kAccumulator : Source::Place::kSlot, slot, 0};
}

/// A source that is a slot: a popped operand that is elsewhere is first written to the home it had.
Emitter::Source Emitter::in_slot(const Operand& operand) {
  Source from = source(operand);
  if (operand.kind == Operand::Kind::kAccumulator) {
    Accumulator& acc = accumulator(operand.bank());
    cells_[acc.producer].handler = acc.with_slot;
    slot_written(operand.home, operand.type.slots());
    acc.alias = {operand.home, operand.type.slots()};
    from.slot = operand.home;
  } else if (operand.kind == Operand::Kind::kConst) {
    write_slot(operand, operand.home);
    from.slot = operand.home;
  }
  from.place = Source::Place::kSlot;
  return from;
}

/// A source that is the accumulator: loads it if need be.
Emitter::Source Emitter::in_accumulator(const Operand& operand) {
  const Source from = source(operand);
  if (from.place == Source::Place::kAccumulator) return from;
  const Bank bank = operand.bank();
  spill(bank);
  Accumulator& acc = accumulator(bank);
  acc = {};
  if (from.place == Source::Place::kSlot) {
    const Special special = operand.type.is_vector() ? Special::kSlotToV128
                            : bank == Bank::kInt     ? Special::kSlotToAcc
                                                     : Special::kSlotToVec;
    emit(special).slots.a = static_cast<std::uint16_t>(from.slot);
    acc.alias = {from.slot, operand.type.slots()};
  } else if (bank == Bank::kInt && fits_32(from.bits)) {
    emit(Special::kImmToAcc).imm.value = static_cast<std::int32_t>(from.bits);
  } else {
    emit(bank == Bank::kInt ? Special::kWideToAcc : Special::kWideToVec);
    emit(Handler{}).wide = from.bits;
  }
  return {Source::Place::kAccumulator, from.slot, 0};
}

bool Emitter::made_by_last_cell(const Operand& operand, Bank bank) const {
  const Accumulator& acc = accumulators_[static_cast<std::size_t>(bank)];
  return operand.kind == Operand::Kind::kAccumulator && acc.producer + 1 == cells_.size() &&
         acc.with_slot != nullptr;
}

/// Takes back the cell that made a popped value; the accumulator then holds what it held before.
void Emitter::remove_last_cell(Bank bank) {
  cells_.pop_back();
  offsets_.pop_back();
  Accumulator& acc = accumulator(bank);
  const Slots alias = acc.previous_alias;
  acc = {};
  acc.alias = alias;
}

/// An accumulator is about to be overwritten by a new cell.
void Emitter::begin_product(Bank bank) { spill(bank); }

/// Pushes the value that `cell`, with the cells behind it, leaves in an accumulator. `with_slot` is
/// the handler that also writes the slot in the cell's first operand.
void Emitter::push_product(ValType type, std::uint32_t cell, Handler with_slot,
                           std::optional<Opcode> opcode, Form form) {
  Accumulator& acc = accumulator(bank_of(type));
  const Slots previous = acc.alias;
  const Operand& operand = push({Operand::Kind::kAccumulator, type, 0, 0});
  cells_[cell].slots.dst = static_cast<std::uint16_t>(operand.home);
  acc = {stack_.size() - 1, {}, cell, position(), with_slot, opcode, form, previous};
}

void Emitter::fuse_sequences() {
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Handler all = cells_[i].handler;
    for (std::size_t next = i + 1; next < cells_.size(); ++next) {
      const Handler longer = handlers_.sequence(all, cells_[next].handler);
      if (longer == nullptr) break;
      all = longer;
    }
    cells_[i].handler = all;
  }
}

// Instructions on the locals.

void Emitter::local_set(std::uint32_t slot) {
  const Operand operand = pop();
  save_readers_of(slot);
  Accumulator& acc = accumulator(operand.bank());
  if (operand.kind == Operand::Kind::kAccumulator && acc.end == position() &&
      acc.with_slot != nullptr) {
    cells_[acc.producer].handler = acc.with_slot;
    cells_[acc.producer].slots.dst = static_cast<std::uint16_t>(slot);
    slot_written(slot, operand.type.slots());
    acc = {};
    acc.alias = {slot, operand.type.slots()};
  } else {
    write_slot(operand, slot);
    if (operand.kind == Operand::Kind::kAccumulator) acc.with_slot = nullptr;
  }
}

void Emitter::local_tee(std::uint32_t slot) {
  const ValType type = stack_.back().type;
  local_set(slot);
  push_local(type, slot);
}

}  // namespace doppel::bytecode::interp
