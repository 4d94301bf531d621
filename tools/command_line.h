// SPDX-License-Identifier: Apache-2.0
// The whole command as a function: words in, exit status out.
#pragma once

#include <span>
#include <string_view>

namespace doppel::tools {

/// Whether the process ends with the command, so that it need not wait for what other threads still
/// do for the program that it ran. Set before the command runs.
inline bool process_ends_with_command = false;

/// Runs `doppel WORDS...` and returns its exit status. Wrong usage is said on stderr.
int run_command_line(std::span<const std::string_view> words);

}  // namespace doppel::tools
