// SPDX-License-Identifier: Apache-2.0
// `--trace`: calls and returns of functions as they happen, by probes.
#pragma once

#include <string_view>

#include "bytecode/runtime/loaded_module.h"

namespace doppel::tools {

/// From now on the module's defined functions of that name, or all with "*", print a line on stderr
/// when they are called ("doppel: call fib(5)") and when they return ("doppel: return fib = 8").
/// kUsage if there is none of that name.
Result<void> trace_calls(bytecode::LoadedModule& module, std::string_view name);

}  // namespace doppel::tools
