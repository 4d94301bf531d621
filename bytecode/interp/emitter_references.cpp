// SPDX-License-Identifier: Apache-2.0
// Instructions on references. Checks and branches leave their operand where it is.
#include "bytecode/interp/emitter.h"

namespace doppel::bytecode::interp {

namespace {

std::uint16_t narrow(std::uint32_t slot) { return static_cast<std::uint16_t>(slot); }

}  // namespace

void Emitter::check_not_null() {
  if (stack_.back().kind == Operand::Kind::kConst) go_home(stack_.size() - 1);
  const Source from = source(stack_.back());
  const bool in_slot = from.place == Source::Place::kSlot;
  emit(in_slot ? Special::kNonNullSlot : Special::kNonNullAcc).imm.a = narrow(from.slot);
}

std::uint32_t Emitter::branch_on_null(bool when_null, bool backward) {
  if (stack_.back().kind != Operand::Kind::kLocal) go_home(stack_.size() - 1);
  const Source from = source(stack_.back());
  Condition is_null;
  is_null.comparison = Opcode::kI64Eqz;
  is_null.form = from.place == Source::Place::kSlot ? Form::kSS : Form::kAS;
  is_null.cell.branch.a = narrow(from.slot);
  return branch_if(is_null, when_null, backward);
}

void Emitter::put_back(const Operand& operand) {
  if (push(operand).kind == Operand::Kind::kLocal) ++pending_[operand.value];
}

// Objects.

void Emitter::struct_get(Access access, ValType result, std::uint32_t offset) {
  const Operand object = pop();
  Source from = source(object);
  if (from.place == Source::Place::kImmediate) from = in_accumulator(object);
  const Form form = from.place == Source::Place::kSlot ? Form::kSS : Form::kAS;
  const auto& handlers =
      objects().struct_get[static_cast<std::size_t>(access)][static_cast<std::size_t>(form)];
  begin_product(bank_of(result));
  Cell& cell = emit(handlers[0]);
  cell.access.address = narrow(from.slot);
  cell.access.offset = offset;
  push_product(result, position() - 1, handlers[1], std::nullopt, form);
}

void Emitter::object_unary(const std::array<ObjectHandlers::ByDest, kForms>& handlers,
                           ValType result, std::int32_t value) {
  const Operand operand = pop();
  Source from = source(operand);
  if (from.place == Source::Place::kImmediate) from = in_accumulator(operand);
  const Form form = from.place == Source::Place::kSlot ? Form::kSS : Form::kAS;
  begin_product(bank_of(result));
  Cell& cell = emit(handlers[static_cast<std::size_t>(form)][0]);
  cell.imm.a = narrow(from.slot);
  cell.imm.value = value;
  push_product(result, position() - 1, handlers[static_cast<std::size_t>(form)][1], std::nullopt,
               form);
}

void Emitter::array_get(Access access, ValType result) {
  const Operand index = pop();
  const Operand array = pop();
  using Place = Source::Place;
  Source from = source(array);
  Source at = source(index);
  if (from.place == Place::kImmediate)
    from = at.place == Place::kAccumulator ? in_slot(array) : in_accumulator(array);
  const bool in_slot_array = from.place == Place::kSlot;
  const Form form = at.place == Place::kImmediate     ? (in_slot_array ? Form::kSI : Form::kAI)
                    : at.place == Place::kAccumulator ? Form::kSA
                    : in_slot_array                   ? Form::kSS
                                                      : Form::kAS;
  const auto& handlers =
      objects().array_get[static_cast<std::size_t>(access)][static_cast<std::size_t>(form)];
  begin_product(bank_of(result));
  Cell& cell = emit(handlers[0]);
  cell.slots.a = narrow(from.slot);
  if (at.place == Place::kImmediate) {
    cell.imm.value = static_cast<std::int32_t>(at.bits);
  } else {
    cell.slots.b = narrow(at.slot);
  }
  push_product(result, position() - 1, handlers[1], std::nullopt, form);
}

void Emitter::struct_set(StoreWidth width, std::uint32_t offset) {
  const Operand value = pop();
  const Operand object = pop();
  const std::uint32_t to = in_slot(object).slot;
  const std::uint32_t from = in_slot(value).slot;
  Cell& cell = emit(objects().struct_set[static_cast<std::size_t>(width)]);
  cell.access.address = narrow(to);
  cell.access.data = narrow(from);
  cell.access.offset = offset;
}

void Emitter::array_set(StoreWidth width) {
  const Operand value = pop();
  const Operand index = pop();
  const Operand array = pop();
  const std::uint32_t to = in_slot(array).slot;
  const std::uint32_t at = in_slot(index).slot;
  const std::uint32_t from = in_slot(value).slot;
  Cell& cell = emit(objects().array_set[static_cast<std::size_t>(width)]);
  cell.slots.a = narrow(to);
  cell.slots.b = narrow(at);
  cell.slots.dst = narrow(from);
}

void Emitter::new_object(Special special, std::size_t operands, ValType result, std::uint16_t extra,
                         std::uint32_t type, std::optional<std::uint32_t> segment) {
  runtime(special, operands, result, extra, type);
  if (segment) emit(Handler{}).call.index = *segment;
  accumulator(Bank::kInt).alias.first = stack_.back().home;
}

void Emitter::cast(CastTarget target, std::int32_t type) {
  if (stack_.back().kind == Operand::Kind::kConst) go_home(stack_.size() - 1);
  const Source from = source(stack_.back());
  const Form form = from.place == Source::Place::kSlot ? Form::kSS : Form::kAS;
  Cell& cell =
      emit(objects().cast[static_cast<std::size_t>(target)][static_cast<std::size_t>(form)]);
  cell.imm.a = narrow(from.slot);
  cell.imm.value = type;
}

std::uint32_t Emitter::branch_on_cast(CastTarget target, std::int32_t type, bool when_it_matches) {
  if (stack_.back().kind != Operand::Kind::kLocal) go_home(stack_.size() - 1);
  const Operand& reference = stack_.back();
  emit(objects().branch[static_cast<std::size_t>(target)][when_it_matches ? 1 : 0]).branch.a =
      narrow(static_cast<std::uint32_t>(reference.kind == Operand::Kind::kLocal ? reference.value
                                                                                : reference.home));
  emit(Handler{}).imm.value = type;
  return position() - 2;
}

}  // namespace doppel::bytecode::interp
