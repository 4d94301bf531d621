// SPDX-License-Identifier: Apache-2.0
// Completion for zsh: one _arguments call for each subcommand.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tools/pages/pages.h"
#include "tools/pages/words.h"

namespace doppel::tools {
namespace {

/// Text inside a single-quoted _arguments or _describe specification.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out.append("'\\''");
      continue;
    }
    if (c == ':' || c == '[' || c == ']' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string function_name(const Command& command) {
  std::string name = "_doppel_" + std::string(command.name);
  std::ranges::replace(name, ' ', '_');
  return name;
}

std::string action(const Option& option) {
  switch (option.kind) {
    case ValueKind::kChoice: return fmt::format("({})", fmt::join(built_choices(option), " "));
    case ValueKind::kFolder: return "_files -/";
    case ValueKind::kFile: return "_files";
    default: return "";
  }
}

std::string specification(const Option& option) {
  std::string out = fmt::format("{}{}", option.is_repeatable ? "*" : "", option.name);
  if (option.kind != ValueKind::kNone && option.name.starts_with("--")) {
    out.append(option.value_is_optional ? "=-" : "=");
  }
  out += fmt::format("[{}]", quoted(option.help));
  if (option.kind == ValueKind::kNone) return out;
  out += fmt::format("{}:{}:{}", option.value_is_optional ? ":" : "", quoted(option.value),
                     action(option));
  return out;
}

void append_command(std::string& out, const Command& command) {
  out += fmt::format("{}() {{\n  _arguments -s -S{} \\\n", function_name(command),
                     command.operands.end_options ? " -A '-*'" : "");
  for (const Option& option : command.options) {
    out += fmt::format("    '{}' \\\n", specification(option));
  }
  out += fmt::format("    '--help[print help]'{}\n}}\n",
                     command.operands.usage.empty() ? "" : " \\\n    '*:file:_files'");
}

}  // namespace

Page zsh_completion() {
  std::string out = "#compdef doppel\n# zsh completion for doppel, made from its option table\n";
  for (const Command& command : commands()) append_command(out, command);
  for (const std::string_view group : groups()) {
    out += fmt::format("_doppel_{}() {{\n  _arguments '1:command:({})' '*::word:->member'\n", group,
                       fmt::join(words_after(group), " "));
    out += fmt::format(
        "  [[ $state == member ]] && (( $+functions[_doppel_{0}_$words[1]] )) && "
        "_doppel_{0}_$words[1]\n}}\n",
        group);
  }
  out += fmt::format(
      "_doppel() {{\n  local curcontext=$curcontext state line\n"
      "  _arguments '1:command:({})' '*::word:->command'\n",
      fmt::join(words_after(""), " "));
  out.append(
      "  [[ $state == command ]] && (( $+functions[_doppel_$words[1]] )) && _doppel_$words[1]\n}\n"
      "if [[ $funcstack[1] == _doppel ]]; then _doppel \"$@\"; else compdef _doppel doppel; fi\n");
  return {"zsh/site-functions/_doppel", out};
}

}  // namespace doppel::tools
