// SPDX-License-Identifier: Apache-2.0
// Instructions: choosing the handler for where the operands are, and fusing what belongs together.
#include <algorithm>
#include <limits>

#include "bytecode/interp/emitter.h"

namespace doppel::bytecode::interp {

namespace {

template <class Narrow>
bool fits(std::uint64_t bits) {
  const auto value = static_cast<std::int64_t>(bits);
  return value >= std::numeric_limits<Narrow>::min() && value <= std::numeric_limits<Narrow>::max();
}

/// The comparison with its operands exchanged.
std::optional<Opcode> mirrored(Opcode opcode) {
  switch (opcode) {
    case Opcode::kI32Eq:
    case Opcode::kI32Ne:
    case Opcode::kI64Eq:
    case Opcode::kI64Ne: return opcode;
    case Opcode::kI32LtS: return Opcode::kI32GtS;
    case Opcode::kI32LtU: return Opcode::kI32GtU;
    case Opcode::kI32GtS: return Opcode::kI32LtS;
    case Opcode::kI32GtU: return Opcode::kI32LtU;
    case Opcode::kI32LeS: return Opcode::kI32GeS;
    case Opcode::kI32LeU: return Opcode::kI32GeU;
    case Opcode::kI32GeS: return Opcode::kI32LeS;
    case Opcode::kI32GeU: return Opcode::kI32LeU;
    case Opcode::kI64LtS: return Opcode::kI64GtS;
    case Opcode::kI64LtU: return Opcode::kI64GtU;
    case Opcode::kI64GtS: return Opcode::kI64LtS;
    case Opcode::kI64GtU: return Opcode::kI64LtU;
    case Opcode::kI64LeS: return Opcode::kI64GeS;
    case Opcode::kI64LeU: return Opcode::kI64GeU;
    case Opcode::kI64GeS: return Opcode::kI64LeS;
    case Opcode::kI64GeU: return Opcode::kI64LeU;
    default: return std::nullopt;
  }
}

std::uint16_t narrow(std::uint32_t slot) { return static_cast<std::uint16_t>(slot); }

}  // namespace

void Emitter::unary(Opcode opcode, ValType result) {
  const Operand x = pop();
  Source from = source(x);
  if (from.place == Source::Place::kImmediate) from = in_accumulator(x);
  const Form form = from.place == Source::Place::kSlot ? Form::kSS : Form::kAS;
  begin_product(bank_of(result));
  const std::uint32_t at = position();
  emit(handlers_.operation(opcode, form, Dest::kAcc)).slots.a = narrow(from.slot);
  push_product(result, at, handlers_.operation(opcode, form, Dest::kSlot), opcode, form);
}

void Emitter::binary(Opcode opcode, ValType result) {
  const Operand y = pop();
  const Operand x = pop();
  const bool wide_immediate = x.type == kF64;
  const auto needs_place = [&](const Operand& operand) {
    return operand.kind == Operand::Kind::kConst && !wide_immediate &&
           !fits<std::int32_t>(operand.value);
  };
  Source left = source(x);
  Source right = source(y);
  using Place = Source::Place;
  if (left.place == Place::kAccumulator && right.place == Place::kAccumulator) {
    // The same value twice: one of them is known by a slot.
    (left.slot != kNoSlot ? left : right).place = Place::kSlot;
  }
  if (right.place == Place::kImmediate && (needs_place(y) || left.place == Place::kImmediate)) {
    right = left.place == Place::kAccumulator ? in_slot(y) : in_accumulator(y);
  }
  if (left.place == Place::kImmediate && needs_place(x)) {
    left = right.place == Place::kAccumulator ? in_slot(x) : in_accumulator(x);
  }
  Form form = Form::kSS;
  Cell cell{};
  if (right.place == Place::kImmediate || left.place == Place::kImmediate) {
    const bool immediate_left = left.place == Place::kImmediate;
    const Source& other = immediate_left ? right : left;
    const bool slot = other.place == Place::kSlot;
    form = immediate_left ? (slot ? Form::kIS : Form::kIA) : (slot ? Form::kSI : Form::kAI);
    cell.imm.a = narrow(other.slot);
    cell.imm.value = static_cast<std::int32_t>(immediate_left ? left.bits : right.bits);
  } else {
    form = left.place == Place::kAccumulator    ? Form::kAS
           : right.place == Place::kAccumulator ? Form::kSA
                                                : Form::kSS;
    cell.slots.a = narrow(left.slot);
    cell.slots.b = narrow(right.slot);
  }
  const bool immediate =
      form == Form::kSI || form == Form::kAI || form == Form::kIS || form == Form::kIA;
  begin_product(bank_of(result));
  const std::uint32_t at = position();
  emit(handlers_.operation(opcode, form, Dest::kAcc)).wide = cell.wide;
  if (immediate && wide_immediate)
    emit(Handler{}).wide = left.place == Place::kImmediate ? left.bits : right.bits;
  push_product(result, at, handlers_.operation(opcode, form, Dest::kSlot), opcode, form);
}

void Emitter::load(Opcode opcode, ValType result, std::uint32_t offset) {
  const Operand address = pop();
  Form form;
  Cell cell{};
  const Accumulator& acc = accumulator(Bank::kInt);
  if (made_by_last_cell(address, Bank::kInt) && acc.opcode == Opcode::kI32Add && offset <= 0xffff &&
      (acc.form == Form::kSS || acc.form == Form::kAS || acc.form == Form::kSA)) {
    // The address is a sum that was just formed: the load forms it.
    const Cell sum = cells_.back();
    form = acc.form == Form::kSS ? Form::kSA : Form::kAA;
    cell.slots.a = sum.slots.a;
    cell.slots.b = acc.form == Form::kSA ? sum.slots.a : sum.slots.b;
    cell.slots.c = static_cast<std::uint16_t>(offset);
    remove_last_cell(Bank::kInt);
  } else {
    Source from = source(address);
    if (from.place == Source::Place::kImmediate) from = in_accumulator(address);
    form = from.place == Source::Place::kSlot ? Form::kSS : Form::kAS;
    cell.access.address = narrow(from.slot);
    cell.access.offset = offset;
  }
  begin_product(bank_of(result));
  const std::uint32_t at = position();
  emit(handlers_.operation(opcode, form, Dest::kAcc)).wide = cell.wide;
  push_product(result, at, handlers_.operation(opcode, form, Dest::kSlot), opcode, form);
}

void Emitter::store(Opcode opcode, std::uint32_t offset) {
  const Operand value = pop();
  const Operand address = pop();
  const bool floats = value.bank() == Bank::kVec;
  using Place = Source::Place;
  Source to = source(address);
  Source from = source(value);
  if (!floats && to.place == Place::kAccumulator && from.place == Place::kAccumulator) {
    (to.slot != kNoSlot ? to : from).place = Place::kSlot;
  }
  const bool short_immediate = !floats && fits<std::int16_t>(from.bits);
  if (from.place == Place::kImmediate && (!short_immediate || to.place == Place::kImmediate)) {
    from = !floats && to.place == Place::kAccumulator ? in_slot(value) : in_accumulator(value);
  }
  if (to.place == Place::kImmediate) {
    to = !floats && from.place == Place::kAccumulator ? in_slot(address) : in_accumulator(address);
  }
  const bool in_slot_address = to.place == Place::kSlot;
  Form form = Form::kSS;
  Cell cell{};
  cell.access.address = narrow(to.slot);
  cell.access.offset = offset;
  switch (from.place) {
    case Place::kSlot:
      form = in_slot_address ? Form::kSS : Form::kAS;
      cell.access.data = narrow(from.slot);
      break;
    case Place::kAccumulator: form = in_slot_address ? Form::kSA : Form::kAA; break;
    case Place::kImmediate:
      form = in_slot_address ? Form::kSI : Form::kAI;
      cell.access.data = static_cast<std::uint16_t>(from.bits);
      break;
  }
  emit(handlers_.operation(opcode, form, Dest::kAcc)).wide = cell.wide;
}

void Emitter::select() {
  const Operand condition = pop();
  const Operand y = pop();
  const Operand x = pop();
  // A value that is in the accumulator leaves it before a constant condition is loaded there.
  const std::uint32_t a = in_slot(x).slot;
  const std::uint32_t b = in_slot(y).slot;
  Source when = source(condition);
  if (when.place == Source::Place::kImmediate) when = in_accumulator(condition);
  const bool in_slot_condition = when.place == Source::Place::kSlot;
  const bool vec = x.bank() == Bank::kVec;
  begin_product(x.bank());
  Cell& cell = emit(x.type.is_vector()
                        ? (in_slot_condition ? Special::kSelectV128Slot : Special::kSelectV128Acc)
                    : vec ? (in_slot_condition ? Special::kSelectVecSlot : Special::kSelectVecAcc)
                          : (in_slot_condition ? Special::kSelectSlot : Special::kSelectAcc));
  cell.slots.a = narrow(a);
  cell.slots.b = narrow(b);
  cell.slots.c = narrow(when.slot);
  const Handler handler = cell.handler;
  push_product(x.type, position() - 1, handler, std::nullopt, Form::kSS);
}

void Emitter::global_get(ValType type, std::uint32_t index) {
  const bool vec = bank_of(type) == Bank::kVec;
  begin_product(bank_of(type));
  emit(type.is_vector() ? Special::kGlobalGetV128
       : vec            ? Special::kGlobalGetVec
                        : Special::kGlobalGetAcc)
      .call.index = index;
  push_product(type, position() - 1,
               handlers_.special(type.is_vector() ? Special::kGlobalGetV128Slot
                                 : vec            ? Special::kGlobalGetVecSlot
                                                  : Special::kGlobalGetAccSlot),
               std::nullopt, Form::kSS);
}

void Emitter::global_set(std::uint32_t index) {
  const Operand value = pop();
  Source from = source(value);
  if (from.place == Source::Place::kImmediate) from = in_accumulator(value);
  const bool slot = from.place == Source::Place::kSlot;
  Cell& cell =
      emit(value.type.is_vector() ? (slot ? Special::kGlobalSetV128Slot : Special::kGlobalSetV128)
           : slot                 ? Special::kGlobalSetSlot
           : value.bank() == Bank::kVec ? Special::kGlobalSetVec
                                        : Special::kGlobalSetAcc);
  cell.call.frame = narrow(from.slot);
  cell.call.index = index;
}

void Emitter::runtime(Special special, std::size_t operands, std::optional<ValType> result,
                      std::uint16_t extra, std::uint32_t index) {
  // The handler reads one slot in any case.
  frame_slots_ = std::max(frame_slots_, home_at(height() - operands) + 1);
  const ValType type = result.value_or(kI64);
  Cell& cell = on_slots(handlers_.special(special), operands, {&type, result ? 1U : 0U});
  cell.call.extra = extra;
  cell.call.index = index;
}

Cell& Emitter::on_slots(Handler handler, std::size_t operands, std::span<const ValType> results) {
  const std::uint32_t first = arrange_arguments(operands);
  Cell& cell = emit(handler);
  cell.call.frame = narrow(first);
  for (const ValType type : results) {
    slot_written(next_home(), type.slots());
    push_home(type);
  }
  return cell;
}

// Control.

Condition Emitter::take_condition() {
  const Operand operand = pop();
  Condition condition;
  const Accumulator& acc = accumulator(Bank::kInt);
  if (made_by_last_cell(operand, Bank::kInt) && acc.opcode) {
    const Opcode opcode = *acc.opcode;
    const Cell made = cells_.back();
    const bool immediate = acc.form == Form::kSI || acc.form == Form::kAI ||
                           acc.form == Form::kIS || acc.form == Form::kIA;
    if (!immediate && handlers_.branch(opcode, acc.form, Sense::kIfTrue) != nullptr) {
      condition.comparison = opcode;
      condition.form = acc.form;
      condition.cell.branch.a = made.slots.a;
      condition.cell.branch.b = made.slots.b;
      remove_last_cell(Bank::kInt);
      return condition;
    }
    const bool left = acc.form == Form::kIS || acc.form == Form::kIA;
    const std::optional<Opcode> comparison = left ? mirrored(opcode) : opcode;
    const Form form = acc.form == Form::kIS   ? Form::kSI
                      : acc.form == Form::kIA ? Form::kAI
                                              : acc.form;
    if (immediate && comparison && handlers_.branch(*comparison, form, Sense::kIfTrue) != nullptr &&
        fits<std::int16_t>(static_cast<std::uint64_t>(std::int64_t{made.imm.value}))) {
      condition.comparison = *comparison;
      condition.form = form;
      condition.cell.branch_imm.a = made.imm.a;
      condition.cell.branch_imm.value = static_cast<std::int16_t>(made.imm.value);
      remove_last_cell(Bank::kInt);
      return condition;
    }
  }
  Source from = source(operand);
  if (from.place == Source::Place::kImmediate) from = in_accumulator(operand);
  condition.negated = true;  // the value holds when it is not equal to zero
  condition.form = from.place == Source::Place::kSlot ? Form::kSS : Form::kAS;
  condition.cell.branch.a = narrow(from.slot);
  return condition;
}

std::uint32_t Emitter::branch_if(const Condition& condition, bool when, bool backward) {
  const bool if_true = when != condition.negated;
  const Sense sense = backward ? (if_true ? Sense::kIfTrueBackward : Sense::kIfFalseBackward)
                               : (if_true ? Sense::kIfTrue : Sense::kIfFalse);
  emit(handlers_.branch(condition.comparison, condition.form, sense)).wide = condition.cell.wide;
  return position() - 1;
}

std::uint32_t Emitter::branch(bool backward) {
  emit(backward ? Special::kBranchBackward : Special::kBranch);
  return position() - 1;
}

void Emitter::branch_table(std::uint32_t last, std::size_t arity) {
  const Operand index = pop();
  Source from = source(index);
  if (from.place == Source::Place::kImmediate) from = in_accumulator(index);
  settle_top(arity);
  Cell& cell = emit(from.place == Source::Place::kSlot ? Special::kBranchTableSlot
                                                       : Special::kBranchTableAcc);
  cell.imm.a = narrow(from.slot);
  cell.imm.value = static_cast<std::int32_t>(last);
}

std::uint32_t Emitter::table_entry() {
  emit(Handler{});
  return position() - 1;
}

void Emitter::set_target(std::uint32_t cell, std::uint32_t target) {
  cells_[cell].branch.target = static_cast<std::int32_t>(target) - static_cast<std::int32_t>(cell);
}

void Emitter::move_down(std::size_t count, std::uint32_t slot) {
  const std::uint32_t from = home_at(stack_.size() - count);
  if (count == 0 || from == slot) return;
  Cell& cell = emit(count > 1                        ? Special::kMove
                    : stack_.back().type.is_vector() ? Special::kCopyV128
                                                     : Special::kCopy);
  cell.slots.dst = narrow(slot);
  cell.slots.a = narrow(from);
  cell.slots.b = narrow(next_home() - from);
}

void Emitter::return_values(std::size_t count, std::uint32_t parameter_slots) {
  if (count == 0) {
    emit(Special::kReturn).slots.dst = narrow(parameter_slots);
  } else if (count == 1) {
    const Operand& result = stack_.back();
    Source from = source(result);
    if (from.place == Source::Place::kImmediate) {
      if (result.bank() == Bank::kInt && fits<std::int32_t>(from.bits)) {
        Cell& cell = emit(Special::kReturnImm);
        cell.imm.dst = narrow(parameter_slots);
        cell.imm.value = static_cast<std::int32_t>(from.bits);
        return;
      }
      from = in_slot(result);
    }
    const bool vec = result.bank() == Bank::kVec;
    const bool slot = from.place == Source::Place::kSlot;
    Cell& cell =
        emit(result.type.is_vector() ? (slot ? Special::kReturnV128Slot : Special::kReturnV128)
             : vec                   ? (slot ? Special::kReturnVecSlot : Special::kReturnVec)
                                     : (slot ? Special::kReturnSlot : Special::kReturnAcc));
    cell.slots.dst = narrow(parameter_slots);
    cell.slots.a = narrow(from.slot);
  } else {
    settle_top(count);
    const std::uint32_t first = home_at(stack_.size() - count);
    Cell& cell = emit(Special::kReturnMany);
    cell.slots.dst = narrow(parameter_slots);
    cell.slots.a = narrow(first);
    cell.slots.b = narrow(next_home() - first);
  }
}

void Emitter::probe(ProbeEvent event, std::uint32_t parameter_slots, std::uint32_t results) {
  free_accumulators();
  Cell& cell = emit(Special::kProbe);
  cell.slots.dst = narrow(parameter_slots);
  cell.slots.a = static_cast<std::uint16_t>(event);
  cell.slots.b = narrow(results);
  fence();
  // It may stop the thread before and behind the cell.
  note_stop(position() - 1);
  note_stop(position());
}

/// Notes the references on the stack for when execution stops at `cell`.
void Emitter::note_stop(std::uint32_t cell, const std::vector<std::uint16_t>& arguments) {
  StopMap* const stop = stops_ == nullptr ? nullptr : stops_->add(cell);
  if (stop == nullptr) return;
  for (const Operand& operand : stack_) {
    const bool is_home = operand.kind == Operand::Kind::kHome || stops_->compiled();
    if (is_home && stops_->is_collected(operand.type))
      stop->operands.push_back(narrow(operand.home));
  }
  stop->arguments = arguments;
  stops_->count(stop->operands.size() + arguments.size());
}

std::uint32_t Emitter::arrange_arguments(std::size_t arguments) {
  const std::size_t first = stack_.size() - arguments;
  for (std::size_t i = first; i < stack_.size(); ++i) go_home(i);
  free_accumulators();
  if (stops_ == nullptr) {
    truncate(first);
  } else {
    std::vector<std::uint16_t> references;
    for (std::size_t i = first; i < stack_.size(); ++i) {
      if (stops_->is_collected(stack_[i].type)) references.push_back(narrow(stack_[i].home));
    }
    truncate(first);
    // The operation has one cell or two.
    note_stop(position(), references);
    note_stop(position() + 1, references);
  }
  return next_home();
}

void Emitter::to_accumulator() { in_accumulator(pop()); }

void Emitter::push_results(const ResultType& results) {
  for (const ValType type : results) {
    slot_written(next_home(), type.slots());
    push_home(type);
  }
  // A vector comes in an accumulator from functions of this instance only.
  if (results.size() == 1 && !results[0].is_vector())
    accumulator(bank_of(results[0])).alias.first = stack_.back().home;
  // The callee's header may stand behind its results.
  frame_slots_ = std::max(frame_slots_, next_home());
}

}  // namespace doppel::bytecode::interp
