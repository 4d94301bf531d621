// SPDX-License-Identifier: Apache-2.0
// The host module that scripts of the test suite import from.
#pragma once

#include "bytecode/runtime/linker.h"

namespace doppel::bytecode::text {

/// Offers "spectest": functions that print nothing, globals, tables and a memory of fixed types.
Result<void> define_spectest(Store& store, Linker& linker);

}  // namespace doppel::bytecode::text
