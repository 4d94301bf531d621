// SPDX-License-Identifier: Apache-2.0
// The compiled tier, in a shared object of its own that is opened when it is wanted.
#pragma once

#include "bytecode/interp/compiler.h"
#include "core/result.h"

namespace doppel::tools {

/// Whether it is installed.
bool has_compiler();

/// A new compiler for this host, which is kept as long as the process runs. It lies beside the
/// command: in ../lib/, where builds and installations put it. Fails with kUnsupported.
Result<bytecode::interp::FunctionCompiler*> open_compiler(
    const bytecode::interp::CompilerSettings& settings = {});

}  // namespace doppel::tools
