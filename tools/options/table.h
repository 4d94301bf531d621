// SPDX-License-Identifier: Apache-2.0
// The shape of the command's one option table. Parsing, --help, the man pages and the shell
// completions all read it, so that none of them can say what another does not.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace doppel::tools {

class ParsedOptions;

/// What an option's value or an operand is: it decides how the word is checked and completed.
enum class ValueKind : std::uint8_t {
  kNone,     ///< a flag; takes no value
  kText,     ///< any text
  kChoice,   ///< one of Option::choices
  kCount,    ///< a whole number
  kSeconds,  ///< a positive decimal number of seconds
  kSize,     ///< bytes, with an optional suffix K, M or G (powers of 1024)
  kFile,     ///< a file name
  kFolder,   ///< begins with a folder name
};

/// One value that an option allows. A value that this build lacks stays in the table, so that the
/// command can say so rather than call it unknown.
struct Choice {
  std::string_view name;
  bool is_built = true;
};

/// One option of a subcommand.
struct Option {
  std::string_view name;   ///< with its dashes: "--tier"
  std::string_view value;  ///< what --help calls its value; empty for a flag
  ValueKind kind = ValueKind::kNone;
  std::string_view help;  ///< lower case, without a full stop
  std::span<const Choice> choices = {};
  bool is_repeatable = false;
  bool value_is_optional = false;  ///< given as --name or --name=VALUE only
};

/// A worked example, as it is typed, and what it does.
struct Example {
  std::string_view line;
  std::string_view meaning;
};

/// The words after the options.
struct Operands {
  std::string_view usage;  ///< "MODULE [ARGUMENT...]"; empty where none are taken
  ValueKind kind = ValueKind::kNone;
  std::uint32_t least = 0;
  std::uint32_t most = 0;
  bool end_options = false;  ///< everything after the first one belongs to the guest
};

/// One subcommand.
struct Command {
  std::string_view name;     ///< "run", or "wasm validate" for a member of a group
  std::string_view summary;  ///< one line, lower case, without a full stop
  std::string_view description;
  std::span<const Example> examples;
  std::span<const Option> options;
  Operands operands;
  int (*run)(const ParsedOptions&);  ///< returns the exit status
};

/// What an exit status of the command means.
struct ExitMeaning {
  int status;
  std::string_view meaning;
};

/// All subcommands, in the order in which --help lists them.
[[nodiscard]] std::span<const Command> commands();
/// The options that every subcommand has besides its own.
[[nodiscard]] std::span<const Option> common_options();
/// The exit statuses that are the command's own.
[[nodiscard]] std::span<const ExitMeaning> exit_meanings();

}  // namespace doppel::tools
