// SPDX-License-Identifier: Apache-2.0
// How fields lie in an object. A field's place follows from the types of the fields before it, so
// that a subtype's layout begins with its supertype's, and a module's types alone decide it: code
// can name offsets.
#pragma once

#include <cstdint>
#include <vector>

#include "bytecode/isa/types.h"

namespace doppel::bytecode::gc {

/// What a field is to the collector and to accesses. References to functions are plain words: what
/// they refer to is not collected.
enum class Storage : std::uint8_t { kI8, kI16, kWord32, kWord64, kReference, kV128 };

/// Bytes that a field takes.
constexpr std::uint32_t width(Storage storage) {
  constexpr std::uint32_t kWidths[] = {1, 2, 4, 8, 8, 16};
  return kWidths[static_cast<std::size_t>(storage)];
}

/// Bytes of an object's header, with which it begins.
inline constexpr std::uint32_t kHeaderBytes = 8;
/// Objects are aligned to, and their sizes multiples of, so many bytes.
inline constexpr std::uint32_t kObjectAlignment = 8;

constexpr std::uint64_t align_object(std::uint64_t bytes) {
  return (bytes + kObjectAlignment - 1) & ~std::uint64_t{kObjectAlignment - 1};
}

struct Field {
  std::uint32_t offset = kHeaderBytes;  ///< from the object's first byte
  Storage storage = Storage::kWord64;
};

/// Where the fields of a struct are; of an array, its one field is the first element.
struct Layout {
  std::vector<Field> fields;
  std::vector<std::uint32_t> references;  ///< offsets of a struct's fields that hold references
  std::uint32_t size = kHeaderBytes;      ///< of a struct, in bytes
};

/// Whether values of a type are references that the collector follows: all but functions.
/// `types` are those that the type's index, if it has one, is of.
bool is_collected(ValType type, const std::vector<DefinedType>& types);

/// The layout of a struct or array type; of a function type an empty one.
Layout lay_out(const CompositeType& type, const std::vector<DefinedType>& types);

}  // namespace doppel::bytecode::gc
