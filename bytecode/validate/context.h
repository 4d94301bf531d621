// SPDX-License-Identifier: Apache-2.0
// What the validation of a module's parts shares: the module, the enabled features, the subtype
// relation, and which functions may be referenced (specification 3.1.7).
#pragma once

#include <string>
#include <vector>

#include "bytecode/binary/module.h"
#include "bytecode/binary/module_error.h"
#include "bytecode/isa/features.h"
#include "bytecode/validate/matching.h"

namespace doppel::bytecode {

/// See the file comment.
struct ValidationContext {
  const Module& module;
  Features features;
  TypeMatcher matcher;                     ///< set once the type section is found valid
  std::vector<bool> referenced_functions;  ///< by function index: may occur in ref.func

  ValidationContext(const Module& module, Features features)
      : module(module), features(features), referenced_functions(module.functions.size()) {}

  /// Whether all type indices inside `type` exist.
  [[nodiscard]] bool exists(HeapType type) const {
    return !type.is_defined() || type.index().value() < module.types.size();
  }
  [[nodiscard]] bool exists(ValType type) const {
    return !type.is_ref() || exists(type.ref().heap);
  }
  /// Whether `type` exists and is of the given kind.
  [[nodiscard]] bool is(TypeIndex type, CompositeKind kind) const {
    return type.value() < module.types.size() && module.types[type.value()].composite.kind == kind;
  }
};

/// The failing side of a rule broken at `offset`.
inline tl::unexpected<Error> invalid(ByteOffset offset, std::string_view place,
                                     std::string_view found, std::string_view expected) {
  return tl::unexpected(
      module_error(ErrorKind::kInvalid, offset, place, found_but_expected(found, expected)));
}

}  // namespace doppel::bytecode
