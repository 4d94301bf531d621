// SPDX-License-Identifier: Apache-2.0
// Word lists from the option table.
#include "tools/pages/words.h"

#include <algorithm>

namespace doppel::tools {

std::string_view group_of(const Command& command) {
  const std::size_t space = command.name.find(' ');
  return space == std::string_view::npos ? std::string_view() : command.name.substr(0, space);
}

std::string_view member_name(const Command& command) {
  return command.name.substr(command.name.find(' ') + 1);
}

std::vector<std::string_view> groups() {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) {
    const std::string_view group = group_of(command);
    if (!group.empty() && std::ranges::find(names, group) == names.end()) names.push_back(group);
  }
  return names;
}

std::vector<std::string_view> words_after(std::string_view group) {
  std::vector<std::string_view> words;
  for (const Command& command : commands()) {
    if (group_of(command) == group) words.push_back(member_name(command));
  }
  if (group.empty()) {
    const auto names = groups();
    words.insert(words.end(), names.begin(), names.end());
    for (const Option& option : common_options()) words.push_back(option.name);
  }
  return words;
}

std::vector<std::string_view> option_names(const Command& command) {
  std::vector<std::string_view> names;
  for (const Option& option : command.options) names.push_back(option.name);
  names.push_back("--help");
  return names;
}

std::vector<std::string_view> built_choices(const Option& option) {
  std::vector<std::string_view> names;
  for (const Choice& choice : option.choices) {
    if (choice.is_built) names.push_back(choice.name);
  }
  return names;
}

}  // namespace doppel::tools
