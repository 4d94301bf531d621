// SPDX-License-Identifier: Apache-2.0
// One pass over the characters, without recursion: nested comments and annotations are counted.
#include "bytecode/text/lexer.h"

#include <array>
#include <limits>

#include "bytecode/binary/utf8.h"

namespace doppel::bytecode::text {
namespace {

constexpr std::array<bool, 256> id_characters() {
  std::array<bool, 256> table{};
  for (int c = 0x21; c < 0x7f; ++c) table[c] = true;
  for (char c : std::string_view("\"(),;[]{}")) table[static_cast<unsigned char>(c)] = false;
  return table;
}
constexpr auto kIdCharacters = id_characters();

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The character of a one-letter escape; 0 for other letters.
char simple_escape(char letter) {
  switch (letter) {
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case '"': return '"';
    case '\'': return '\'';
    case '\\': return '\\';
    default: return 0;
  }
}

class Lexer {
 public:
  explicit Lexer(const Source& source) : source_(source), text_(source.text) {}

  Result<std::vector<Token>> run() {
    if (text_.size() > std::numeric_limits<std::uint32_t>::max()) {
      return fail(ErrorKind::kLimit, std::string(source_.name) + ": text larger than 4 GiB");
    }
    if (const std::size_t bad = find_invalid_utf8(text_); bad != std::string_view::npos) {
      return malformed(bad, "found bytes that are not UTF-8");
    }
    while (at_ < text_.size()) DOPPEL_TRY(next());
    if (annotation_depth_ > 0) return malformed(annotation_begin_, "annotation is not closed");
    tokens_.push_back({TokenKind::kEnd, offset(at_), offset(at_)});
    return std::move(tokens_);
  }

 private:
  static std::uint32_t offset(std::size_t at) { return static_cast<std::uint32_t>(at); }
  tl::unexpected<Error> malformed(std::size_t at, std::string_view message) const {
    return fail_at(source_, at, ErrorKind::kMalformed, message);
  }
  bool looking_at(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  Result<void> next() {
    const char c = text_[at_];
    if (is_space(c)) {
      ++at_;
      return {};
    }
    if (looking_at(";;")) {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      return {};
    }
    if (looking_at("(;")) return block_comment();
    if (looking_at("(@")) return annotation();
    if (c == '(' || c == ')') return parenthesis(c);
    return word();
  }

  Result<void> block_comment() {
    const std::size_t begin = at_;
    std::size_t depth = 0;
    do {
      at_ = text_.find_first_of("(;", at_);
      if (at_ == std::string_view::npos || at_ + 1 == text_.size()) {
        return malformed(begin, "comment is not closed");
      }
      if (looking_at("(;")) {
        ++depth;
        at_ += 2;
      } else if (looking_at(";)")) {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0);
    return {};
  }

  /// "(@" and an annotation's name. Within an annotation of unknown meaning everything goes.
  Result<void> annotation() {
    const std::size_t begin = at_;
    if (annotation_depth_ > 0) return parenthesis('(');
    at_ += 2;
    if (looking_at("\"")) {
      DOPPEL_TRY(string());
      const std::string name = string_value(text_.substr(begin + 2, at_ - begin - 2));
      if (name.empty()) return malformed(begin, "found an empty annotation name");
      if (!is_utf8(name)) return malformed(begin, "annotation name is not UTF-8");
    } else {
      while (at_ < text_.size() && is_id_character(text_[at_])) ++at_;
      if (at_ == begin + 2) return malformed(begin, "found an empty annotation name");
    }
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (name == kNameAnnotation || name == kCustomAnnotation || name == kBranchHintAnnotation) {
      push(TokenKind::kAnnotation, begin);
    } else {
      annotation_depth_ = 1;
      annotation_begin_ = begin;
    }
    return {};
  }

  Result<void> parenthesis(char c) {
    const std::size_t begin = at_++;
    if (annotation_depth_ > 0) {
      annotation_depth_ += c == '(' ? 1 : -1;
    } else {
      push(c == '(' ? TokenKind::kOpen : TokenKind::kClose, begin);
    }
    return {};
  }

  /// A maximal run of id characters, strings and loose punctuation: one token.
  Result<void> word() {
    const std::size_t begin = at_;
    std::size_t strings = 0;
    bool punctuation = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (is_id_character(c)) {
        ++at_;
      } else if (c == '"') {
        DOPPEL_TRY(string());
        ++strings;
      } else if (std::string_view(",;[]{}").find(c) != std::string_view::npos &&
                 !looking_at(";;")) {
        ++at_;
        punctuation = true;
      } else {
        break;
      }
    }
    if (at_ == begin) return malformed(begin, "found a character that is not allowed here");
    const std::string_view token = text_.substr(begin, at_ - begin);
    if (punctuation) return keep(TokenKind::kReserved, begin);
    if (strings == 0) return keep(kind_of_plain(token), begin);
    const bool is_one = strings == 1 && token.back() == '"';
    if (is_one && token.front() == '"') return keep(TokenKind::kString, begin);
    if (is_one && token.starts_with("$\"")) return quoted_id(begin);
    return keep(TokenKind::kReserved, begin);
  }

  static TokenKind kind_of_plain(std::string_view token) {
    const char c = token.front();
    if (c >= 'a' && c <= 'z') return TokenKind::kKeyword;
    if (is_digit(c) || c == '+' || c == '-') return TokenKind::kNumber;
    if (c == '$' && token.size() > 1) return TokenKind::kId;
    return TokenKind::kReserved;
  }

  Result<void> quoted_id(std::size_t begin) {
    const std::string name = string_value(text_.substr(begin + 1, at_ - begin - 1));
    if (name.empty()) return malformed(begin, "found an empty identifier");
    if (!is_utf8(name)) return malformed(begin, "identifier is not UTF-8");
    return keep(TokenKind::kId, begin);
  }

  /// Moves over a string, whose opening quote is the current character.
  Result<void> string() {
    const std::size_t begin = at_++;
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return {};
      }
      if (c < 0x20 || c == 0x7f) break;
      if (c == '\\') {
        DOPPEL_TRY(escape());
      } else {
        ++at_;
      }
    }
    if (at_ < text_.size() && text_[at_] != '\n') {
      return malformed(at_, "found a control character, expected the rest of a string");
    }
    return malformed(begin, "string is not closed");
  }

