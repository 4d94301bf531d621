// SPDX-License-Identifier: Apache-2.0
// An object of the heap: a header of 8 bytes and the fields where its type's Layout says. When the
// collector has moved an object, its header holds the new address instead, with the top bit set;
// lengths of arrays therefore stay below 2^31.
#pragma once

#include <cstdint>
#include <cstring>

#include "bytecode/gc/layout.h"
#include "bytecode/gc/reference.h"

namespace doppel::bytecode::gc {

/// See the file comment.
struct Object {
  static constexpr std::uint32_t kMaxLength = 0x7fff'ffff;

  std::uint32_t type;    ///< RuntimeType::id
  std::uint32_t length;  ///< of an array; else 0

  [[nodiscard]] std::byte* bytes() { return reinterpret_cast<std::byte*>(this); }
  [[nodiscard]] const std::byte* bytes() const { return reinterpret_cast<const std::byte*>(this); }
  [[nodiscard]] std::byte* elements() { return bytes() + kHeaderBytes; }
  [[nodiscard]] const std::byte* elements() const { return bytes() + kHeaderBytes; }
  /// The word at an offset that is a multiple of 8.
  [[nodiscard]] std::uint64_t* word(std::uint32_t offset) {
    return reinterpret_cast<std::uint64_t*>(bytes() + offset);
  }

  [[nodiscard]] bool has_moved() const { return (length >> 31U) != 0; }
  [[nodiscard]] Object* new_place() {
    std::uint64_t header;
    std::memcpy(&header, this, sizeof(header));
    return reinterpret_cast<Object*>(header & ~(std::uint64_t{1} << 63U));
  }
  void move_to(Object* place) {
    const std::uint64_t header = reinterpret_cast<std::uint64_t>(place) | std::uint64_t{1} << 63U;
    std::memcpy(this, &header, sizeof(header));
  }
};
static_assert(sizeof(Object) == kHeaderBytes);

/// The object that a reference refers to.
inline Object* object_of(std::uint64_t reference) { return reinterpret_cast<Object*>(reference); }
inline std::uint64_t reference_to(const Object* object) {
  return reinterpret_cast<std::uint64_t>(object);
}

/// Loads a field; integers narrower than 32 bits are extended with zeros. Not for vectors.
inline std::uint64_t load_field(const std::byte* at, Storage storage) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, width(storage));
  return value;
}
/// Stores the low bytes of `value`, or two words for a vector.
inline void store_field(std::byte* at, Storage storage, const std::uint64_t* value) {
  std::memcpy(at, value, width(storage));
}

}  // namespace doppel::bytecode::gc
