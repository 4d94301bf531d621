// SPDX-License-Identifier: Apache-2.0
// References that come from the host: whether a guest may have them where it asks for a type that
// is narrower than the host can name.
#pragma once

#include <cstdint>

#include "bytecode/runtime/store.h"

namespace doppel::bytecode {

/// The top of the hierarchy of a reference type of the store: func, extern, any or exn, nullable.
/// Other types as they are.
ValType top_of(const RuntimeTypes& types, ValType type);

/// Whether a reference of `wanted`'s hierarchy is of that type.
bool is_reference_of(Store& store, std::uint64_t reference, RefType wanted);

}  // namespace doppel::bytecode
