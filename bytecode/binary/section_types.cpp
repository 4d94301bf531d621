// SPDX-License-Identifier: Apache-2.0
// The type section (specification 5.3.9 to 5.3.12, 5.5.4): recursion groups of subtypes.
#include "bytecode/binary/sections.h"
#include "bytecode/isa/limits.h"

namespace doppel::bytecode {
namespace {

ResultType read_result_type(SectionReader& reader, const char* items, std::uint32_t limit) {
  ResultType types;
  const std::uint32_t count = reader.read_limited_count(items, limit, 1);
  types.reserve(count);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i)
    types.push_back(reader.read_val_type());
  return types;
}

FuncType read_func_type(SectionReader& reader) {
  FuncType type;
  type.params = read_result_type(reader, "parameters", limits::kParams);
  const ByteOffset results = reader.offset();
  type.results = read_result_type(reader, "results", limits::kResults);
  if (type.results.size() > 1)
    reader.require(Feature::kMultiValue, "a function with several results", results);
  return type;
}

FieldType read_field_type(SectionReader& reader) {
  FieldType field;
  switch (reader.peek_byte()) {
    case type_code::kI8:
      reader.read_byte();
      field = {kI32, Packing::kI8};
      break;
    case type_code::kI16:
      reader.read_byte();
      field = {kI32, Packing::kI16};
      break;
    default: field.type = reader.read_val_type();
  }
  const ByteOffset begin = reader.offset();
  const std::uint8_t mutability = reader.read_byte();
  if (mutability > 1) reader.fail_code(begin, "mutability", mutability, "0 or 1");
  field.is_mutable = mutability == 1;
  return field;
}

CompositeType read_composite_type(SectionReader& reader) {
  CompositeType type;
  const ByteOffset begin = reader.offset();
  const std::uint8_t code = reader.read_byte();
  switch (code) {
    case type_code::kFunc: type.func = read_func_type(reader); return type;
    case type_code::kStruct: {
      reader.require(Feature::kGc, "a struct type", begin);
      type.kind = CompositeKind::kStruct;
      const std::uint32_t count = reader.read_limited_count("fields", limits::kStructFields, 2);
      type.fields.reserve(count);
      for (std::uint32_t i = 0; i < count && !reader.failed(); ++i)
        type.fields.push_back(read_field_type(reader));
      return type;
    }
    case type_code::kArray:
      reader.require(Feature::kGc, "an array type", begin);
      type.kind = CompositeKind::kArray;
      type.fields.push_back(read_field_type(reader));
      return type;
    default:
      reader.fail_code(begin, "type form", code, "a function, struct or array type");
      return type;
  }
}

/// The supertype and finality of a subtype that says so, or the defaults.
void read_sub(SectionReader& reader, DefinedType& type) {
  const std::uint8_t code = reader.peek_byte();
  if (code != type_code::kSub && code != type_code::kSubFinal) return;
  reader.require(Feature::kGc, "a subtype");
  reader.read_byte();
  type.is_final = code == type_code::kSubFinal;
  const ByteOffset begin = reader.offset();
  const std::uint32_t supers = reader.read_u32();
  if (supers > 1)
    reader.fail(ErrorKind::kInvalid, begin,
                found_but_expected(std::to_string(supers) + " supertypes", "at most one"));
  if (supers == 1) type.super = reader.read_index<TypeIndex>();
}

DefinedType read_defined_type(SectionReader& reader, const std::vector<DefinedType>& types) {
  DefinedType type;
  const ByteOffset begin = reader.offset();
  read_sub(reader, type);
  if (type.super && type.super->value() < types.size()) {
    type.depth = types[type.super->value()].depth + 1;
    if (type.depth > limits::kSubtypeDepth) {
      reader.fail_limit(begin, "supertypes in a chain", type.depth, limits::kSubtypeDepth);
    }
  }
  type.composite = read_composite_type(reader);
  return type;
}

}  // namespace

void read_type_section(SectionReader& reader, Module& module) {
  const std::uint32_t groups = reader.read_limited_count("types", limits::kTypes, 2);
  module.types.reserve(groups);
  for (std::uint32_t i = 0; i < groups && !reader.failed(); ++i) {
    std::uint32_t size = 1;
    const ByteOffset begin = reader.offset();
    if (reader.peek_byte() == type_code::kRec) {
      reader.require(Feature::kGc, "a recursion group");
      reader.read_byte();
      size = reader.read_limited_count("types of a recursion group", limits::kTypes, 2);
    }
    const auto first = static_cast<std::uint32_t>(module.types.size());
    if (size > limits::kTypes - first) {
      return reader.fail_limit(begin, "types", std::uint64_t{first} + size, limits::kTypes);
    }
    for (std::uint32_t n = 0; n < size && !reader.failed(); ++n) {
      DefinedType type = read_defined_type(reader, module.types);
      type.group_begin = TypeIndex{first};
      type.group_size = size;
      module.types.push_back(std::move(type));
    }
  }
}

}  // namespace doppel::bytecode
