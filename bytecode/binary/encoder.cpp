// SPDX-License-Identifier: Apache-2.0
// The binary format's productions, one function each.
#include "bytecode/binary/encoder.h"

#include <array>

#include "bytecode/binary/type_reader.h"

namespace doppel::bytecode {
namespace {

constexpr std::uint8_t kMaxFlag = 0x01;
constexpr std::uint8_t kSharedFlag = 0x02;
constexpr std::uint8_t kAddress64Flag = 0x04;
constexpr std::uint8_t kPageSizeFlag = 0x08;
constexpr std::uint8_t kDefaultPageLog2 = 16;

void encode_limits(Encoder& out, const Limits& limits) {
  out.unsigned_leb(limits.min);
  if (limits.max) out.unsigned_leb(*limits.max);
}

}  // namespace

std::uint8_t heap_type_code(HeapKind kind) {
  std::uint8_t code = 0x69;
  while (heap_kind_of(code) != kind) ++code;
  return code;
}

void Encoder::fixed(std::uint64_t value, unsigned width) {
  for (unsigned i = 0; i < width; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
}

void Encoder::unsigned_leb(std::uint64_t value) {
  while (value >= 0x80) {
    byte(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  byte(static_cast<std::uint8_t>(value));
}

void Encoder::signed_leb(std::int64_t value) {
  while (value < -0x40 || value >= 0x40) {
    byte(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) | 0x80U));
    value >>= 7U;
  }
  byte(static_cast<std::uint8_t>(value & 0x7f));
}

void Encoder::raw(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void Encoder::sized(std::span<const std::byte> bytes) {
  unsigned_leb(bytes.size());
  raw(bytes);
}

void Encoder::opcode(Opcode opcode) {
  const OpcodeInfo& row = info(opcode);
  if (row.prefix == 0) return byte(static_cast<std::uint8_t>(row.code));
  byte(row.prefix);
  unsigned_leb(row.code);
}

void Encoder::heap_type(HeapType type) {
  if (type.is_defined()) return signed_leb(type.index().value());
  byte(heap_type_code(type.kind()));
}

void Encoder::value_type(ValType type) {
  if (!type.is_ref()) {
    constexpr std::array<std::uint8_t, 5> kCodes{type_code::kI32, type_code::kI64, type_code::kF32,
                                                 type_code::kF64, type_code::kV128};
    return byte(kCodes[static_cast<std::size_t>(type.kind())]);
  }
  const RefType ref = type.ref();
  const bool is_short = ref.nullable && !ref.heap.is_defined();
  if (!is_short) byte(ref.nullable ? type_code::kRefNull : type_code::kRef);
  heap_type(ref.heap);
}

void Encoder::result_type(const ResultType& types) {
  unsigned_leb(types.size());
  for (ValType type : types) value_type(type);
}

void Encoder::field_type(const FieldType& field) {
  switch (field.packing) {
    case Packing::kNone: value_type(field.type); break;
    case Packing::kI8: byte(type_code::kI8); break;
    case Packing::kI16: byte(type_code::kI16); break;
  }
  byte(field.is_mutable ? 1 : 0);
}

void Encoder::composite_type(const CompositeType& type) {
  switch (type.kind) {
    case CompositeKind::kFunc:
      byte(type_code::kFunc);
      result_type(type.func.params);
      result_type(type.func.results);
      break;
    case CompositeKind::kStruct:
      byte(type_code::kStruct);
      unsigned_leb(type.fields.size());
      for (const FieldType& field : type.fields) field_type(field);
      break;
    case CompositeKind::kArray:
      byte(type_code::kArray);
      field_type(type.fields.at(0));
      break;
  }
}

void Encoder::sub_type(const DefinedType& type) {
  if (!type.is_final || type.super) {
    byte(type.is_final ? type_code::kSubFinal : type_code::kSub);
    unsigned_leb(type.super ? 1 : 0);
    if (type.super) unsigned_leb(type.super->value());
  }
  composite_type(type.composite);
}

void Encoder::memory_type(const MemoryType& type) {
  const bool has_page_size = type.page_log2 != kDefaultPageLog2;
  byte((type.limits.max ? kMaxFlag : 0) | (type.is_shared ? kSharedFlag : 0) |
       (type.is_64 ? kAddress64Flag : 0) | (has_page_size ? kPageSizeFlag : 0));
  encode_limits(*this, type.limits);
  if (has_page_size) unsigned_leb(type.page_log2);
}

void Encoder::table_type(const TableType& type) {
  value_type(type.element);
  byte((type.limits.max ? kMaxFlag : 0) | (type.is_64 ? kAddress64Flag : 0));
  encode_limits(*this, type.limits);
}

void Encoder::global_type(const GlobalType& type) {
  value_type(type.type);
  byte(type.is_mutable ? 1 : 0);
}

void Encoder::tag_type(TypeIndex type) {
  byte(0);
  unsigned_leb(type.value());
}

void Encoder::section(SectionId id, const Encoder& contents) {
  byte(static_cast<std::uint8_t>(id));
  sized(contents);
}

void Encoder::custom_section(std::string_view name, std::span<const std::byte> contents) {
  Encoder section_contents;
  section_contents.name(name);
  section_contents.raw(contents);
  section(SectionId::kCustom, section_contents);
}

void Encoder::module_header() { raw(std::string_view("\0asm\1\0\0\0", 8)); }

}  // namespace doppel::bytecode
