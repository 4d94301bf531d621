// SPDX-License-Identifier: Apache-2.0
// Identity of defined types under iso-recursive equivalence (specification 3.1.3, 3.3.3): two types
// are the same when their recursion groups are the same, written with positions inside the group
// for references to itself and with identities for everything earlier.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "bytecode/isa/types.h"

namespace doppel::bytecode {

/// A number that two types share exactly when they are equivalent.
using TypeId = Ordinal<struct TypeIdTag, std::uint32_t>;

/// Gives identities to the types of modules. Types of all modules that went through one registry
/// can be compared. Not thread-safe.
class TypeRegistry {
 public:
  /// The identities of a module's types, by type index. The types must be valid so far as their
  /// indices go: references reach no further than their own recursion group.
  std::vector<TypeId> identify(const std::vector<DefinedType>& types);
  /// An identity that no module's type gets.
  TypeId reserve() { return TypeId{next_++}; }

 private:
  std::unordered_map<std::string, TypeId> groups_;  ///< written group → identity of its first type
  std::uint32_t next_ = 0;
};

}  // namespace doppel::bytecode
