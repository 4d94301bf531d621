// SPDX-License-Identifier: Apache-2.0
// The compiled tier, in a shared object of its own that is opened when it is wanted.
#pragma once

#include "bytecode/interp/compiler.h"
#include "core/result.h"

namespace doppel::bytecode::interp {

/// Whether it is installed.
bool has_compiler();

/// A new compiler for this host, which is kept as long as the process runs. It lies beside the
/// shared library that this code is in, or in ../lib/ of the program, where builds and
/// installations put it; else where the loader looks for libraries. Fails with kUnsupported.
Result<FunctionCompiler*> open_compiler(const CompilerSettings& settings = {});

}  // namespace doppel::bytecode::interp