  Result<void> escape() {
    const std::size_t begin = at_++;
    const std::string_view rest = text_.substr(at_);
    if (rest.empty()) return {};
    if (simple_escape(rest[0]) != 0) {
      ++at_;
      return {};
    }
    if (rest.size() >= 2 && hex_value(rest[0]) >= 0 && hex_value(rest[1]) >= 0) {
      at_ += 2;
      return {};
    }
    if (rest.starts_with("u{")) return unicode_escape(begin);
    return malformed(begin, "found an unknown escape");
  }

  Result<void> unicode_escape(std::size_t begin) {
    at_ += 2;
    std::uint32_t code = 0;
    bool after_digit = false;
    for (; at_ < text_.size() && text_[at_] != '}'; ++at_) {
      const int digit = hex_value(text_[at_]);
      if (text_[at_] == '_' && after_digit) {
        after_digit = false;
        continue;
      }
      if (digit < 0) return malformed(begin, "found an unknown escape");
      code = code * 16 + static_cast<std::uint32_t>(digit);
      if (code >= 0x110000) break;
      after_digit = true;
    }
    if (!after_digit || at_ == text_.size() || !is_scalar_value(code)) {
      return malformed(begin, "found an escape that is not a Unicode scalar value");
    }
    ++at_;
    return {};
  }

  void push(TokenKind kind, std::size_t begin) {
    tokens_.push_back({kind, offset(begin), offset(at_)});
  }
  Result<void> keep(TokenKind kind, std::size_t begin) {
    if (annotation_depth_ == 0) push(kind, begin);
    return {};
  }

  const Source& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  std::size_t annotation_depth_ = 0;  ///< open parentheses of an annotation being left out
  std::size_t annotation_begin_ = 0;
};

}  // namespace

Result<std::vector<Token>> tokenize(const Source& source) { return Lexer(source).run(); }

std::string string_value(std::string_view token) {
  std::string value;
  const std::string_view body = token.substr(1, token.size() - 2);
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\') {
      value += body[i];
    } else if (const char simple = simple_escape(body[++i])) {
      value += simple;
    } else if (body[i] == 'u') {
      std::uint32_t code = 0;
      for (i += 2; body[i] != '}'; ++i) {
        if (body[i] != '_') code = code * 16 + static_cast<std::uint32_t>(hex_value(body[i]));
      }
      append_utf8(value, code);
    } else {
      value += static_cast<char>(hex_value(body[i]) * 16 + hex_value(body[i + 1]));
      ++i;
    }
  }
  return value;
}

bool is_id_character(char c) { return kIdCharacters[static_cast<unsigned char>(c)]; }

}  // namespace doppel::bytecode::text
