// SPDX-License-Identifier: Apache-2.0
// The rules for everything outside code (specification 3.2, 3.5).
#pragma once

#include "bytecode/validate/context.h"

namespace doppel::bytecode {

/// The type section; sets the context's matcher.
Result<void> check_types(ValidationContext& context);
/// The types that imports and definitions of functions, tables, memories, globals and tags have.
Result<void> check_declarations(const ValidationContext& context);
/// Exports, which also make functions referenced, and the start function.
Result<void> check_exports(ValidationContext& context);
Result<void> check_start(const ValidationContext& context);

}  // namespace doppel::bytecode
