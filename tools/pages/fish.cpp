// SPDX-License-Identifier: Apache-2.0
// Completion for fish: one `complete` line for each command and each option.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/pages/pages.h"
#include "tools/pages/words.h"

namespace doppel::tools {
namespace {

/// Text inside fish's single quotes.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

/// The condition under which the command's own words are completed.
std::string in_command(const Command& command) {
  const std::string_view group = group_of(command);
  const std::string member = fmt::format("__fish_seen_subcommand_from {}", member_name(command));
  return group.empty() ? member
                       : fmt::format("__fish_seen_subcommand_from {}; and {}", group, member);
}

/// "-l fuel" or "-s o".
std::string name_argument(const Option& option) {
  return option.name.starts_with("--") ? fmt::format("-l {}", option.name.substr(2))
                                       : fmt::format("-s {}", option.name.substr(1));
}

std::string value_arguments(const Option& option) {
  if (option.kind == ValueKind::kNone) return "";
  if (option.kind == ValueKind::kFile) return " -r -F";
  if (option.kind == ValueKind::kFolder) return " -x -a '(__fish_complete_directories)'";
  if (option.kind != ValueKind::kChoice) return " -x";
  return fmt::format("{} -a '{}'", option.value_is_optional ? " -f" : " -x",
                     fmt::join(built_choices(option), " "));
}

void append_command(std::string& out, const Command& command) {
  const std::string_view group = group_of(command);
  const std::string here = group.empty() ? std::string("__fish_use_subcommand")
                                         : fmt::format(
                                               "__fish_seen_subcommand_from {}; and not "
                                               "__fish_seen_subcommand_from {}",
                                               group, fmt::join(words_after(group), " "));
  out += fmt::format("complete -c doppel -n '{}' -a {} -d '{}'\n", here, member_name(command),
                     quoted(command.summary));
  for (const Option& option : command.options) {
    out += fmt::format("complete -c doppel -n '{}' {}{} -d '{}'\n", in_command(command),
                       name_argument(option), value_arguments(option), quoted(option.help));
  }
  if (!command.operands.usage.empty()) {
    out += fmt::format("complete -c doppel -n '{}' -F\n", in_command(command));
  }
}

}  // namespace

Page fish_completion() {
  std::string out =
      "# fish completion for doppel, made from its option table\ncomplete -c doppel -f\n";
  for (const std::string_view group : groups()) {
    out += fmt::format("complete -c doppel -n __fish_use_subcommand -a {}\n", group);
  }
  for (const Command& command : commands()) append_command(out, command);
  out += fmt::format(
      "complete -c doppel -l help -d 'print help'\n"
      "complete -c doppel -n __fish_use_subcommand -l version -d 'print the version'\n");
  return {"fish/vendor_completions.d/doppel.fish", out};
}

}  // namespace doppel::tools
