// SPDX-License-Identifier: Apache-2.0
// From words to settings.
#include "tools/run/tier.h"

#include <algorithm>

#include "bytecode/interp/open_compiler.h"
#include "tools/run/kept.h"

namespace doppel::tools {

using bytecode::interp::CompilerSettings;
using bytecode::interp::has_compiler;
using bytecode::interp::kOptimizationNames;
using bytecode::interp::Optimization;
using bytecode::interp::Profile;

CompilerSettings compiler_settings(const ParsedOptions& options) {
  CompilerSettings settings;
  for (const std::string_view name : options.all("--without")) {
    const auto found = std::ranges::find(kOptimizationNames, name);
    settings = settings.without(static_cast<Optimization>(found - kOptimizationNames.begin()));
  }
  settings.switches_tiers = options.text("--tier") == "random";
  settings.tells_debugger = options.has("--debugger");
  if (options.text("--profile") == "perfmap") settings.profile = Profile::kPerfMap;
  if (options.text("--profile") == "jitdump") settings.profile = Profile::kJitDump;
  return settings;
}

Result<void> choose_tier(const ParsedOptions& options, std::string_view usual,
                         bytecode::LoadOptions& load, Tiers& tiers) {
  const auto tier = options.text("--tier").value_or(usual);
  if (tier == "interp" || (tier == "auto" && !has_compiler())) return {};
  CompilerSettings settings = compiler_settings(options);
  tiers.cache = DOPPEL_TRY(open_cache(options, settings));
  settings.keeps = tiers.cache.has_value();
  tiers.compiler.emplace(settings);
  if (tiers.cache) keep_in(*tiers.cache, settings, load);
  if (tier == "auto") {
    load.tier_up = &tiers.tier_up.emplace([&tiers] { return tiers.compiler->open(); });
    return {};
  }
  if (!has_compiler() || !tiers.cache) DOPPEL_TRY(tiers.compiler->open());
  load.compiler = &*tiers.compiler;
  if (tier == "random")
    load.switches = &tiers.switches.emplace(options.count("--seed").value_or(0));
  return {};
}

}  // namespace doppel::tools
