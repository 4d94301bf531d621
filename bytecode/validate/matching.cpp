// SPDX-License-Identifier: Apache-2.0
// The rules of matching, in the order of specification 3.3.
#include "bytecode/validate/matching.h"

#include <algorithm>

#include "bytecode/validate/heap_types.h"

namespace doppel::bytecode {
HeapKind TypeMatcher::top_of(HeapType type) const {
  return bytecode::top_of(type, [&](TypeIndex t) { return kind_of(t); });
}

bool TypeMatcher::matches(HeapType sub, HeapType super) const {
  return heap_matches(
      sub, super, [&](TypeIndex t) { return kind_of(t); },
      [&](TypeIndex a, TypeIndex b) { return matches(a, b); });
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
