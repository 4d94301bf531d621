// SPDX-License-Identifier: Apache-2.0
// What the options say of how code is executed.
#pragma once

#include <optional>
#include <string>

#include "bytecode/interp/open_compiler.h"
#include "bytecode/runtime/loaded_module.h"
#include "core/code/code_cache.h"
#include "core/result.h"
#include "tools/options/parse.h"

namespace doppel::tools {

/// How a compiler shall work.
bytecode::interp::CompilerSettings compiler_settings(const ParsedOptions& options);

/// What the tiers need; it outlives the modules that use it.
struct Tiers {
  std::optional<CodeCache> cache;
  std::optional<bytecode::interp::CompilerOnDemand> compiler;
  std::optional<bytecode::interp::TierUp> tier_up;
  std::optional<bytecode::interp::TierSwitches> switches;
};

/// Sets modules up for the tier that --tier names, or the `usual` one, and for the cache of
/// --cache. With --tier random they use the `switches` from then on.
Result<void> choose_tier(const ParsedOptions& options, std::string_view usual,
                         bytecode::LoadOptions& load, Tiers& tiers);

}  // namespace doppel::tools
