// SPDX-License-Identifier: Apache-2.0
// Positions and caret lines.
#include "bytecode/text/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace doppel::bytecode::text {
namespace {

/// Longer lines are shown in part.
constexpr std::size_t kShownBefore = 80;
constexpr std::size_t kShownAfter = 40;

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

/// The text of the line around `offset`, and the offset of its first byte.
std::pair<std::string_view, std::size_t> line_around(std::string_view text, std::size_t offset) {
  const std::size_t before = text.substr(0, offset).find_last_of("\r\n");
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t end = std::min(text.find_first_of("\r\n", offset), text.size());
  return {text.substr(begin, end - begin), begin};
}

}  // namespace

Position position_of(const Source& source, std::size_t offset) {
  const std::string_view before = source.text.substr(0, offset);
  Position position;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool crlf = before[i] == '\r' && i + 1 < source.text.size() && source.text[i + 1] == '\n';
    if (before[i] == '\n' || (before[i] == '\r' && !crlf)) ++position.line;
  }
  const std::size_t begin = line_around(source.text, before.size()).second;
  position.column = static_cast<std::uint32_t>(characters(before.substr(begin)) + 1);
  return position;
}

tl::unexpected<Error> fail_at(const Source& source, std::size_t offset, ErrorKind kind,
                              std::string_view message) {
  offset = std::min(offset, source.text.size());
  const Position position = position_of(source, offset);
  auto [line, begin] = line_around(source.text, offset);
  std::size_t column = offset - begin;
  if (column > kShownBefore) {
    std::size_t cut = column - kShownBefore;
    while (cut < column && !starts_character(line[cut])) ++cut;
    line.remove_prefix(cut);
    column -= cut;
  }
  std::size_t end = std::min(line.size(), column + kShownAfter);
  while (end < line.size() && !starts_character(line[end])) ++end;
  line = line.substr(0, end);

  std::string lead;
  for (char c : line.substr(0, column)) {
    if (starts_character(c)) lead += c == '\t' ? '\t' : ' ';
  }
  return fail(kind, fmt::format("{}:{}:{}: {}\n  {}\n  {}^", source.name, position.line,
                                position.column, message, line, lead));
}

}  // namespace doppel::bytecode::text
