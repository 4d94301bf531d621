// SPDX-License-Identifier: Apache-2.0
// How the printer writes what modules name: identifiers from the name section where they can be
// told apart, numbers elsewhere.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bytecode/binary/module.h"
#include "bytecode/binary/names.h"

namespace doppel::bytecode::text {

/// `bytes` as a string literal, UTF-8 characters as themselves if `bytes` is UTF-8 as a whole.
std::string quoted(std::string_view bytes);

/// "$name", or "$\"any name\"". The name must not be empty.
std::string identifier(std::string_view name);

/// One index space.
class PrintedSpace {
 public:
  PrintedSpace() = default;
  /// The members below `size` that have names.
  PrintedSpace(std::span<const Names::Entry> names, std::size_t size);

  /// What stands where member `index` is defined: " $id", or an annotation where another member has
  /// the same name, or nothing.
  [[nodiscard]] std::string binding(std::uint32_t index) const;
  /// What stands where it is used.
  [[nodiscard]] std::string reference(std::uint32_t index) const;
  /// Whether the member has an identifier.
  [[nodiscard]] bool has_id(std::uint32_t index) const { return ids_.contains(index); }

 private:
  std::unordered_map<std::uint32_t, std::string> ids_;
  std::unordered_map<std::uint32_t, std::string> annotations_;
};

/// The index spaces of a module, and its types in the text format.
struct PrintedNames {
  explicit PrintedNames(const Module& module);

  Names section;
  PrintedSpace types;
  PrintedSpace functions;
  PrintedSpace tables;
  PrintedSpace memories;
  PrintedSpace globals;
  PrintedSpace tags;
  PrintedSpace elements;
  PrintedSpace data;
  std::unordered_map<std::uint32_t, PrintedSpace> fields;  ///< of each type with named fields

  [[nodiscard]] std::string heap_type(HeapType type) const;
  [[nodiscard]] std::string ref_type(RefType type) const;
  [[nodiscard]] std::string value_type(ValType type) const;
  [[nodiscard]] std::string field(TypeIndex type, FieldIndex field) const;
};

}  // namespace doppel::bytecode::text
