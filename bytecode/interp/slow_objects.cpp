// SPDX-License-Identifier: Apache-2.0
// Instructions on structs and arrays (specification 4.6.8). Null and bounds are checked before the
// first effect. After an allocation, references are read anew from the operands' slots.
#include "bytecode/interp/slow_objects.h"

#include <algorithm>
#include <optional>
#include <span>

#include "bytecode/gc/fields.h"
#include "bytecode/runtime/instance.h"

namespace doppel::bytecode::interp::slow {

namespace {

using gc::Object;
using gc::RuntimeType;
using gc::Storage;

std::uint32_t u32(std::uint64_t slot) { return static_cast<std::uint32_t>(slot); }

bool inside(std::uint64_t begin, std::uint64_t count, std::uint64_t size) {
  return begin + count <= size;  // operands are 32 bits, the sum is 64
}

const RuntimeType& type_of(const Context& context, const Cell& cell) {
  return *context.types[cell.call.index];
}

/// Ends an allocation: its result, or the trap.
TrapKind give(std::uint64_t* operands, const Object* object) {
  if (object == nullptr) return TrapKind::kOutOfMemory;
  *operands = gc::reference_to(object);
  return TrapKind::kNone;
}

/// So many bytes of a data segment from `begin` on; none if it does not have them.
std::optional<std::span<const std::byte>> data_for(const Context& context, std::uint32_t segment,
                                                   std::uint64_t begin, std::uint64_t bytes) {
  const std::span<const std::byte> data = context.instance->data[segment];
  if (!inside(begin, bytes, data.size())) return std::nullopt;
  return data.subspan(begin, bytes);
}

}  // namespace

TrapKind struct_new(Context& context, const Cell& cell, std::uint64_t* operands) {
  const RuntimeType& type = type_of(context, cell);
  Object* const object = context.heap->new_struct(type);
  if (object != nullptr) gc::initialize_struct(object, type, operands);
  return give(operands, object);
}

TrapKind struct_new_default(Context& context, const Cell& cell, std::uint64_t* operands) {
  const RuntimeType& type = type_of(context, cell);
  Object* const object = context.heap->new_struct(type);
  if (object != nullptr) gc::clear(object, type.layout.size);
  return give(operands, object);
}

TrapKind array_new(Context& context, const Cell& cell, std::uint64_t* operands) {
  const RuntimeType& type = type_of(context, cell);
  const std::uint32_t length = u32(operands[gc::slots_of(gc::Heap::element(type))]);
  Object* const object = context.heap->new_array(type, length);
  if (object != nullptr) gc::fill(*context.heap, object, 0, length, operands);
  return give(operands, object);
}

TrapKind array_new_default(Context& context, const Cell& cell, std::uint64_t* operands) {
  return give(operands, context.heap->new_array_of_zeros(type_of(context, cell), u32(operands[0])));
}

TrapKind array_new_fixed(Context& context, const Cell& cell, std::uint64_t* operands) {
  const RuntimeType& type = type_of(context, cell);
  Object* const object = context.heap->new_array(type, cell.call.extra);
  if (object != nullptr) gc::initialize_array(object, gc::Heap::element(type), operands);
  return give(operands, object);
}

TrapKind array_new_data(Context& context, const Cell& cell, std::uint64_t* operands) {
  const RuntimeType& type = type_of(context, cell);
  const std::uint32_t count = u32(operands[1]);
  const std::uint64_t bytes = std::uint64_t{count} * width(gc::Heap::element(type));
  const auto data = data_for(context, (&cell)[1].call.index, u32(operands[0]), bytes);
  if (!data) return TrapKind::kMemoryOutOfBounds;
  Object* const object = context.heap->new_array(type, count);
  if (object != nullptr) std::ranges::copy(*data, object->elements());
  return give(operands, object);
}

TrapKind array_new_elem(Context& context, const Cell& cell, std::uint64_t* operands) {
  const std::vector<std::uint64_t>& items = context.instance->elements[(&cell)[1].call.index];
  const std::uint32_t begin = u32(operands[0]);
  const std::uint32_t count = u32(operands[1]);
  if (!inside(begin, count, items.size())) return TrapKind::kTableOutOfBounds;
  Object* const object = context.heap->new_array(type_of(context, cell), count);
  if (object != nullptr) std::copy_n(items.begin() + begin, count, object->word(gc::kHeaderBytes));
  return give(operands, object);
}

TrapKind array_fill(Context& context, const Cell&, std::uint64_t* operands) {
  if (operands[0] == 0) return TrapKind::kNullReference;
  Object* const array = gc::object_of(operands[0]);
  const std::uint32_t begin = u32(operands[1]);
  const Storage element = gc::Heap::element(context.heap->type_of(array));
  const std::uint32_t count = u32(operands[2 + gc::slots_of(element)]);
  if (!inside(begin, count, array->length)) return TrapKind::kArrayOutOfBounds;
  gc::fill(*context.heap, array, begin, count, operands + 2);
  return TrapKind::kNone;
}

TrapKind array_copy(Context& context, const Cell&, std::uint64_t* operands) {
  if (operands[0] == 0 || operands[2] == 0) return TrapKind::kNullReference;
  Object* const to = gc::object_of(operands[0]);
  const Object* const from = gc::object_of(operands[2]);
  const std::uint32_t count = u32(operands[4]);
  if (!inside(u32(operands[1]), count, to->length) ||
      !inside(u32(operands[3]), count, from->length)) {
    return TrapKind::kArrayOutOfBounds;
  }
  gc::copy(*context.heap, to, u32(operands[1]), from, u32(operands[3]), count);
  return TrapKind::kNone;
}

TrapKind array_init_data(Context& context, const Cell& cell, std::uint64_t* operands) {
  if (operands[0] == 0) return TrapKind::kNullReference;
  Object* const array = gc::object_of(operands[0]);
  const Storage element = gc::Heap::element(context.heap->type_of(array));
  const std::uint32_t begin = u32(operands[1]);
  const std::uint32_t count = u32(operands[3]);
  if (!inside(begin, count, array->length)) return TrapKind::kArrayOutOfBounds;
  const std::uint64_t bytes = std::uint64_t{count} * width(element);
  const auto data = data_for(context, cell.call.index, u32(operands[2]), bytes);
  if (!data) return TrapKind::kMemoryOutOfBounds;
  std::ranges::copy(*data, gc::element_at(array, element, begin));
  return TrapKind::kNone;
}

TrapKind array_init_elem(Context& context, const Cell& cell, std::uint64_t* operands) {
  if (operands[0] == 0) return TrapKind::kNullReference;
  Object* const array = gc::object_of(operands[0]);
  const std::vector<std::uint64_t>& items = context.instance->elements[cell.call.index];
  const std::uint32_t begin = u32(operands[1]);
  const std::uint32_t from = u32(operands[2]);
  const std::uint32_t count = u32(operands[3]);
  if (!inside(begin, count, array->length)) return TrapKind::kArrayOutOfBounds;
  if (!inside(from, count, items.size())) return TrapKind::kTableOutOfBounds;
  std::uint64_t* const to = array->word(gc::kHeaderBytes) + begin;
  if (gc::Heap::element(context.heap->type_of(array)) == Storage::kReference)
    context.heap->overwrites(to, count);
  std::copy_n(items.begin() + from, count, to);
  context.heap->wrote(to, count);
  return TrapKind::kNone;
}

TrapKind struct_get_vector(Context& context, const Cell& cell, std::uint64_t* operands) {
  if (operands[0] == 0) return TrapKind::kNullReference;
  const std::uint32_t offset = type_of(context, cell).layout.fields[cell.call.extra].offset;
  std::memcpy(operands, gc::object_of(operands[0])->bytes() + offset, 16);
  return TrapKind::kNone;
}

TrapKind struct_set_vector(Context& context, const Cell& cell, std::uint64_t* operands) {
  if (operands[0] == 0) return TrapKind::kNullReference;
  const std::uint32_t offset = type_of(context, cell).layout.fields[cell.call.extra].offset;
  std::memcpy(gc::object_of(operands[0])->bytes() + offset, operands + 1, 16);
  return TrapKind::kNone;
}

TrapKind array_get_vector(Context&, const Cell&, std::uint64_t* operands) {
  if (operands[0] == 0) return TrapKind::kNullReference;
  Object* const array = gc::object_of(operands[0]);
  const std::uint32_t index = u32(operands[1]);
  if (index >= array->length) return TrapKind::kArrayOutOfBounds;
  std::memcpy(operands, gc::element_at(array, Storage::kV128, index), 16);
  return TrapKind::kNone;
}

TrapKind array_set_vector(Context&, const Cell&, std::uint64_t* operands) {
  if (operands[0] == 0) return TrapKind::kNullReference;
  Object* const array = gc::object_of(operands[0]);
  const std::uint32_t index = u32(operands[1]);
  if (index >= array->length) return TrapKind::kArrayOutOfBounds;
  std::memcpy(gc::element_at(array, Storage::kV128, index), operands + 2, 16);
  return TrapKind::kNone;
}

}  // namespace doppel::bytecode::interp::slow
