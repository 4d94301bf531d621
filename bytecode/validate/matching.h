// SPDX-License-Identifier: Apache-2.0
// Matching: when a value of one type may stand where another is expected (specification 3.3).
#pragma once

#include <vector>

#include "bytecode/validate/type_identity.h"

namespace doppel::bytecode {

/// The subtype relation over one module's types. Keeps a reference to them; they must be valid.
class TypeMatcher {
 public:
  TypeMatcher() = default;
  TypeMatcher(const std::vector<DefinedType>& types, std::vector<TypeId> ids)
      : types_(&types), ids_(std::move(ids)) {}

  [[nodiscard]] bool matches(ValType sub, ValType super) const {
    return sub == super || sub.is_bottom() ||
           (sub.is_ref() && super.is_ref() && matches(sub.ref(), super.ref()));
  }
  [[nodiscard]] bool matches(RefType sub, RefType super) const {
    return (super.nullable || !sub.nullable) && matches(sub.heap, super.heap);
  }
  [[nodiscard]] bool matches(HeapType sub, HeapType super) const;
  [[nodiscard]] bool matches(TypeIndex sub, TypeIndex super) const;
  [[nodiscard]] bool matches(const ResultType& sub, const ResultType& super) const;
  [[nodiscard]] bool matches(const FieldType& sub, const FieldType& super) const;
  [[nodiscard]] bool matches(const CompositeType& sub, const CompositeType& super) const;
  [[nodiscard]] bool are_same(TypeIndex a, TypeIndex b) const {
    return ids_[a.value()] == ids_[b.value()];
  }

  /// The top of the hierarchy that a heap type belongs to: any, func, extern or exn.
  [[nodiscard]] HeapKind top_of(HeapType type) const;

 private:
  [[nodiscard]] CompositeKind kind_of(TypeIndex type) const {
    return (*types_)[type.value()].composite.kind;
  }

  const std::vector<DefinedType>* types_ = nullptr;
  std::vector<TypeId> ids_;
};

}  // namespace doppel::bytecode
