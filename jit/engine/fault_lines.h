// SPDX-License-Identifier: Apache-2.0
// Sees to it that the machine instruction that makes an access to guest memory has the access's
// source line, into whichever other instruction code generation folds it.
#pragma once

#include <llvm/IR/Module.h>

namespace doppel::jit {

/// Volatile accesses keep the lines that they have. An instruction computed from values that were
/// loaded in its block has the line of the last of these loads, as it alone can become that
/// instruction's memory operand; every other one has none. To be called before code generation.
void keep_fault_lines(llvm::Module& module);

}  // namespace doppel::jit
