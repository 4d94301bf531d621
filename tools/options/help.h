// SPDX-License-Identifier: Apache-2.0
// The text of --help, for the command as a whole and for each subcommand.
#pragma once

#include <string>

#include "tools/options/table.h"

namespace doppel::tools {

/// `doppel --help`: examples first, then the subcommands, the common options and exit statuses.
[[nodiscard]] std::string general_help();
/// `doppel COMMAND --help`.
[[nodiscard]] std::string command_help(const Command& command);

/// The option as it is typed: "--fuel N", "--stats[=text|json]".
[[nodiscard]] std::string option_usage(const Option& option);
/// The option's help with the values it takes: "how ...: auto, interp (not built: jit)".
[[nodiscard]] std::string option_help(const Option& option);
/// "doppel run [OPTION...] MODULE [ARGUMENT...]"
[[nodiscard]] std::string command_usage(const Command& command);

}  // namespace doppel::tools
