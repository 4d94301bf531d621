// SPDX-License-Identifier: Apache-2.0
// Copies and fills, by the width of a field.
#include "bytecode/gc/fields.h"

#include <algorithm>

namespace doppel::bytecode::gc {

namespace {

template <class Word>
void fill_words(std::byte* begin, std::uint32_t count, std::uint64_t value) {
  std::fill_n(reinterpret_cast<Word*>(begin), count, static_cast<Word>(value));
}

void fill_elements(std::byte* begin, Storage storage, std::uint32_t count,
                   const std::uint64_t* value) {
  switch (storage) {
    case Storage::kI8: return fill_words<std::uint8_t>(begin, count, *value);
    case Storage::kI16: return fill_words<std::uint16_t>(begin, count, *value);
    case Storage::kWord32: return fill_words<std::uint32_t>(begin, count, *value);
    case Storage::kWord64:
    case Storage::kReference: return fill_words<std::uint64_t>(begin, count, *value);
    case Storage::kV128:
      for (std::uint32_t i = 0; i < count; ++i) std::memcpy(begin + std::size_t{i} * 16, value, 16);
      return;
  }
}

}  // namespace

void initialize_struct(Object* object, const RuntimeType& type, const std::uint64_t* slots) {
  for (const Field& field : type.layout.fields) {
    store_field(object->bytes() + field.offset, field.storage, slots);
    slots += slots_of(field.storage);
  }
}

void clear(Object* object, std::size_t bytes) {
  std::memset(object->elements(), 0, bytes - kHeaderBytes);
}

void initialize_array(Object* array, Storage element, const std::uint64_t* slots) {
  for (std::uint32_t i = 0; i < array->length; ++i) {
    store_field(element_at(array, element, i), element, slots);
    slots += slots_of(element);
  }
}

void fill(Heap& heap, Object* array, std::uint32_t begin, std::uint32_t count,
          const std::uint64_t* value) {
  const Storage storage = Heap::element(heap.type_of(array));
  std::byte* const at = element_at(array, storage, begin);
  if (storage == Storage::kReference) heap.overwrites(reinterpret_cast<std::uint64_t*>(at), count);
  fill_elements(at, storage, count, value);
  if (storage == Storage::kReference && heap.is_young(*value))
    heap.wrote(reinterpret_cast<std::uint64_t*>(at), count);
}

void copy(Heap& heap, Object* to, std::uint32_t to_begin, const Object* from,
          std::uint32_t from_begin, std::uint32_t count) {
  const Storage storage = Heap::element(heap.type_of(to));
  std::byte* const at = element_at(to, storage, to_begin);
  if (storage == Storage::kReference) heap.overwrites(reinterpret_cast<std::uint64_t*>(at), count);
  std::memmove(at, from->elements() + std::size_t{from_begin} * width(storage),
               std::size_t{count} * width(storage));
  if (storage == Storage::kReference) heap.wrote(reinterpret_cast<std::uint64_t*>(at), count);
}

}  // namespace doppel::bytecode::gc
