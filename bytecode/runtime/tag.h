// SPDX-License-Identifier: Apache-2.0
// A tag instance (specification 4.2.10). Its address is its identity: an import is the same tag, a
// second instance of the module has another.
#pragma once

#include <cstdint>

#include "bytecode/gc/runtime_type.h"

namespace doppel::bytecode {

/// The store owns it.
struct TagInstance {
  std::uint32_t type_id = 0;  ///< canonical: equal ids are equal types
  const FuncType* type = nullptr;
  const gc::RuntimeType* package = nullptr;  ///< the type of its exceptions
};

}  // namespace doppel::bytecode
