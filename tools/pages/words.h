// SPDX-License-Identifier: Apache-2.0
// Word lists that the shells' completions have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/options/table.h"

namespace doppel::tools {

/// The first word of "wasm validate", or nothing for a command of one word.
[[nodiscard]] std::string_view group_of(const Command& command);
/// The last word of a command's name.
[[nodiscard]] std::string_view member_name(const Command& command);
/// The groups, each once: "wasm".
[[nodiscard]] std::vector<std::string_view> groups();
/// What may follow `doppel GROUP`, or `doppel` for no group.
[[nodiscard]] std::vector<std::string_view> words_after(std::string_view group);
/// The command's options and --help, the first without its value.
[[nodiscard]] std::vector<std::string_view> option_names(const Command& command);
/// The values of an option that this build has.
[[nodiscard]] std::vector<std::string_view> built_choices(const Option& option);

}  // namespace doppel::tools
