// SPDX-License-Identifier: Apache-2.0
// Writes the binary format (specification 5): numbers in their shortest encoding, types, sections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "bytecode/isa/opcode.h"
#include "bytecode/isa/types.h"

namespace doppel::bytecode {

/// The sections with their binary codes.
enum class SectionId : std::uint8_t {
  kCustom = 0,
  kType = 1,
  kImport = 2,
  kFunction = 3,
  kTable = 4,
  kMemory = 5,
  kGlobal = 6,
  kExport = 7,
  kStart = 8,
  kElement = 9,
  kCode = 10,
  kData = 11,
  kDataCount = 12,
  kTag = 13,
};

/// A growing sequence of bytes in the binary format.
class Encoder {
 public:
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] std::vector<std::byte> take() && { return std::move(bytes_); }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(bytes_.size()); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  void clear() { bytes_.clear(); }
  /// Cuts everything from `size` on off.
  void truncate(std::uint32_t size) { bytes_.resize(size); }

  void byte(std::uint8_t value) { bytes_.push_back(std::byte{value}); }
  /// Little-endian, `width` bytes of `value`.
  void fixed(std::uint64_t value, unsigned width);
  void unsigned_leb(std::uint64_t value);
  void signed_leb(std::int64_t value);
  void raw(std::span<const std::byte> bytes);
  void raw(std::string_view bytes) { raw(std::as_bytes(std::span(bytes))); }
  /// A byte vector: length, contents.
  void sized(std::span<const std::byte> bytes);
  void sized(const Encoder& contents) { sized(contents.bytes()); }
  /// A name: length, UTF-8.
  void name(std::string_view name) { sized(std::as_bytes(std::span(name))); }

  void opcode(Opcode opcode);
  void heap_type(HeapType type);
  void value_type(ValType type);
  void result_type(const ResultType& types);
  void field_type(const FieldType& field);
  void composite_type(const CompositeType& type);
  /// A type with its finality and supertype.
  void sub_type(const DefinedType& type);
  void memory_type(const MemoryType& type);
  void table_type(const TableType& type);
  void global_type(const GlobalType& type);
  void tag_type(TypeIndex type);

  /// A section: id, length, contents.
  void section(SectionId id, const Encoder& contents);
  /// A custom section.
  void custom_section(std::string_view name, std::span<const std::byte> contents);
  /// "\0asm" and version 1.
  void module_header();

 private:
  std::vector<std::byte> bytes_;
};

/// The single byte that stands for an abstract heap type (not kDefined).
std::uint8_t heap_type_code(HeapKind kind);

}  // namespace doppel::bytecode
