// SPDX-License-Identifier: Apache-2.0
// Reference instructions and branches on references (specification 3.4.2, 3.4.7).
#include <fmt/format.h>

#include "bytecode/validate/function_validator.h"

namespace doppel::bytecode {

HeapType FunctionValidator::known_heap_type() {
  const HeapType type = reader_.read_heap_type();
  if (context_.exists(type)) return type;
  fail(fmt::format("type {}", to_string(type)), "a type of the module");
  return HeapKind::kBottom;
}

void FunctionValidator::ref_null() { push(RefType{known_heap_type(), true}); }

void FunctionValidator::ref_is_null() {
  pop_ref();
  push(kI32);
}

void FunctionValidator::ref_func() {
  const auto function = reader_.read_index<FuncIndex>();
  if (function.value() >= module_.functions.size()) {
    return fail_index("function", function.value(), module_.functions.size());
  }
  if (is_constant_) {
    context_.referenced_functions[function.value()] = true;
  } else if (!context_.referenced_functions[function.value()]) {
    return fail(fmt::format("a reference to function {}", function.value()),
                "a function that is exported or occurs in a segment or global");
  }
  push(RefType{HeapType(module_.functions[function.value()]), false});
}

void FunctionValidator::ref_eq() {
  pop(RefType{HeapKind::kEq, true});
  pop(RefType{HeapKind::kEq, true});
  push(kI32);
}

void FunctionValidator::ref_as_non_null() { push(RefType{pop_ref().heap, false}); }

void FunctionValidator::br_on_null() {
  const Frame* target = label();
  if (target == nullptr) return;
  const RefType type = pop_ref();
  pop_push(target->label_types());
  push(RefType{type.heap, false});
}

void FunctionValidator::br_on_non_null() {
  const Frame* target = label();
  if (target == nullptr) return;
  const auto taken = target->label_types();
  if (taken.empty() || !taken.back().is_ref()) {
    return fail("a label that takes no reference", "one that takes a reference last");
  }
  push(RefType{pop_ref().heap, false});
  pop(taken);
  push(taken.first(taken.size() - 1));
}

void FunctionValidator::br_on_cast(bool on_fail) {
  const CastBranch branch = reader_.read_cast_branch();
  for (const RefType& type : {branch.from, branch.to}) {
    if (!context_.exists(type.heap))
      return fail(fmt::format("type {}", to_string(type.heap)), "a type of the module");
  }
  const Frame* target = label(branch.label);
  if (target == nullptr) return;
  if (!context_.matcher.matches(branch.to, branch.from)) {
    return fail(fmt::format("a cast to {}", to_string(ValType(branch.to))),
                fmt::format("a subtype of {}", to_string(ValType(branch.from))));
  }
  const auto taken = target->label_types();
  if (taken.empty() || !taken.back().is_ref()) {
    return fail("a label that takes no reference", "one that takes a reference last");
  }
  // What is left when the cast fails: null goes with the target type if that admits it.
  const RefType rest{branch.from.heap, branch.from.nullable && !branch.to.nullable};
  pop(branch.from);
  push(on_fail ? rest : branch.to);
  pop(taken);
  push(taken.first(taken.size() - 1));
  push(on_fail ? branch.to : rest);
}

void FunctionValidator::ref_test() {
  const HeapType type = known_heap_type();
  if (reader_.failed()) return;
  pop(RefType{context_.matcher.top_of(type), true});
  push(kI32);
}

void FunctionValidator::ref_cast(bool nullable) {
  const HeapType type = known_heap_type();
  if (reader_.failed()) return;
  pop(RefType{context_.matcher.top_of(type), true});
  push(RefType{type, nullable});
}

void FunctionValidator::convert_reference(HeapKind from, HeapKind to) {
  const RefType type = pop_ref();
  if (!context_.matcher.matches(type.heap, from)) {
    return fail(fmt::format("an operand of type {}", to_string(ValType(type))),
                to_string(ValType(RefType{from, true})));
  }
  push(RefType{to, type.nullable});
}

}  // namespace doppel::bytecode
