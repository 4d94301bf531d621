// SPDX-License-Identifier: Apache-2.0
// Matching of heap types (specification 3.3.3), over any space of defined types: a module's, or a
// store's.
#pragma once

#include "bytecode/isa/types.h"

namespace doppel::bytecode {

/// The abstract type that all defined types of a kind match.
constexpr HeapKind abstract_of(CompositeKind kind) {
  switch (kind) {
    case CompositeKind::kFunc: return HeapKind::kFunc;
    case CompositeKind::kStruct: return HeapKind::kStruct;
    case CompositeKind::kArray: return HeapKind::kArray;
  }
  return HeapKind::kBottom;
}

/// The top of an abstract type's hierarchy: any, func, extern or exn.
constexpr HeapKind top_of_abstract(HeapKind kind) {
  switch (kind) {
    case HeapKind::kFunc:
    case HeapKind::kNoFunc: return HeapKind::kFunc;
    case HeapKind::kExtern:
    case HeapKind::kNoExtern: return HeapKind::kExtern;
    case HeapKind::kExn:
    case HeapKind::kNoExn: return HeapKind::kExn;
    default: return HeapKind::kAny;
  }
}

/// Whether nothing of the hierarchy is below the type.
constexpr bool is_bottom_of_hierarchy(HeapKind kind) {
  switch (kind) {
    case HeapKind::kNoFunc:
    case HeapKind::kNoExtern:
    case HeapKind::kNoExn:
    case HeapKind::kNone:
    case HeapKind::kBottom: return true;
    default: return false;
  }
}

constexpr bool abstract_matches(HeapKind sub, HeapKind super) {
  if (sub == super || sub == HeapKind::kBottom) return true;
  if (top_of_abstract(sub) != top_of_abstract(super)) return false;
  if (is_bottom_of_hierarchy(sub) || super == top_of_abstract(super)) return true;
  return super == HeapKind::kEq &&
         (sub == HeapKind::kI31 || sub == HeapKind::kStruct || sub == HeapKind::kArray);
}

/// The top of the hierarchy that a type belongs to. `kind_of` gives a type index's CompositeKind.
template <class KindOf>
HeapKind top_of(HeapType type, KindOf kind_of) {
  return top_of_abstract(type.is_defined() ? abstract_of(kind_of(type.index())) : type.kind());
}

/// Whether `sub` matches `super`; `is_sub` decides on two type indices.
template <class KindOf, class IsSub>
bool heap_matches(HeapType sub, HeapType super, KindOf kind_of, IsSub is_sub) {
  if (sub == super || sub.kind() == HeapKind::kBottom) return true;
  if (sub.is_defined() && super.is_defined()) return is_sub(sub.index(), super.index());
  if (sub.is_defined()) return abstract_matches(abstract_of(kind_of(sub.index())), super.kind());
  if (super.is_defined()) {
    return is_bottom_of_hierarchy(sub.kind()) &&
           top_of_abstract(sub.kind()) == top_of(super, kind_of);
  }
  return abstract_matches(sub.kind(), super.kind());
}

}  // namespace doppel::bytecode
