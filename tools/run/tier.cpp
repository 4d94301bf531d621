// SPDX-License-Identifier: Apache-2.0
// From words to settings.
#include "tools/run/tier.h"

#include <algorithm>

#include "bytecode/interp/open_compiler.h"

namespace doppel::tools {

using bytecode::interp::CompilerSettings;
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

Result<void> choose_tier(const ParsedOptions& options, bytecode::LoadOptions& load,
                         std::optional<bytecode::interp::TierSwitches>& switches) {
  const auto tier = options.text("--tier");
  if (tier != "jit" && tier != "random") return {};
  load.compiler = DOPPEL_TRY(bytecode::interp::open_compiler(compiler_settings(options)));
  if (tier == "random") load.switches = &switches.emplace(options.count("--seed").value_or(0));
  return {};
}

}  // namespace doppel::tools
