// SPDX-License-Identifier: Apache-2.0
// Finds the subcommand, answers --help and --version, and calls the subcommand with checked
// options.
#include "tools/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <new>
#include <string>

#include "tools/exit_status.h"
#include "tools/options/help.h"
#include "tools/options/parse.h"
#include "tools/version.h"

namespace doppel::tools {
namespace {

int print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kExitSuccess;
}

bool asks_for_help(std::string_view word) { return word == "--help" || word == "-h"; }

/// Help is asked for among a subcommand's own options, not among those of its guest.
bool asks_for_help(const Command& command, std::span<const std::string_view> words) {
  const auto help = std::ranges::find_if(words, [](auto word) { return asks_for_help(word); });
  if (help == words.end()) return false;
  const auto before = words.first(static_cast<std::size_t>(help - words.begin()));
  const auto parsed = parse_options(command, before);
  return !parsed || parsed->operands().empty() || !command.operands.end_options;
}

int usage_error(const Error& error, std::string_view command) {
  return complain(kExitUsage, fmt::format("{}\nsee doppel {}--help", error.message, command));
}

}  // namespace

int run_command_line(std::span<const std::string_view> words) {
  if (words.empty()) return complain(kExitUsage, "found no command\nsee doppel --help");
  if (asks_for_help(words[0])) return print(general_help());
  if (words[0] == "--version") return print(fmt::format("doppel {}\n", kVersion));

  const auto found = find_command(words);
  if (!found && asks_for_help(words.back())) return print(general_help());
  if (!found) return usage_error(found.error(), "");
  const Command& command = *found->command;
  const auto rest = words.subspan(found->words);
  if (asks_for_help(command, rest)) return print(command_help(command));
  const auto options = parse_options(command, rest);
  if (!options) return usage_error(options.error(), fmt::format("{} ", command.name));
  try {
    return command.run(*options);
  } catch (const std::bad_alloc&) {
    return complain(kExitError, "out of memory");
  }
}

}  // namespace doppel::tools
