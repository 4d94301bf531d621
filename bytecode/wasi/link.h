// SPDX-License-Identifier: Apache-2.0
// WASI for instances: offers every function of preview 1 to modules that import it.
#pragma once

#include "bytecode/runtime/linker.h"
#include "bytecode/wasi/context.h"

namespace doppel::bytecode::wasi {

/// Defines the functions in `linker`. They work on the caller's memory 0. `context` must outlive
/// the store.
void link(Linker& linker, Context& context);

}  // namespace doppel::bytecode::wasi
