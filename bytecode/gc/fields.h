// SPDX-License-Identifier: Apache-2.0
// Fields between objects and frame slots, a field at a time or many. What is stored into an object
// that is not new goes through the write barrier.
#pragma once

#include "bytecode/gc/heap.h"

namespace doppel::bytecode::gc {

/// Slots that a field's value takes in a frame.
constexpr std::uint32_t slots_of(Storage storage) { return storage == Storage::kV128 ? 2 : 1; }

/// Sets all fields of a new struct from consecutive slots.
void initialize_struct(Object* object, const RuntimeType& type, const std::uint64_t* slots);
/// Sets all fields of a new struct, or all elements of a new array, to zero or null.
void clear(Object* object, std::size_t bytes);
/// Sets all elements of a new array from consecutive slots.
void initialize_array(Object* array, Storage element, const std::uint64_t* slots);

/// Sets elements [begin, begin + count) of an array to one value; these lie inside.
void fill(Heap& heap, Object* array, std::uint32_t begin, std::uint32_t count,
          const std::uint64_t* value);
/// Copies `count` elements between arrays whose elements have the same storage.
void copy(Heap& heap, Object* to, std::uint32_t to_begin, const Object* from,
          std::uint32_t from_begin, std::uint32_t count);

/// The element at `index`.
inline std::byte* element_at(Object* array, Storage storage, std::uint32_t index) {
  return array->elements() + std::size_t{index} * width(storage);
}

}  // namespace doppel::bytecode::gc
