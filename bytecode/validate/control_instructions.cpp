// SPDX-License-Identifier: Apache-2.0
// Control instructions (specification 3.4.2): blocks, branches, calls and exceptions.
#include <fmt/format.h>

#include "bytecode/isa/limits.h"
#include "bytecode/validate/function_validator.h"

namespace doppel::bytecode {

FunctionValidator::BlockSignature FunctionValidator::read_block_signature() {
  const BlockType type = reader_.read_block_type();
  switch (type.kind) {
    case BlockType::Kind::kEmpty: return {};
    case BlockType::Kind::kResult:
      if (!context_.exists(type.result)) fail(to_string(type.result), "a type of the module");
      return {nullptr, type.result, true};
    case BlockType::Kind::kFunc: break;
  }
  if (!context_.is(type.type, CompositeKind::kFunc)) {
    fail(fmt::format("type {}", type.type.value()), "a function type of the module");
    return {};
  }
  return {&module_.func_type(type.type), {}, false};
}

void FunctionValidator::push_frame(Opcode opcode, const BlockSignature& type) {
  if (frames_.size() >= limits::kNesting) {
    return fail("another block", fmt::format("at most {} open ones", limits::kNesting),
                ErrorKind::kLimit);
  }
  floor_ = operands_.size();
  frames_.push_back({opcode, false, type, static_cast<std::uint32_t>(floor_),
                     static_cast<std::uint32_t>(initialized_.size())});
}

FunctionValidator::Frame FunctionValidator::pop_frame() {
  const Frame frame = frames_.back();
  pop(frame.type.results());
  if (operands_.size() != frame.height) [[unlikely]] {
    fail(fmt::format("{} operands too many at the end of a block", operands_.size() - frame.height),
         "its results only");
  }
  for (; initialized_.size() > frame.initialized; initialized_.pop_back()) {
    is_initialized_[initialized_.back()] = false;
  }
  frames_.pop_back();
  floor_ = frames_.empty() ? 0 : frames_.back().height;
  return frame;
}

void FunctionValidator::block(Opcode opcode) {
  const BlockSignature type = read_block_signature();
  pop(type.params());
  push_frame(opcode, type);
  push(type.params());
}

void FunctionValidator::if_() {
  const BlockSignature type = read_block_signature();
  pop(kI32);
  pop(type.params());
  push_frame(Opcode::kIf, type);
  push(type.params());
}

void FunctionValidator::else_() {
  if (frames_.back().opcode != Opcode::kIf) return fail("else", "an if before it");
  const Frame frame = pop_frame();
  push_frame(Opcode::kElse, frame.type);
  push(frame.type.params());
}

void FunctionValidator::end() {
  const Frame frame = pop_frame();
  if (frame.opcode == Opcode::kIf) {
    // Without else, the parameters are the results.
    const auto params = frame.type.params();
    const auto results = frame.type.results();
    bool same = params.size() == results.size();
    for (std::size_t i = 0; same && i < params.size(); ++i)
      same = context_.matcher.matches(params[i], results[i]);
    if (!same) return fail("an if without else that changes the stack", "an else");
  }
  push(frame.type.results());
}

const FunctionValidator::Frame* FunctionValidator::label() {
  return label(reader_.read_index<LabelIndex>());
}

const FunctionValidator::Frame* FunctionValidator::label(LabelIndex index) {
  if (index.value() >= frames_.size()) [[unlikely]] {
    fail_index("label", index.value(), frames_.size());
    return nullptr;
  }
  return &frames_[frames_.size() - 1 - index.value()];
}

void FunctionValidator::br() {
  const Frame* target = label();
  if (target == nullptr) return;
  pop(target->label_types());
  set_unreachable();
}

void FunctionValidator::br_if() {
  const Frame* target = label();
  if (target == nullptr) return;
  pop(kI32);
  pop_push(target->label_types());
}

void FunctionValidator::br_table() {
  pop(kI32);
  const std::uint32_t count = reader_.read_count("labels");
  if (count > limits::kTableLabels) {
    return fail(fmt::format("{} labels", count), fmt::format("at most {}", limits::kTableLabels),
                ErrorKind::kLimit);
  }
  const Frame* checked = nullptr;
  std::size_t arity = 0;
  for (std::uint32_t i = 0; i <= count && !reader_.failed(); ++i) {
    const Frame* target = label();
    if (target == nullptr) return;
    if (target == checked) continue;
    if (checked != nullptr && target->label_types().size() != arity) {
      return fail(fmt::format("a label that takes {} operands", target->label_types().size()),
                  fmt::format("{}, as the others", arity));
    }
    arity = target->label_types().size();
    checked = target;
    check_operands(target->label_types());
  }
  set_unreachable();
}

void FunctionValidator::check_operands(std::span<const ValType> expected) {
  const std::size_t known = operands_.size() - floor_;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const ValType type = expected[expected.size() - 1 - i];
    if (i >= known) {
      if (!frames_.back().is_unreachable) fail_underflow(to_string(type));
      return;
    }
    const ValType found = operands_[operands_.size() - 1 - i];
    if (!context_.matcher.matches(found, type)) {
      return fail(fmt::format("an operand of type {}", to_string(found)), to_string(type));
    }
  }
}

