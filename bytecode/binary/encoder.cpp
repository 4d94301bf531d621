// SPDX-License-Identifier: Apache-2.0
// The binary format's productions, one function each.
#include "bytecode/binary/encoder.h"

#include <array>

namespace doppel::bytecode {
namespace {

enum TypeCode : std::uint8_t {
  kCodeRefNull = 0x63,
  kCodeRef = 0x64,
  kCodeArray = 0x5e,
  kCodeStruct = 0x5f,
  kCodeFunc = 0x60,
  kCodeSub = 0x50,
  kCodeSubFinal = 0x4f,
  kCodeI8 = 0x78,
  kCodeI16 = 0x77,
};

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
  switch (kind) {
    case HeapKind::kFunc: return 0x70;
    case HeapKind::kExtern: return 0x6f;
    case HeapKind::kAny: return 0x6e;
    case HeapKind::kEq: return 0x6d;
    case HeapKind::kI31: return 0x6c;
    case HeapKind::kStruct: return 0x6b;
    case HeapKind::kArray: return 0x6a;
    case HeapKind::kExn: return 0x69;
    case HeapKind::kNone: return 0x71;
    case HeapKind::kNoExtern: return 0x72;
    case HeapKind::kNoFunc: return 0x73;
    case HeapKind::kNoExn: return 0x74;
    case HeapKind::kDefined: break;
  }
  return 0;
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
    constexpr std::array<std::uint8_t, 5> kCodes{0x7f, 0x7e, 0x7d, 0x7c, 0x7b};
    return byte(kCodes[static_cast<std::size_t>(type.kind())]);
  }
  const RefType ref = type.ref();
  const bool is_short = ref.nullable && !ref.heap.is_defined();
  if (!is_short) byte(ref.nullable ? kCodeRefNull : kCodeRef);
  heap_type(ref.heap);
}

void Encoder::result_type(const ResultType& types) {
  unsigned_leb(types.size());
  for (ValType type : types) value_type(type);
}

void Encoder::field_type(const FieldType& field) {
  switch (field.packing) {
    case Packing::kNone: value_type(field.type); break;
    case Packing::kI8: byte(kCodeI8); break;
    case Packing::kI16: byte(kCodeI16); break;
  }
  byte(field.is_mutable ? 1 : 0);
}

void Encoder::composite_type(const CompositeType& type) {
  switch (type.kind) {
    case CompositeKind::kFunc:
      byte(kCodeFunc);
      result_type(type.func.params);
      result_type(type.func.results);
      break;
    case CompositeKind::kStruct:
      byte(kCodeStruct);
      unsigned_leb(type.fields.size());
      for (const FieldType& field : type.fields) field_type(field);
      break;
    case CompositeKind::kArray:
      byte(kCodeArray);
      field_type(type.fields.at(0));
      break;
  }
}

void Encoder::sub_type(const DefinedType& type) {
  if (!type.is_final || type.super) {
    byte(type.is_final ? kCodeSubFinal : kCodeSub);
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
