// SPDX-License-Identifier: Apache-2.0
// Placement of fields: in order, each at the next multiple of its width (at most 8).
#include "bytecode/gc/layout.h"

#include <algorithm>

#include "bytecode/gc/runtime_type.h"
#include "bytecode/validate/heap_types.h"

namespace doppel::bytecode::gc {

namespace {

Storage storage_of(const FieldType& field, const std::vector<DefinedType>& types) {
  if (field.packing == Packing::kI8) return Storage::kI8;
  if (field.packing == Packing::kI16) return Storage::kI16;
  switch (field.type.kind()) {
    case ValKind::kI32:
    case ValKind::kF32: return Storage::kWord32;
    case ValKind::kV128: return Storage::kV128;
    case ValKind::kRef:
      return is_collected(field.type, types) ? Storage::kReference : Storage::kWord64;
    default: return Storage::kWord64;
  }
}

}  // namespace

bool is_collected(ValType type, const std::vector<DefinedType>& types) {
  if (!type.is_ref()) return false;
  const auto kind_of = [&](TypeIndex index) { return types[index.value()].composite.kind; };
  return top_of(type.ref().heap, kind_of) != HeapKind::kFunc;
}

bool is_collected(ValType type, const TypeTable& types) {
  if (!type.is_ref()) return false;
  const HeapType heap = type.ref().heap;
  if (heap.is_defined()) return types[heap.index().value()]->kind != TypeKind::kFunc;
  return top_of_abstract(heap.kind()) != HeapKind::kFunc;
}

Layout lay_out(const CompositeType& type, const std::vector<DefinedType>& types) {
  Layout layout;
  if (type.kind == CompositeKind::kFunc) return layout;
  std::uint32_t end = kHeaderBytes;
  layout.fields.reserve(type.fields.size());
  for (const FieldType& field : type.fields) {
    const Storage storage = storage_of(field, types);
    const std::uint32_t alignment = std::min(width(storage), kObjectAlignment);
    const std::uint32_t offset = (end + alignment - 1) & ~(alignment - 1);
    layout.fields.push_back({offset, storage});
    if (storage == Storage::kReference) layout.references.push_back(offset);
    end = offset + width(storage);
  }
  layout.size = static_cast<std::uint32_t>(align_object(end));
  return layout;
}

}  // namespace doppel::bytecode::gc
