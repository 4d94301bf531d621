// SPDX-License-Identifier: Apache-2.0
// Instructions on structs and arrays (specification 3.4.8 to 3.4.10).
#include <fmt/format.h>

#include "bytecode/isa/limits.h"
#include "bytecode/validate/function_validator.h"

namespace doppel::bytecode {
namespace {

RefType ref_to(TypeIndex type, bool nullable) { return {HeapType(type), nullable}; }

bool reads_packed(Opcode opcode) {
  return opcode != Opcode::kStructGet && opcode != Opcode::kArrayGet;
}

}  // namespace

const CompositeType* FunctionValidator::composite(TypeIndex index, CompositeKind kind) {
  if (!context_.is(index, kind)) {
    fail(fmt::format("type {}", index.value()),
         kind == CompositeKind::kStruct ? "a struct type" : "an array type");
    return nullptr;
  }
  return &module_.types[index.value()].composite;
}

const FieldType* FunctionValidator::array_element(TypeIndex index) {
  const CompositeType* type = composite(index, CompositeKind::kArray);
  return type == nullptr ? nullptr : &type->fields.front();
}

bool FunctionValidator::require_mutable(const FieldType& field) {
  if (!field.is_mutable) fail("an immutable field", "a mutable one");
  return field.is_mutable;
}

bool FunctionValidator::require_packing(Opcode opcode, const FieldType& field) {
  const bool is_packed = field.packing != Packing::kNone;
  if (is_packed != reads_packed(opcode)) {
    fail(fmt::format("{} of a{} field", to_string(opcode), is_packed ? " packed" : "n unpacked"),
         is_packed ? "one that says how to extend it" : "one without sign");
  }
  return is_packed == reads_packed(opcode);
}

bool FunctionValidator::require_bytes(const FieldType& field) {
  if (field.type.is_ref())
    fail(fmt::format("an array of {}", to_string(field.type)), "numbers or vectors");
  return !field.type.is_ref();
}

void FunctionValidator::struct_new(bool is_default) {
  const auto index = reader_.read_index<TypeIndex>();
  const CompositeType* type = composite(index, CompositeKind::kStruct);
  if (type == nullptr) return;
  for (std::size_t i = type->fields.size(); i > 0; --i) {
    const ValType field = type->fields[i - 1].type;
    if (!is_default) {
      pop(field);
    } else if (!field.is_defaultable()) {
      return fail(fmt::format("a field of type {}", to_string(field)), "types that have a default");
    }
  }
  push(ref_to(index, false));
}

void FunctionValidator::struct_get(Opcode opcode) {
  const auto index = reader_.read_index<TypeIndex>();
  const std::uint32_t field = reader_.read_u32();
  const CompositeType* type = composite(index, CompositeKind::kStruct);
  if (type == nullptr) return;
  if (field >= type->fields.size()) return fail_index("field", field, type->fields.size());
  if (!require_packing(opcode, type->fields[field])) return;
  pop(ref_to(index, true));
  push(type->fields[field].type);
}

void FunctionValidator::struct_set() {
  const auto index = reader_.read_index<TypeIndex>();
  const std::uint32_t field = reader_.read_u32();
  const CompositeType* type = composite(index, CompositeKind::kStruct);
  if (type == nullptr) return;
  if (field >= type->fields.size()) return fail_index("field", field, type->fields.size());
  if (!require_mutable(type->fields[field])) return;
  pop(type->fields[field].type);
  pop(ref_to(index, true));
}

void FunctionValidator::array_new(bool is_default) {
  const auto index = reader_.read_index<TypeIndex>();
  const FieldType* element = array_element(index);
  if (element == nullptr) return;
  pop(kI32);
  if (!is_default) {
    pop(element->type);
  } else if (!element->type.is_defaultable()) {
    return fail(fmt::format("elements of type {}", to_string(element->type)),
                "a type that has a default");
  }
  push(ref_to(index, false));
}

void FunctionValidator::array_new_fixed() {
  const auto index = reader_.read_index<TypeIndex>();
  const std::uint32_t count = reader_.read_u32();
  const FieldType* element = array_element(index);
  if (element == nullptr) return;
  if (count > limits::kArrayNewFixedOperands) {
    return fail(fmt::format("{} operands", count),
                fmt::format("at most {}", limits::kArrayNewFixedOperands), ErrorKind::kLimit);
  }
  for (std::uint32_t i = 0; i < count && !reader_.failed(); ++i) pop(element->type);
  push(ref_to(index, false));
}

void FunctionValidator::array_new_data() {
  const auto index = reader_.read_index<TypeIndex>();
  const auto segment = reader_.read_index<DataIndex>();
  const FieldType* element = array_element(index);
  if (element == nullptr || !require_bytes(*element) || !data_segment(segment)) return;
  pop(kI32);
  pop(kI32);
  push(ref_to(index, false));
}

void FunctionValidator::array_new_elem() {
  const auto index = reader_.read_index<TypeIndex>();
  const auto segment = reader_.read_index<ElementIndex>();
  const FieldType* element = array_element(index);
  if (element == nullptr || !segment_matches(segment, *element)) return;
  pop(kI32);
  pop(kI32);
  push(ref_to(index, false));
}

bool FunctionValidator::segment_matches(ElementIndex index, const FieldType& element) {
  const ElementSegment* segment = element_segment(index);
  if (segment == nullptr) return false;
  if (context_.matcher.matches(ValType(segment->type), element.type)) return true;
  fail(fmt::format("a segment of {}", to_string(ValType(segment->type))), to_string(element.type));
  return false;
}

void FunctionValidator::array_get(Opcode opcode) {
  const auto index = reader_.read_index<TypeIndex>();
  const FieldType* element = array_element(index);
  if (element == nullptr || !require_packing(opcode, *element)) return;
  pop(kI32);
  pop(ref_to(index, true));
  push(element->type);
}

void FunctionValidator::array_set() {
  const auto index = reader_.read_index<TypeIndex>();
  const FieldType* element = array_element(index);
  if (element == nullptr || !require_mutable(*element)) return;
  pop(element->type);
  pop(kI32);
  pop(ref_to(index, true));
}

void FunctionValidator::array_fill() {
  const auto index = reader_.read_index<TypeIndex>();
  const FieldType* element = array_element(index);
  if (element == nullptr || !require_mutable(*element)) return;
  pop(kI32);
  pop(element->type);
  pop(kI32);
  pop(ref_to(index, true));
}

void FunctionValidator::array_copy() {
  const auto destination_index = reader_.read_index<TypeIndex>();
  const auto source_index = reader_.read_index<TypeIndex>();
  const FieldType* destination = array_element(destination_index);
  const FieldType* source = array_element(source_index);
  if (destination == nullptr || source == nullptr || !require_mutable(*destination)) return;
  if (source->packing != destination->packing ||
      !context_.matcher.matches(source->type, destination->type)) {
    return fail(fmt::format("a copy from type {} to type {}", source_index.value(),
                            destination_index.value()),
                "arrays whose elements match");
  }
  pop(kI32);
  pop(kI32);
  pop(ref_to(source_index, true));
  pop(kI32);
  pop(ref_to(destination_index, true));
}

void FunctionValidator::array_init_data() {
  const auto index = reader_.read_index<TypeIndex>();
  const auto segment = reader_.read_index<DataIndex>();
  const FieldType* element = array_element(index);
  if (element == nullptr || !require_mutable(*element) || !require_bytes(*element) ||
      !data_segment(segment))
    return;
  array_init(index);
}

void FunctionValidator::array_init_elem() {
  const auto index = reader_.read_index<TypeIndex>();
  const auto segment = reader_.read_index<ElementIndex>();
  const FieldType* element = array_element(index);
  if (element == nullptr || !require_mutable(*element) || !segment_matches(segment, *element))
    return;
  array_init(index);
}

void FunctionValidator::array_init(TypeIndex index) {
  pop(kI32);
  pop(kI32);
  pop(kI32);
  pop(ref_to(index, true));
}

}  // namespace doppel::bytecode