void FunctionValidator::return_() {
  pop(frames_.front().type.results());
  set_unreachable();
}

const FuncType* FunctionValidator::callee_of_call() {
  const std::uint32_t index = reader_.read_u32();
  if (index >= module_.functions.size()) [[unlikely]] {
    fail_index("function", index, module_.functions.size());
    return nullptr;
  }
  return &module_.func_type(FuncIndex{index});
}

const FuncType* FunctionValidator::callee_of_call_indirect() {
  const auto type = reader_.read_index<TypeIndex>();
  const TableType* callees = table(reader_.read_index<TableIndex>());
  if (callees == nullptr) return nullptr;
  if (!context_.matcher.matches(callees->element, RefType{HeapKind::kFunc, true})) {
    fail(fmt::format("a table of {}", to_string(ValType(callees->element))),
         "a table of functions");
    return nullptr;
  }
  if (!context_.is(type, CompositeKind::kFunc)) {
    fail(fmt::format("type {}", type.value()), "a function type of the module");
    return nullptr;
  }
  pop(callees->address_type());
  return &module_.func_type(type);
}

const FuncType* FunctionValidator::callee_of_call_ref() {
  const auto type = reader_.read_index<TypeIndex>();
  if (!context_.is(type, CompositeKind::kFunc)) {
    fail(fmt::format("type {}", type.value()), "a function type of the module");
    return nullptr;
  }
  pop(RefType{HeapType(type), true});
  return &module_.func_type(type);
}

void FunctionValidator::call(const FuncType* type) {
  if (type == nullptr) return;
  pop(type->params);
  push(type->results);
}

void FunctionValidator::return_call(const FuncType* type) {
  if (type == nullptr) return;
  const auto results = frames_.front().type.results();
  bool same = type->results.size() == results.size();
  for (std::size_t i = 0; same && i < results.size(); ++i) {
    same = context_.matcher.matches(type->results[i], results[i]);
  }
  if (!same)
    return fail(fmt::format("a tail call of a function {}", to_string(*type)),
                "the results of the caller");
  pop(type->params);
  set_unreachable();
}

const FuncType* FunctionValidator::tag_type(TagIndex tag) {
  if (tag.value() >= module_.tags.size()) {
    fail_index("tag", tag.value(), module_.tags.size());
    return nullptr;
  }
  return &module_.func_type(module_.tags[tag.value()].type);
}

void FunctionValidator::throw_() {
  const FuncType* type = tag_type(reader_.read_index<TagIndex>());
  if (type == nullptr) return;
  pop(type->params);
  set_unreachable();
}

void FunctionValidator::throw_ref() {
  pop(RefType{HeapKind::kExn, true});
  set_unreachable();
}

void FunctionValidator::try_table() {
  const BlockSignature type = read_block_signature();
  // The labels of the clauses do not count the try_table itself.
  const std::uint32_t clauses = reader_.read_count("catch clauses", 2);
  for (std::uint32_t i = 0; i < clauses && !reader_.failed(); ++i)
    check_catch(reader_.read_catch_clause());
  pop(type.params());
  push_frame(Opcode::kTryTable, type);
  push(type.params());
}

void FunctionValidator::check_catch(const CatchClause& clause) {
  const FuncType* tag = clause.has_tag() ? tag_type(clause.tag) : nullptr;
  if (clause.has_tag() && tag == nullptr) return;
  const Frame* target = label(clause.label);
  if (target == nullptr) return;
  ResultType caught;
  if (tag != nullptr) caught = tag->params;
  if (clause.has_ref()) caught.push_back(RefType{HeapKind::kExn, false});
  const auto taken = target->label_types();
  if (!context_.matcher.matches(caught, ResultType(taken.begin(), taken.end()))) {
    fail(fmt::format("a clause that catches {}", to_string(FuncType{caught, {}})),
         "what its label takes");
  }
}

void FunctionValidator::catch_(Opcode opcode) {
  const FuncType* tag =
      opcode == Opcode::kCatch ? tag_type(reader_.read_index<TagIndex>()) : nullptr;
  if (opcode == Opcode::kCatch && tag == nullptr) return;
  const Opcode opened = frames_.back().opcode;
  if (opened != Opcode::kTry && opened != Opcode::kCatch)
    return fail(to_string(opcode), "a try before it");
  const Frame frame = pop_frame();
  push_frame(opcode, frame.type);
  if (tag != nullptr) push(tag->params);
}

void FunctionValidator::rethrow() {
  const Frame* target = label();
  if (target == nullptr) return;
  if (target->opcode != Opcode::kCatch && target->opcode != Opcode::kCatchAll) {
    return fail("rethrow of a block that catches nothing", "the label of a catch");
  }
  set_unreachable();
}

void FunctionValidator::delegate() {
  if (frames_.back().opcode != Opcode::kTry) return fail("delegate", "a try before it");
  const Frame frame = pop_frame();
  label();
  push(frame.type.results());
}

}  // namespace doppel::bytecode
