// SPDX-License-Identifier: Apache-2.0
// Parses and checks options by the table; what it lets through, the subcommands need not check
// again.
#include "tools/options/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace doppel::tools {
namespace {

template <class Number>
std::optional<Number> whole(std::string_view word) {
  Number number{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

std::optional<double> parse_seconds(std::string_view word) {
  const auto seconds = whole<double>(word);
  if (!seconds || !std::isfinite(*seconds) || *seconds <= 0) return std::nullopt;
  return seconds;
}

std::optional<std::uint64_t> parse_size(std::string_view word) {
  static constexpr std::string_view kSuffixes = "KMG";
  unsigned shift = 0;
  if (!word.empty()) {
    if (const auto power = kSuffixes.find(word.back()); power != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(power) + 1);
      word.remove_suffix(1);
    }
  }
  const auto number = whole<std::uint64_t>(word);
  if (!number || (*number << shift) >> shift != *number) return std::nullopt;
  return *number << shift;
}

tl::unexpected<Error> wrong_value(const Option& option, std::string_view found,
                                  std::string_view expected) {
  return fail(ErrorKind::kUsage,
              fmt::format("{}: found '{}', expected {}", option.name, found, expected));
}

Result<void> check_choice(const Option& option, std::string_view value) {
  std::vector<std::string_view> available;
  bool is_known = false;
  for (const Choice& choice : option.choices) {
    if (choice.is_built) available.push_back(choice.name);
    if (choice.name != value) continue;
    if (choice.is_built) return {};
    is_known = true;
  }
  if (available.empty()) available.emplace_back("none");
  if (is_known) {
    return fail(ErrorKind::kUsage, fmt::format("{} {} is not built; available: {}", option.name,
                                               value, fmt::join(available, ", ")));
  }
  return wrong_value(option, value, fmt::format("one of {}", fmt::join(available, ", ")));
}

Result<void> check_value(const Option& option, std::string_view value) {
  switch (option.kind) {
    case ValueKind::kChoice: return check_choice(option, value);
    case ValueKind::kCount:
      if (!whole<std::uint64_t>(value)) return wrong_value(option, value, "a whole number");
      return {};
    case ValueKind::kSeconds:
      if (!parse_seconds(value)) return wrong_value(option, value, "a positive number of seconds");
      return {};
    case ValueKind::kSize:
      if (!parse_size(value)) return wrong_value(option, value, "a size such as 65536, 64K or 2G");
      return {};
    case ValueKind::kNone:
    case ValueKind::kText:
    case ValueKind::kFile:
    case ValueKind::kFolder: return {};
  }
  return {};
}

const Option* find_option(const Command& command, std::string_view name) {
  const auto option = std::ranges::find(command.options, name, &Option::name);
  return option == command.options.end() ? nullptr : &*option;
}

Result<void> check_operands(const Command& command, std::size_t count) {
  if (count >= command.operands.least && count <= command.operands.most) return {};
  const std::string_view expected =
      command.operands.usage.empty() ? std::string_view("none") : command.operands.usage;
  return fail(ErrorKind::kUsage, fmt::format("found {} operand{}, expected {}", count,
                                             count == 1 ? "" : "s", expected));
}

}  // namespace

std::optional<std::string_view> ParsedOptions::text(std::string_view name) const {
  const auto last = std::ranges::find(given_.rbegin(), given_.rend(), name, &Given::name);
  if (last == given_.rend()) return std::nullopt;
  return last->value;
}

std::vector<std::string_view> ParsedOptions::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Given& given : given_) {
    if (given.name == name) values.push_back(given.value);
  }
  return values;
}

std::optional<std::uint64_t> ParsedOptions::count(std::string_view name) const {
  const auto value = text(name);
  return value ? whole<std::uint64_t>(*value) : std::nullopt;
}

std::optional<double> ParsedOptions::seconds(std::string_view name) const {
  const auto value = text(name);
  return value ? parse_seconds(*value) : std::nullopt;
}

std::optional<std::uint64_t> ParsedOptions::size(std::string_view name) const {
  const auto value = text(name);
  return value ? parse_size(*value) : std::nullopt;
}

Result<ParsedOptions> parse_options(const Command& command,
                                    std::span<const std::string_view> words) {
  std::vector<ParsedOptions::Given> given;
  std::vector<std::string_view> operands;
  while (!words.empty()) {
    const std::string_view word = words.front();
    words = words.subspan(1);
    if (word == "--") break;
    if (!word.starts_with('-') || word == "-") {
      operands.push_back(word);
      if (command.operands.end_options) break;
      continue;
    }

    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const Option* option = find_option(command, name);
    if (!option) return fail(ErrorKind::kUsage, fmt::format("unknown option '{}'", name));
    if (!option->is_repeatable &&
        std::ranges::find(given, name, &ParsedOptions::Given::name) != given.end()) {
      return fail(ErrorKind::kUsage, fmt::format("{} is given twice", name));
    }

    std::string_view value;
    if (equals != std::string_view::npos) {
      if (option->kind == ValueKind::kNone) {
        return fail(ErrorKind::kUsage, fmt::format("{} takes no value", name));
      }
      value = word.substr(equals + 1);
      DOPPEL_TRY(check_value(*option, value));
    } else if (option->kind != ValueKind::kNone && !option->value_is_optional) {
      if (words.empty()) {
        return fail(ErrorKind::kUsage, fmt::format("{} needs a value, {}", name, option->value));
      }
      value = words.front();
      words = words.subspan(1);
      DOPPEL_TRY(check_value(*option, value));
    }
    given.push_back({option->name, value});
  }
  operands.insert(operands.end(), words.begin(), words.end());
  DOPPEL_TRY(check_operands(command, operands.size()));
  return ParsedOptions(std::move(given), std::move(operands));
}

Result<FoundCommand> find_command(std::span<const std::string_view> words) {
  std::vector<std::string_view> available;
  bool is_group = false;
  for (const Command& command : commands()) {
    const std::size_t space = command.name.find(' ');
    if (words[0] != command.name.substr(0, space)) {
      if (!is_group) available.push_back(command.name);
      continue;
    }
    if (space == std::string_view::npos) return FoundCommand{&command, 1};
    if (words.size() > 1 && words[1] == command.name.substr(space + 1)) {
      return FoundCommand{&command, 2};
    }
    if (!is_group) available.clear();
    is_group = true;
    available.push_back(command.name);
  }
  std::string found(words[0]);
  if (is_group && words.size() > 1) found.append(" ").append(words[1]);
  return fail(ErrorKind::kUsage, fmt::format("found the command '{}', expected one of: {}", found,
                                             fmt::join(available, ", ")));
}

}  // namespace doppel::tools
