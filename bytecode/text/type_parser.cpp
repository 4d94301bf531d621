// SPDX-License-Identifier: Apache-2.0
// Recursive descent over types; nothing here nests deeper than the grammar itself.
#include "bytecode/text/type_parser.h"

#include <fmt/format.h>

#include <array>
#include <bit>

namespace doppel::bytecode::text {
namespace {

constexpr std::array kAbstractHeapTypes{HeapKind::kFunc,     HeapKind::kNoFunc, HeapKind::kExtern,
                                        HeapKind::kNoExtern, HeapKind::kAny,    HeapKind::kEq,
                                        HeapKind::kI31,      HeapKind::kStruct, HeapKind::kArray,
                                        HeapKind::kNone,     HeapKind::kExn,    HeapKind::kNoExn};
constexpr std::array kNumberTypes{kI32, kI64, kF32, kF64, kV128};

/// The abstract heap type that a keyword names: "func".
std::optional<HeapKind> abstract_heap_type(std::string_view keyword) {
  for (HeapKind kind : kAbstractHeapTypes) {
    if (to_string(HeapType(kind)) == keyword) return kind;
  }
  return std::nullopt;
}

/// The value type that a keyword alone names: "i32", "funcref".
std::optional<ValType> short_value_type(std::string_view keyword) {
  for (ValType type : kNumberTypes) {
    if (to_string(type) == keyword) return type;
  }
  if (!keyword.ends_with("ref")) return std::nullopt;
  for (HeapKind kind : kAbstractHeapTypes) {
    if (to_string(ValType(RefType{kind, true})) == keyword) return RefType{kind, true};
  }
  return std::nullopt;
}

}  // namespace

Result<TypeIndex> TypeParser::type_index() {
  const Cursor at = in_;
  const std::uint32_t index = DOPPEL_TRY(scope_.types.expect_index(in_));
  if (index > ValType::kMaxTypeIndex) {
    return at.error(ErrorKind::kInvalid, fmt::format("found the unknown type {}", index));
  }
  return TypeIndex{index};
}

Result<HeapType> TypeParser::heap_type() {
  if (in_.at_index()) return HeapType(DOPPEL_TRY(type_index()));
  if (in_.at(TokenKind::kKeyword)) {
    if (const auto kind = abstract_heap_type(in_.text())) {
      in_.advance();
      return *kind;
    }
  }
  return in_.unexpected("a heap type");
}

bool TypeParser::at_ref_type() const {
  if (in_.at_form("ref")) return true;
  if (!in_.at(TokenKind::kKeyword)) return false;
  const auto type = short_value_type(in_.text());
  return type && type->is_ref();
}

bool TypeParser::at_value_type() const {
  return at_ref_type() || (in_.at(TokenKind::kKeyword) && short_value_type(in_.text()));
}

Result<RefType> TypeParser::ref_type() {
  if (!at_ref_type()) return in_.unexpected("a reference type");
  if (in_.at(TokenKind::kKeyword)) {
    const RefType type = short_value_type(in_.text())->ref();
    in_.advance();
    return type;
  }
  DOPPEL_TRY(in_.expect_form("ref"));
  const bool nullable = in_.take_keyword("null");
  const HeapType heap = DOPPEL_TRY(heap_type());
  DOPPEL_TRY(in_.expect_close());
  return RefType{heap, nullable};
}

Result<ValType> TypeParser::value_type() {
  if (at_ref_type()) return ValType(DOPPEL_TRY(ref_type()));
  if (!at_value_type()) return in_.unexpected("a value type");
  const ValType type = *short_value_type(in_.text());
  in_.advance();
  return type;
}

Result<ResultType> TypeParser::results() {
  ResultType types;
  while (in_.take_form("result")) {
    while (!in_.at(TokenKind::kClose)) types.push_back(DOPPEL_TRY(value_type()));
    in_.advance();
  }
  return types;
}

Result<Signature> TypeParser::signature(ParamNames names) {
  Signature signature;
  signature.is_empty = !in_.at_form("param") && !in_.at_form("result");
  while (in_.take_form("param")) {
    if (names == ParamNames::kAllowed && at_binding(in_)) {
      signature.params.push_back(DOPPEL_TRY(parse_binding(in_)));
      signature.type.params.push_back(DOPPEL_TRY(value_type()));
    } else {
      while (!in_.at(TokenKind::kClose)) {
        signature.type.params.push_back(DOPPEL_TRY(value_type()));
        signature.params.emplace_back();
      }
    }
    DOPPEL_TRY(in_.expect_close());
  }
  signature.type.results = DOPPEL_TRY(results());
  return signature;
}

Result<TypeUse> TypeParser::resolve(std::optional<TypeIndex> type, Signature signature,
                                    const Cursor& at) {
  if (!type)
    return TypeUse{scope_.type_table.find_or_add(signature.type), std::move(signature.params)};
  if (signature.is_empty) return TypeUse{*type, {}};
  if (!scope_.type_table.has(*type)) {
    return at.error(ErrorKind::kMalformed, fmt::format("found the unknown type {}", type->value()));
  }
  const CompositeType& composite = scope_.type_table.composite(*type);
  if (composite.kind != CompositeKind::kFunc || composite.func != signature.type) {
    const std::string expected =
        composite.kind == CompositeKind::kFunc ? to_string(composite.func) : "a function type";
    return at.error(ErrorKind::kMalformed,
                    fmt::format("found the inline type {}, expected that of type {}, {}",
                                to_string(signature.type), type->value(), expected));
  }
  return TypeUse{*type, std::move(signature.params)};
}

Result<TypeUse> TypeParser::type_use(ParamNames names) {
  const Cursor at = in_;
  std::optional<TypeIndex> type;
  if (in_.take_form("type")) {
    type = DOPPEL_TRY(type_index());
    DOPPEL_TRY(in_.expect_close());
  }
  return resolve(type, DOPPEL_TRY(signature(names)), at);
}

Result<TypeParser::BlockUse> TypeParser::block_type() {
  if (!in_.at_form("type")) {
    Signature inline_type = DOPPEL_TRY(signature(ParamNames::kForbidden));
    if (inline_type.type.params.empty() && inline_type.type.results.size() <= 1) {
      return BlockUse{std::nullopt, std::move(inline_type.type.results)};
    }
    return BlockUse{scope_.type_table.find_or_add(inline_type.type), {}};
  }
  return BlockUse {
    DOPPEL_TRY(type_use(ParamNames::kForbidden))
    .type, {}
  };
}

Result<FieldType> TypeParser::storage_type() {
  if (in_.take_keyword("i8")) return FieldType{kI32, Packing::kI8};
  if (in_.take_keyword("i16")) return FieldType{kI32, Packing::kI16};
  return FieldType { DOPPEL_TRY(value_type()) };
}

Result<FieldType> TypeParser::field_type() {
  const bool is_mutable = in_.take_form("mut");
  FieldType field = DOPPEL_TRY(storage_type());
  field.is_mutable = is_mutable;
  if (is_mutable) DOPPEL_TRY(in_.expect_close());
  return field;
}

Result<CompositeType> TypeParser::composite_type(IndexSpace& fields) {
  CompositeType type;
  if (in_.take_form("func")) {
    type.func = DOPPEL_TRY(signature(ParamNames::kAllowed))
    .type;
  } else if (in_.take_form("array")) {
    type.kind = CompositeKind::kArray;
    type.fields.push_back(DOPPEL_TRY(field_type()));
  } else if (in_.take_form("struct")) {
    type.kind = CompositeKind::kStruct;
    while (in_.take_form("field")) {
      const bool is_named = at_binding(in_);
      const Binding binding = DOPPEL_TRY(parse_binding(in_));
      while (is_named || !in_.at(TokenKind::kClose)) {
        DOPPEL_TRY(fields.define(in_, binding));
        type.fields.push_back(DOPPEL_TRY(field_type()));
        if (is_named) break;
      }
      DOPPEL_TRY(in_.expect_close());
    }
  } else {
    return in_.unexpected("a function, struct or array type");
  }
  DOPPEL_TRY(in_.expect_close());
  return type;
}

Result<DefinedType> TypeParser::sub_type(IndexSpace& fields) {
  DefinedType type;
  if (!in_.take_form("sub")) {
    type.composite = DOPPEL_TRY(composite_type(fields));
    return type;
  }
  type.is_final = in_.take_keyword("final");
  if (in_.at_index()) type.super = DOPPEL_TRY(type_index());
  if (in_.at_index()) {
    return in_.error(ErrorKind::kInvalid, "found a second supertype, expected at most one");
  }
  type.composite = DOPPEL_TRY(composite_type(fields));
  DOPPEL_TRY(in_.expect_close());
  return type;
}

bool TypeParser::address_type() {
  if (in_.take_keyword("i64")) return true;
  in_.take_keyword("i32");
  return false;
}

Result<Limits> TypeParser::limits() {
  Limits limits;
  limits.min = DOPPEL_TRY(in_.expect_unsigned(64));
  if (in_.at(TokenKind::kNumber)) limits.max = DOPPEL_TRY(in_.expect_unsigned(64));
  return limits;
}

Result<MemoryType> TypeParser::memory_type(bool is_64) {
  MemoryType type;
  type.is_64 = is_64;
  type.limits = DOPPEL_TRY(limits());
  type.is_shared = in_.take_keyword("shared");
  type.page_log2 = DOPPEL_TRY(page_size());
  return type;
}

Result<std::uint8_t> TypeParser::page_size() {
  if (!in_.take_form("pagesize")) return MemoryType{}.page_log2;
  const Cursor at = in_;
  const std::uint64_t size = DOPPEL_TRY(in_.expect_unsigned(64));
  if (!std::has_single_bit(size)) return at.unexpected("a power of two");
  DOPPEL_TRY(in_.expect_close());
  return static_cast<std::uint8_t>(std::countr_zero(size));
}

Result<TableType> TypeParser::table_type(bool is_64) {
  TableType type;
  type.is_64 = is_64;
  type.limits = DOPPEL_TRY(limits());
  type.element = DOPPEL_TRY(ref_type());
  return type;
}

Result<GlobalType> TypeParser::global_type() {
  GlobalType type;
  type.is_mutable = in_.take_form("mut");
  type.type = DOPPEL_TRY(value_type());
  if (type.is_mutable) DOPPEL_TRY(in_.expect_close());
  return type;
}

}  // namespace doppel::bytecode::text
