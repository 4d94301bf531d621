// SPDX-License-Identifier: Apache-2.0
// What the options say of how code is executed.
#pragma once

#include <optional>

#include "bytecode/runtime/loaded_module.h"
#include "core/result.h"
#include "tools/options/parse.h"

namespace doppel::tools {

/// How a compiler shall work.
bytecode::interp::CompilerSettings compiler_settings(const ParsedOptions& options);

/// Sets modules up for --tier jit, and for --tier random, whose `switches` they use from then on.
Result<void> choose_tier(const ParsedOptions& options, bytecode::LoadOptions& load,
                         std::optional<bytecode::interp::TierSwitches>& switches);

}  // namespace doppel::tools
