// SPDX-License-Identifier: Apache-2.0
// The rules of matching, in the order of specification 3.3.
#include "bytecode/validate/matching.h"

#include <algorithm>

namespace doppel::bytecode {
namespace {

HeapKind abstract_of(CompositeKind kind) {
  switch (kind) {
    case CompositeKind::kFunc: return HeapKind::kFunc;
    case CompositeKind::kStruct: return HeapKind::kStruct;
    case CompositeKind::kArray: return HeapKind::kArray;
  }
  return HeapKind::kBottom;
}

HeapKind top_of_abstract(HeapKind kind) {
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

bool is_bottom_of_hierarchy(HeapKind kind) {
  switch (kind) {
    case HeapKind::kNoFunc:
    case HeapKind::kNoExtern:
    case HeapKind::kNoExn:
    case HeapKind::kNone:
    case HeapKind::kBottom: return true;
    default: return false;
  }
}

bool abstract_matches(HeapKind sub, HeapKind super) {
  if (sub == super || sub == HeapKind::kBottom) return true;
  if (top_of_abstract(sub) != top_of_abstract(super)) return false;
  if (is_bottom_of_hierarchy(sub) || super == top_of_abstract(super)) return true;
  return super == HeapKind::kEq &&
         (sub == HeapKind::kI31 || sub == HeapKind::kStruct || sub == HeapKind::kArray);
}

}  // namespace

HeapKind TypeMatcher::top_of(HeapType type) const {
  if (!type.is_defined()) return top_of_abstract(type.kind());
  return top_of_abstract(abstract_of((*types_)[type.index().value()].composite.kind));
}

bool TypeMatcher::matches(HeapType sub, HeapType super) const {
  if (sub == super || sub.kind() == HeapKind::kBottom) return true;
  if (sub.is_defined() && super.is_defined()) return matches(sub.index(), super.index());
  if (sub.is_defined()) {
    return abstract_matches(abstract_of((*types_)[sub.index().value()].composite.kind),
                            super.kind());
  }
  if (super.is_defined()) return is_bottom_of_hierarchy(sub.kind()) && top_of(sub) == top_of(super);
  return abstract_matches(sub.kind(), super.kind());
}

bool TypeMatcher::matches(TypeIndex sub, TypeIndex super) const {
  for (std::optional<TypeIndex> type = sub; type; type = (*types_)[type->value()].super) {
    if (are_same(*type, super)) return true;
  }
  return false;
}

bool TypeMatcher::matches(const ResultType& sub, const ResultType& super) const {
  return std::equal(sub.begin(), sub.end(), super.begin(), super.end(),
                    [&](ValType a, ValType b) { return matches(a, b); });
}

bool TypeMatcher::matches(const FieldType& sub, const FieldType& super) const {
  if (sub.packing != super.packing || sub.is_mutable != super.is_mutable) return false;
  return matches(sub.type, super.type) && (!sub.is_mutable || matches(super.type, sub.type));
}

bool TypeMatcher::matches(const CompositeType& sub, const CompositeType& super) const {
  if (sub.kind != super.kind) return false;
  if (sub.kind == CompositeKind::kFunc) {
    return matches(super.func.params, sub.func.params) &&
           matches(sub.func.results, super.func.results);
  }
  if (sub.fields.size() < super.fields.size()) return false;
  return std::equal(super.fields.begin(), super.fields.end(), sub.fields.begin(),
                    [&](const FieldType& a, const FieldType& b) { return matches(b, a); });
}

}  // namespace doppel::bytecode
