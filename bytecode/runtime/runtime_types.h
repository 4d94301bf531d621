// SPDX-License-Identifier: Apache-2.0
// The types of a store. Equal types of different modules (specification 3.3.3, by recursion groups)
// get one number and one RuntimeType, so that an indirect call compares one word and a cast needs
// no module. Where a type of the store names another, it does so by that number.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "bytecode/gc/runtime_type.h"
#include "bytecode/validate/type_identity.h"

namespace doppel::bytecode {

class RuntimeTypes {
 public:
  /// The numbers of a module's types, by type index.
  std::vector<std::uint32_t> add(const std::vector<DefinedType>& types);
  /// The number of a final function type without supertype, over abstract types only.
  std::uint32_t add(const FuncType& type);
  /// The type of the exceptions that a tag makes whose type has the number `func`: an object of
  /// one word for the tag and as many as the parameters' slots.
  const gc::RuntimeType& exception(std::uint32_t func);

  [[nodiscard]] const gc::RuntimeType& operator[](std::uint32_t id) const { return *types_[id]; }
  [[nodiscard]] std::size_t size() const { return types_.size(); }
  [[nodiscard]] const gc::TypeTable& table() const { return types_; }

  /// Subtyping over types in the store's numbers (specification 3.3).
  [[nodiscard]] bool matches(ValType sub, ValType super) const;
  [[nodiscard]] bool matches(RefType sub, RefType super) const;

 private:
  void define(std::uint32_t id, const DefinedType& type, const std::vector<DefinedType>& types,
              const std::vector<std::uint32_t>& ids);
  [[nodiscard]] CompositeKind kind_of(TypeIndex id) const;

  TypeRegistry identities_;
  gc::TypeTable types_;
  std::map<std::uint32_t, std::uint32_t> exceptions_;  ///< by their tag's function type
};

/// A module's types in the store's numbers, `ids`.
ValType canonical(ValType type, const std::vector<std::uint32_t>& ids);
ResultType canonical(const ResultType& types, const std::vector<std::uint32_t>& ids);

}  // namespace doppel::bytecode
