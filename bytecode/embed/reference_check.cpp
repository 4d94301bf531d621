// SPDX-License-Identifier: Apache-2.0
// The type of a reference as it is, against the type that is asked for.
#include "bytecode/embed/reference_check.h"

#include "bytecode/gc/reference.h"

namespace doppel::bytecode {

namespace {

/// The narrowest type of a reference that is not null, in the store's numbers.
RefType type_of(Store& store, std::uint64_t reference, HeapKind top) {
  switch (top) {
    case HeapKind::kFunc: {
      const auto& function = *reinterpret_cast<const Function*>(reference);
      return {HeapType(TypeIndex{function.type_id}), false};
    }
    case HeapKind::kAny:
      if (gc::is_i31(reference)) return {HeapKind::kI31, false};
      if (gc::is_host_reference(reference)) return {HeapKind::kAny, false};
      return {HeapType(TypeIndex{store.heap().type_of(gc::object_of(reference)).id}), false};
    default: return {top, false};
  }
}

}  // namespace

ValType top_of(const RuntimeTypes& types, ValType type) {
  for (const HeapKind top : {HeapKind::kFunc, HeapKind::kExtern, HeapKind::kAny, HeapKind::kExn}) {
    const ValType wide = RefType{top, true};
    if (types.matches(type, wide)) return wide;
  }
  return type;
}

bool is_reference_of(Store& store, std::uint64_t reference, RefType wanted) {
  if (reference == 0) return wanted.nullable;
  const HeapKind top = top_of(store.types(), wanted).ref().heap.kind();
  return store.types().matches(type_of(store, reference, top), wanted);
}

}  // namespace doppel::bytecode
