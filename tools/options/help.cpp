// SPDX-License-Identifier: Apache-2.0
// Lays the option table out for a terminal of 80 columns.
#include "tools/options/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace doppel::tools {
namespace {

constexpr std::size_t kWidth = 80;

/// Appends `text` in lines that start at column `indent`, the first where the output stands.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (column != indent && column + 1 + word.size() > kWidth) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else if (column != indent) {
      out.push_back(' ');
      ++column;
    }
    out.append(word);
    column += word.size();
  }
  out.push_back('\n');
}

/// One row of a list: the term, and its meaning in a column of its own or on the next line.
void append_row(std::string& out, std::string_view term, std::string_view meaning) {
  constexpr std::size_t kColumn = 26;
  out.append("  ").append(term);
  if (term.size() + 4 > kColumn) {
    out.append("\n").append(kColumn, ' ');
  } else {
    out.append(kColumn - term.size() - 2, ' ');
  }
  append_wrapped(out, meaning, kColumn);
}

void append_examples(std::string& out, std::span<const Example> examples) {
  for (const Example& example : examples) {
    out += fmt::format("  {}\n      ", example.line);
    append_wrapped(out, example.meaning, 6);
  }
}

void append_options(std::string& out, std::span<const Option> options) {
  for (const Option& option : options) append_row(out, option_usage(option), option_help(option));
}

void append_exit_statuses(std::string& out) {
  out.append("\nExit status: the guest's own, or\n");
  for (const auto& [status, meaning] : exit_meanings()) {
    append_row(out, fmt::format("{}", status), meaning);
  }
}

}  // namespace

std::string option_usage(const Option& option) {
  if (option.kind == ValueKind::kNone) return std::string(option.name);
  return fmt::format(fmt::runtime(option.value_is_optional ? "{}[={}]" : "{} {}"), option.name,
                     option.value);
}

std::string option_help(const Option& option) {
  std::string help(option.help);
  if (option.is_repeatable) help.append(" (repeatable)");
  if (option.choices.empty()) return help;
  std::vector<std::string_view> built, missing;
  for (const Choice& choice : option.choices) {
    (choice.is_built ? built : missing).push_back(choice.name);
  }
  help += fmt::format(": {}", fmt::join(built, ", "));
  if (!missing.empty()) {
    help += fmt::format(" (not built: {})", fmt::join(missing, ", "));
  }
  return help;
}

std::string command_usage(const Command& command) {
  return fmt::format("doppel {}{}{}{}", command.name, command.options.empty() ? "" : " [OPTION...]",
                     command.operands.usage.empty() ? "" : " ", command.operands.usage);
}

std::string general_help() {
  std::string out = "Examples:\n";
  for (const Command& command : commands()) append_examples(out, command.examples.first(1));
  out.append("\nUsage: doppel COMMAND [OPTION...] [OPERAND...]\n\nCommands:\n");
  for (const Command& command : commands()) append_row(out, command.name, command.summary);
  out.append("\nOptions:\n");
  append_options(out, common_options());
  append_exit_statuses(out);
  out.append("\ndoppel COMMAND --help tells more of each.\n");
  return out;
}

std::string command_help(const Command& command) {
  std::string out = "Examples:\n";
  append_examples(out, command.examples);
  out += fmt::format("\nUsage: {}\n\n", command_usage(command));
  append_wrapped(out, command.description, 0);
  if (!command.options.empty()) {
    out.append("\nOptions:\n");
    append_options(out, command.options);
  }
  append_exit_statuses(out);
  return out;
}

}  // namespace doppel::tools
