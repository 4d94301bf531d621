// SPDX-License-Identifier: Apache-2.0
// What a module being assembled has defined: its index spaces and its types.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "bytecode/isa/types.h"
#include "bytecode/text/index_space.h"

namespace doppel::bytecode::text {

/// The types of a module in order. Function types that type uses imply are added at the end.
class TypeTable {
 public:
  [[nodiscard]] const std::vector<DefinedType>& types() const { return types_; }
  [[nodiscard]] bool has(TypeIndex type) const { return type.value() < types_.size(); }
  [[nodiscard]] const CompositeType& composite(TypeIndex type) const {
    return types_[type.value()].composite;
  }

  void add(DefinedType type);
  /// The first type that is `type` alone (final, without supertype, a group of its own), which is
  /// added if there is none.
  TypeIndex find_or_add(const FuncType& type);

 private:
  std::vector<DefinedType> types_;
  std::unordered_map<std::string, TypeIndex> plain_functions_;  ///< by their encoding
};

/// See the file comment.
struct Scope {
  IndexSpace types{"type"};
  IndexSpace functions{"function"};
  IndexSpace tables{"table"};
  IndexSpace memories{"memory"};
  IndexSpace globals{"global"};
  IndexSpace tags{"tag"};
  IndexSpace elements{"element segment"};
  IndexSpace data{"data segment"};
  std::vector<IndexSpace> fields;  ///< of each explicit type
  TypeTable type_table;
};

}  // namespace doppel::bytecode::text
