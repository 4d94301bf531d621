// SPDX-License-Identifier: Apache-2.0
// Completion for bash: the table as case arms, between functions that stay the same. Bash splits
// --tier=auto into three words, which the fixed part puts together again.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/pages/pages.h"
#include "tools/pages/words.h"

namespace doppel::tools {
namespace {

constexpr std::string_view kFixedPart = R"bash(
_doppel() {
  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} group= first=2
  if [[ " $(_doppel_groups) " == *" $command "* ]]; then
    group=$command command="$command ${COMP_WORDS[2]}" first=3
  fi
  if ((COMP_CWORD < first)); then
    ((COMP_CWORD == 2)) || group=
    mapfile -t COMPREPLY < <(compgen -W "$(_doppel_commands "$group")" -- "$word")
    return
  fi

  local typed=() i
  for ((i = first; i < COMP_CWORD; i++)); do
    if ((${#typed[@]})) && [[ ${COMP_WORDS[i]} == = || ${typed[-1]} == *= ]]; then
      typed[-1]+=${COMP_WORDS[i]}
    else
      typed+=("${COMP_WORDS[i]}")
    fi
  done

  local option= wants_value=
  for option in "${typed[@]}"; do
    if [[ $wants_value ]]; then
      wants_value=
    elif [[ $option == -*= ]] || { [[ $option == -* ]] && _doppel_values >/dev/null; }; then
      wants_value=yes
    elif [[ $option != -* ]] && _doppel_ends_options; then
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
    fi
  done
  [[ $word != = ]] || { option+== wants_value=yes word=; }

  if [[ $wants_value ]]; then
    mapfile -t COMPREPLY < <(_doppel_values)
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_doppel_options)" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _doppel doppel
)bash";

std::string value_words(const Option& option) {
  switch (option.kind) {
    case ValueKind::kChoice:
      return fmt::format("compgen -W '{}' -- \"$word\"", fmt::join(built_choices(option), " "));
    case ValueKind::kFolder: return "compgen -d -- \"$word\"";
    case ValueKind::kFile: return "compgen -f -- \"$word\"";
    default: return ":";
  }
}

}  // namespace

Page bash_completion() {
  std::string out = "# bash completion for doppel, made from its option table\n";
  out += fmt::format("_doppel_groups() {{ echo '{}'; }}\n", fmt::join(groups(), " "));
  out += fmt::format("_doppel_commands() {{\n  case $1 in\n    '') echo '{}' ;;\n",
                     fmt::join(words_after(""), " "));
  for (const std::string_view group : groups()) {
    out += fmt::format("    {}) echo '{}' ;;\n", group, fmt::join(words_after(group), " "));
  }
  out.append("  esac\n}\n_doppel_options() {\n  case $command in\n");
  for (const Command& command : commands()) {
    out += fmt::format("    '{}') echo '{}' ;;\n", command.name,
                       fmt::join(option_names(command), " "));
  }
  out.append("  esac\n}\n_doppel_values() {\n  case \"$command $option\" in\n");
  for (const Command& command : commands()) {
    for (const Option& option : command.options) {
      if (option.kind == ValueKind::kNone) continue;
      const std::string name = fmt::format("{} {}", command.name, option.name);
      const std::string pattern = option.value_is_optional
                                      ? fmt::format("'{}='", name)
                                      : fmt::format("'{}' | '{}='", name, name);
      out += fmt::format("    {}) {} ;;\n", pattern, value_words(option));
    }
  }
  out.append("    *) return 1 ;;\n  esac\n}\n_doppel_ends_options() {\n  case $command in\n");
  for (const Command& command : commands()) {
    if (command.operands.end_options) out += fmt::format("    '{}') ;;\n", command.name);
  }
  out.append("    *) return 1 ;;\n  esac\n}\n").append(kFixedPart);
  return {"bash-completion/completions/doppel", out};
}

}  // namespace doppel::tools
