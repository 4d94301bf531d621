// SPDX-License-Identifier: Apache-2.0
// Blocks, branches and calls. Loops and functions begin with tick(), so that all of them end.
#include <algorithm>
#include <utility>

#include "tests/bytecode/interp/random_body.h"

namespace doppel::bytecode {

void RandomBody::control(int depth) {
  switch (choices_.below(12)) {
    case 0:
    case 1:
    case 2: return block(depth);
    case 3:
    case 4: return branch();
    case 5: return branch_on_null();
    case 6: return branch_on_cast();
    case 7:
    case 8: return call();
    case 9: return choices_.one_in(2) ? tail_call() : call();
    default: return exceptions(depth);
  }
}

/// Spends one of the budget; returns from the function when it is used up. What is on the stack
/// stays there.
void RandomBody::tick() {
  op(Opcode::kGlobalGet, 0);
  write_i32(code_, 1);
  op(Opcode::kI32Sub);
  op(Opcode::kGlobalSet, 0);
  op(Opcode::kGlobalGet, 0);
  write_i32(code_, 0);
  op(Opcode::kI32LeS);
  op(Opcode::kIf);
  code_.byte(0x40);
  for (const ValType type : type_.results) write_zero(code_, type);
  op(Opcode::kReturn);
  op(Opcode::kEnd);
}

void RandomBody::block_type(std::uint32_t signature) {
  const FuncType& type = shape_.func(signature);
  if (signature == 0) {
    code_.byte(0x40);
  } else if (type.params.empty() && type.results.size() == 1) {
    code_.value_type(type.results.front());
  } else {
    code_.signed_leb(signature);
  }
}

/// Takes everything but `results` off the stack, or branches out of the innermost block with them.
void RandomBody::leave_only(const ResultType& results, bool by_branch) {
  need(results);
  if (stack_.size() == results.size()) return;
  if (by_branch) return op(Opcode::kBr, 0);
  for (std::size_t i = stack_.size(); i > 0; --i) op(Opcode::kDrop);
  stack_.clear();
  need(results);
}

/// What stands in a block, up to its end.
void RandomBody::contents(const ResultType& params, const ResultType& results, bool is_loop,
                          int depth) {
  ResultType outer = std::exchange(stack_, params);
  sequence(depth);
  leave_only(results, !is_loop && !choices_.one_in(2));
  stack_ = std::move(outer);
}

void RandomBody::block(int depth) {
  if (depth >= kMaxDepth) return;
  const std::uint32_t signature = choices_.of(shape_.signatures);
  const FuncType& type = shape_.func(signature);
  const std::uint32_t way = choices_.below(3);
  const bool is_loop = way == 1;
  const bool is_if = way == 2;
  ResultType operands = type.params;
  if (is_if) operands.push_back(kI32);
  need(operands);
  pop(operands.size());
  op(is_if ? Opcode::kIf : is_loop ? Opcode::kLoop : Opcode::kBlock);
  block_type(signature);
  labels_.push_back({is_loop ? type.params : type.results});
  if (is_loop) tick();
  contents(type.params, type.results, is_loop, depth + 1);
  if (is_if && (type.params != type.results || choices_.one_in(2))) {
    op(Opcode::kElse);
    contents(type.params, type.results, false, depth + 1);
  }
  op(Opcode::kEnd);
  labels_.pop_back();
  push_all(type.results);
}

/// A label, by its depth, of those that fit.
std::optional<std::uint32_t> RandomBody::label_that(
    const std::function<bool(const ResultType&)>& fits) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t depth = 0; depth < label_count(); ++depth) {
    if (fits(label(depth).types)) found.push_back(depth);
  }
  return found.empty() ? std::nullopt : std::optional(choices_.of(found));
}

void RandomBody::branch() {
  const std::uint32_t depth = choices_.below(label_count());
  ResultType operands = label(depth).types;
  switch (choices_.below(16)) {
    case 0:
      if (choices_.one_in(4)) op(Opcode::kUnreachable);
      stack_.clear();
      need(operands);
      op(Opcode::kBr, depth);
      return stack_.clear();
    case 1:
      need(type_.results);
      op(Opcode::kReturn);
      return stack_.clear();
    case 2:
    case 3:
    case 4: return branch_table();
    default:
      operands.push_back(kI32);
      need(operands);
      op(Opcode::kBrIf, depth);
      return pop(1);
  }
}

/// All labels of it take the same types.
void RandomBody::branch_table() {
  const std::uint32_t depth = choices_.below(label_count());
  const ResultType types = label(depth).types;
  ResultType operands = types;
  operands.push_back(kI32);
  need(operands);
  const std::uint32_t entries = choices_.below(5);
  op(Opcode::kBrTable, entries);
  const auto same = [&](const ResultType& other) { return other == types; };
  for (std::uint32_t i = 0; i < entries; ++i) code_.unsigned_leb(*label_that(same));
  code_.unsigned_leb(depth);
  stack_.clear();
}

