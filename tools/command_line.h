// SPDX-License-Identifier: Apache-2.0
// The whole command as a function: words in, exit status out.
#pragma once

#include <span>
#include <string_view>

namespace doppel::tools {

/// Runs `doppel WORDS...` and returns its exit status. Wrong usage is said on stderr.
int run_command_line(std::span<const std::string_view> words);

}  // namespace doppel::tools
