// SPDX-License-Identifier: Apache-2.0
// Machine code from before: that of the cache, and that of files of `doppel compile --native`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bytecode/interp/compiler_settings.h"
#include "bytecode/runtime/loaded_module.h"
#include "core/code/code_cache.h"
#include "core/result.h"
#include "tools/options/parse.h"

namespace doppel::tools {

/// The cache that --cache names, or the user's; none if that cannot be had, and none where code is
/// compiled for tests, profilers or debuggers.
Result<std::optional<CodeCache>> open_cache(const ParsedOptions& options,
                                            const bytecode::interp::CompilerSettings& settings);

/// Has modules use the cache, which outlives them.
void keep_in(const CodeCache& cache, const bytecode::interp::CompilerSettings& settings,
             bytecode::LoadOptions& load);

/// What a file of precompiled code says of where its code runs: this build, on this processor.
std::string native_origin();

/// The module in a file of precompiled code, which is used from then on; nothing if the file is of
/// another kind. Fails with kUnsupported where such files are not allowed, and where the code is
/// not for this build and this processor.
Result<std::optional<std::vector<std::byte>>> open_native(const std::string& path, bool is_allowed,
                                                          bytecode::LoadOptions& load);

}  // namespace doppel::tools
