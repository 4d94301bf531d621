// SPDX-License-Identifier: Apache-2.0
// A type as running code and the collector know it: canonical in its store, with a display of its
// supertypes, so that a check of subtyping takes constant time (Cohen 1991).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bytecode/gc/layout.h"
#include "core/ops/eval.h"

namespace doppel::bytecode::gc {

enum class TypeKind : std::uint8_t { kFunc, kStruct, kArray, kException };

/// See the file comment. Immutable, and lives as long as its store.
struct RuntimeType {
  std::uint32_t id = 0;  ///< equal types of a store have equal numbers
  TypeKind kind = TypeKind::kFunc;
  FuncType func;                       ///< of a function, in the store's numbers
  Layout layout;                       ///< of a struct, array or exception
  std::vector<std::uint32_t> display;  ///< from the topmost supertype down to the type itself

  [[nodiscard]] DOPPEL_INLINE bool is_subtype_of(const RuntimeType& super) const {
    const std::size_t depth = super.display.size() - 1;
    return depth < display.size() && display[depth] == super.id;
  }
};

/// The types of a store, by number; they only become more. Some numbers may be empty.
using TypeTable = std::vector<std::unique_ptr<const RuntimeType>>;

/// Whether values of a type, which is in the numbers of `types`, are references that the collector
/// follows.
bool is_collected(ValType type, const TypeTable& types);

}  // namespace doppel::bytecode::gc
