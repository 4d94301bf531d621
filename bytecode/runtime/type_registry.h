// SPDX-License-Identifier: Apache-2.0
// Canonical numbers for function types: equal types of different modules get equal numbers, so that
// an indirect call compares one word.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "bytecode/isa/types.h"

namespace doppel::bytecode {

class TypeRegistry {
 public:
  /// The number of `type`, a new one if it is new. Types that name a module's defined types are not
  /// told apart across modules; such types do not occur without typed references.
  std::uint32_t id(const FuncType& type);
  /// The type with that number; lives as long as the registry.
  [[nodiscard]] const FuncType& type(std::uint32_t id) const { return types_[id]; }

 private:
  struct Less {
    bool operator()(const FuncType* a, const FuncType* b) const;
  };
  std::deque<FuncType> types_;
  std::map<const FuncType*, std::uint32_t, Less> ids_;
};

}  // namespace doppel::bytecode
