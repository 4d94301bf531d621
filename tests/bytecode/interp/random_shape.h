// SPDX-License-Identifier: Apache-2.0
// What a random module declares: its types, functions, memories, tables, globals, tags and
// segments. Function bodies refer to it, and the sections say it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bytecode/isa/types.h"
#include "tests/bytecode/interp/choices.h"
#include "tests/bytecode/interp/random_module.h"

namespace doppel::bytecode {

/// See the file comment.
struct RandomShape {
  static constexpr std::uint32_t kImports = 2;
  static constexpr std::uint32_t kTableSize = 8;
  static constexpr std::uint32_t kDataBytes = 24;  ///< of each of the two data segments
  static constexpr std::uint32_t kArrayLength = 5;

  /// An element segment. The first two hold functions, as indices; the others expressions.
  struct Elements {
    RefType type;
    std::uint32_t size;
  };
  /// A tag, and the types of blocks that end with what it throws.
  struct Tag {
    std::uint32_t type;        ///< [payload] -> []
    std::uint32_t caught;      ///< [] -> [payload]
    std::uint32_t caught_ref;  ///< [] -> [payload exnref]
  };

  RandomModuleOptions options;
  /// [] -> [], then the objects' in one recursion group, then the functions'; the last
  /// `subtype_pair` of these are a recursion group of a function type and its subtype.
  std::vector<DefinedType> types;
  std::uint32_t subtype_pair = 0;
  std::vector<std::uint32_t> structs;
  std::vector<std::uint32_t> arrays;
  std::vector<std::uint32_t> signatures;  ///< what functions and blocks choose from
  std::vector<std::uint32_t> functions;   ///< their types, imported ones first
  std::vector<MemoryType> memories;
  std::vector<TableType> tables;  ///< the first is of functions
  std::vector<Elements> elements;
  std::vector<Tag> tags;
  std::vector<ValType> values;  ///< the types of locals and globals; all have a default
  std::size_t numbers = 0;      ///< how many of these, at the front, are numbers and vectors

  [[nodiscard]] bool has(Feature feature) const { return options.features.has(feature); }
  [[nodiscard]] const FuncType& func(std::uint32_t type) const {
    return types[type].composite.func;
  }
  [[nodiscard]] const std::vector<FieldType>& fields(std::uint32_t type) const {
    return types[type].composite.fields;
  }
  [[nodiscard]] CompositeKind kind(TypeIndex type) const {
    return types[type.value()].composite.kind;
  }
  [[nodiscard]] bool matches(ValType sub, ValType super) const;
  /// The widest type of the hierarchy that a reference belongs to.
  [[nodiscard]] ValType top_of(ValType reference) const;
  /// Whether the host can call functions of this type.
  [[nodiscard]] bool is_plain(const FuncType& type) const;
  [[nodiscard]] bool is_variable(ValType type) const {
    return std::ranges::count(values, type) > 0;
  }
  /// One of `values`, mostly a number.
  [[nodiscard]] ValType value(Choices& choices) const;
  /// The global of a type out of `values`; the budget comes before them.
  [[nodiscard]] std::uint32_t global_of(ValType type) const;
};

RandomShape random_shape(Choices& choices, const RandomModuleOptions& options);

constexpr ValType reference(HeapType heap, bool nullable = true) { return RefType{heap, nullable}; }
constexpr ValType reference(std::uint32_t type, bool nullable = true) {
  return RefType{HeapType(TypeIndex{type}), nullable};
}

}  // namespace doppel::bytecode
