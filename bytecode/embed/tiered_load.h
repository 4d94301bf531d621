// SPDX-License-Identifier: Apache-2.0
// Loading for host programs: modules that keep what compiles them.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "bytecode/embed/tier.h"
#include "bytecode/runtime/loaded_module.h"
#include "core/result.h"

namespace doppel::bytecode {

/// LoadedModule::load, for a tier. All modules of the process share one compiler, which is opened
/// when something is first compiled, and the threads behind Tier::kAuto, which end with the last
/// module.
Result<std::shared_ptr<LoadedModule>> load(std::vector<std::byte> bytes, LoadOptions options = {},
                                           Tier tier = Tier::kAuto);

}  // namespace doppel::bytecode
