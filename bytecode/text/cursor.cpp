// SPDX-License-Identifier: Apache-2.0
// Expectations on tokens and the errors where they fail.
#include "bytecode/text/cursor.h"

#include <fmt/format.h>

#include "bytecode/binary/utf8.h"

namespace doppel::bytecode::text {

std::optional<std::string> Cursor::take_id() {
  if (!at(TokenKind::kId)) return std::nullopt;
  const std::string_view name = text().substr(1);
  advance();
  return name.starts_with('"') ? string_value(name) : std::string(name);
}

Result<void> Cursor::expect(TokenKind kind, std::string_view expected) {
  if (!take(kind)) return unexpected(expected);
  return {};
}

Result<void> Cursor::expect_form(std::string_view keyword) {
  if (!take_form(keyword)) return unexpected(fmt::format("\"({}\"", keyword));
  return {};
}

Result<std::string_view> Cursor::expect_keyword(std::string_view expected) {
  if (!at(TokenKind::kKeyword)) return unexpected(expected);
  const std::string_view keyword = text();
  advance();
  return keyword;
}

Result<std::string> Cursor::expect_string() {
  if (!at(TokenKind::kString)) return unexpected("a string");
  std::string value = string_value(text());
  advance();
  return value;
}

Result<std::string> Cursor::expect_name() {
  if (at(TokenKind::kString) && !is_utf8(string_value(text()))) {
    return error(ErrorKind::kMalformed, "found a string that is not UTF-8, expected a name");
  }
  return expect_string();
}

template <class T>
Result<T> Cursor::number(const Literal<T>& literal, std::string_view expected) {
  if (!literal && literal.error() == LiteralError::kRange) {
    return error(ErrorKind::kMalformed,
                 fmt::format("found {}, which is out of range, expected {}", text(), expected));
  }
  if (!literal) return unexpected(expected);
  advance();
  return *literal;
}

Result<std::uint64_t> Cursor::expect_unsigned(unsigned bits) {
  return number(parse_unsigned(text(), bits), fmt::format("a u{}", bits));
}

Result<std::uint64_t> Cursor::expect_integer(unsigned bits) {
  return number(parse_integer(text(), bits), fmt::format("an i{}", bits));
}

Result<std::uint32_t> Cursor::expect_f32() { return number(parse_f32(text()), "an f32"); }
Result<std::uint64_t> Cursor::expect_f64() { return number(parse_f64(text()), "an f64"); }

std::string Cursor::take_strings() {
  std::string bytes;
  for (; at(TokenKind::kString); advance()) bytes += string_value(text());
  return bytes;
}

Result<void> Cursor::skip_form() {
  const std::size_t begin = at_;
  std::size_t depth = 0;
  do {
    if (at(TokenKind::kOpen) || at(TokenKind::kAnnotation)) ++depth;
    if (at(TokenKind::kClose)) --depth;
    if (at(TokenKind::kEnd)) {
      seek(begin);
      return error(ErrorKind::kMalformed, "found \"(\", expected a \")\" that closes it");
    }
    advance();
  } while (depth > 0);
  return {};
}

tl::unexpected<Error> Cursor::unexpected(std::string_view expected) const {
  constexpr std::size_t kLongest = 40;
  std::string_view found = text();
  const char* more = "";
  if (found.size() > kLongest) {
    std::size_t cut = kLongest;
    while ((static_cast<unsigned char>(found[cut]) & 0xc0U) == 0x80U) --cut;
    found = found.substr(0, cut);
    more = "...";
  }
  std::string message;
  if (at(TokenKind::kEnd)) {
    message = "found the end";
  } else if (at(TokenKind::kString)) {
    message = fmt::format("found the string {}{}", found, more);
  } else {
    message = fmt::format("found \"{}{}\"", found, more);
  }
  return error(ErrorKind::kMalformed, fmt::format("{}, expected {}", message, expected));
}

}  // namespace doppel::bytecode::text