/// br_on_null to any label, or br_on_non_null to one whose last operand is a reference.
void RandomBody::branch_on_null() {
  if (!shape_.has(Feature::kFunctionReferences)) return branch();
  const auto is_known = [&](ValType type) {
    return type.is_ref() && shape_.top_of(type) != reference(HeapKind::kExn);
  };
  const auto with_reference =
      label_that([&](const ResultType& types) { return !types.empty() && is_known(types.back()); });
  if (with_reference && choices_.one_in(2)) {
    ResultType types = label(*with_reference).types;
    types.back() = reference(types.back().ref().heap);
    need(types);
    op(Opcode::kBrOnNonNull, *with_reference);
    return pop(1);
  }
  const std::uint32_t depth = choices_.below(label_count());
  ResultType types = label(depth).types;
  const bool has_one = !stack_.empty() && is_known(stack_.back());
  types.push_back(reference(has_one ? stack_.back().ref().heap : HeapType(HeapKind::kFunc)));
  need(types);
  const HeapType heap = types.back().ref().heap;
  op(Opcode::kBrOnNull, depth);
  pop(1);
  push(reference(heap, false));
}

/// br_on_cast from the top of a hierarchy to a label's last type; or br_on_cast_fail from a label's
/// last type to one below.
void RandomBody::branch_on_cast() {
  if (!shape_.has(Feature::kGc)) return branch();
  const ValType any = reference(HeapKind::kAny);
  const auto depth = label_that([&](const ResultType& types) {
    return !types.empty() && types.back().is_ref() && shape_.top_of(types.back()) == any;
  });
  if (!depth) return branch();
  ResultType types = label(*depth).types;
  const RefType wanted = types.back().ref();
  const bool fails = choices_.one_in(2);
  RefType from = wanted;
  RefType to{wanted.heap, wanted.nullable && choices_.one_in(2)};
  if (!fails) from = any.ref();
  if (fails && !wanted.heap.is_defined() && wanted.heap != HeapKind::kI31) {
    const ValType below = choices_.of(shape_.values);
    if (shape_.matches(below, wanted)) to.heap = below.ref().heap;
  }
  types.back() = from;
  need(types);
  op(fails ? Opcode::kBrOnCastFail : Opcode::kBrOnCast);
  code_.byte(static_cast<std::uint8_t>((from.nullable ? 1 : 0) | (to.nullable ? 2 : 0)));
  code_.unsigned_leb(*depth);
  code_.heap_type(from.heap);
  code_.heap_type(to.heap);
  pop(1);
  push(fails ? ValType(to) : ValType(RefType{from.heap, from.nullable && !to.nullable}));
}

/// The last operand of a call like that of `function`, if it has one, and the instruction: a call
/// of the function itself, of a place in a table, or of a reference.
void RandomBody::call_instruction(std::uint32_t function, const std::array<Opcode, 3>& opcodes) {
  const std::uint32_t type = shape_.functions[function];
  const std::uint32_t way = choices_.below(3);
  if (way == 1) {
    std::vector<std::uint32_t> tables;
    for (std::uint32_t i = 0; i < shape_.tables.size(); ++i) {
      if (shape_.matches(shape_.tables[i].element, kFuncRef)) tables.push_back(i);
    }
    const std::uint32_t table = choices_.of(tables);
    constant(shape_.tables[table].address_type(), choices_.below(RandomShape::kTableSize + 1));
    op(opcodes[1], type);
    code_.unsigned_leb(table);
  } else if (way == 2 && shape_.has(Feature::kFunctionReferences)) {
    leaf(reference(type));
    pop(1);
    op(opcodes[2], type);
  } else {
    op(opcodes[0], function);
  }
}

void RandomBody::call() {
  const auto count = static_cast<std::uint32_t>(shape_.functions.size());
  const std::uint32_t function = choices_.below(count);
  const FuncType& type = shape_.func(shape_.functions[function]);
  need(type.params);
  call_instruction(function, {Opcode::kCall, Opcode::kCallIndirect, Opcode::kCallRef});
  pop(type.params.size());
  push_all(type.results);
}

/// A tail call of a function with this one's results.
void RandomBody::tail_call() {
  std::vector<std::uint32_t> found;
  for (std::uint32_t f = 0; f < shape_.functions.size(); ++f) {
    if (shape_.func(shape_.functions[f]).results == type_.results) found.push_back(f);
  }
  if (found.empty() || !shape_.has(Feature::kTailCalls)) return call();
  const std::uint32_t function = choices_.of(found);
  need(shape_.func(shape_.functions[function]).params);
  call_instruction(function,
                   {Opcode::kReturnCall, Opcode::kReturnCallIndirect, Opcode::kReturnCallRef});
  stack_.clear();
}

}  // namespace doppel::bytecode
