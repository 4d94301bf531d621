// SPDX-License-Identifier: Apache-2.0
// A place in a token stream: what the parsers look at, take, and complain about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bytecode/text/lexer.h"
#include "bytecode/text/literal.h"

namespace doppel::bytecode::text {

/// See the file comment. Source and tokens are borrowed; past the last token stands kEnd.
class Cursor {
 public:
  Cursor(const Source& source, std::span<const Token> tokens) : source_(source), tokens_(tokens) {}

  [[nodiscard]] const Source& source() const { return source_; }
  [[nodiscard]] std::size_t place() const { return at_; }
  void seek(std::size_t place) { at_ = place; }
  void advance(std::size_t count = 1) { at_ += count; }

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : tokens_.back();
  }
  /// The source text of the token `ahead` tokens from here.
  [[nodiscard]] std::string_view text(std::size_t ahead = 0) const {
    const Token& token = peek(ahead);
    return source_.text.substr(token.begin, token.end - token.begin);
  }
  [[nodiscard]] bool at(TokenKind kind) const { return peek().kind == kind; }
  [[nodiscard]] bool at_keyword(std::string_view keyword) const {
    return at(TokenKind::kKeyword) && text() == keyword;
  }
  /// Whether "(" and `keyword` follow.
  [[nodiscard]] bool at_form(std::string_view keyword) const {
    return at(TokenKind::kOpen) && peek(1).kind == TokenKind::kKeyword && text(1) == keyword;
  }
  /// Whether a number or an identifier follows.
  [[nodiscard]] bool at_index() const { return at(TokenKind::kNumber) || at(TokenKind::kId); }
  [[nodiscard]] bool at_annotation(std::string_view annotation) const {
    return at(TokenKind::kAnnotation) && text() == annotation;
  }

  bool take(TokenKind kind) { return take_if(at(kind), 1); }
  bool take_keyword(std::string_view keyword) { return take_if(at_keyword(keyword), 1); }
  bool take_form(std::string_view keyword) { return take_if(at_form(keyword), 2); }
  /// The name of the identifier that follows, without "$" and quotes.
  std::optional<std::string> take_id();

  Result<void> expect(TokenKind kind, std::string_view expected);
  Result<void> expect_open() { return expect(TokenKind::kOpen, "\"(\""); }
  Result<void> expect_close() { return expect(TokenKind::kClose, "\")\""); }
  Result<void> expect_form(std::string_view keyword);
  /// Any keyword; `expected` says which ones would do.
  Result<std::string_view> expect_keyword(std::string_view expected);
  Result<std::string> expect_string();
  /// A string that is UTF-8.
  Result<std::string> expect_name();
  Result<std::uint32_t> expect_u32() { return narrow<std::uint32_t>(expect_unsigned(32)); }
  /// An unsigned integer of at most `bits` bits.
  Result<std::uint64_t> expect_unsigned(unsigned bits);
  /// A signed or unsigned integer of `bits` bits as two's complement.
  Result<std::uint64_t> expect_integer(unsigned bits);
  /// The bits of a float.
  Result<std::uint32_t> expect_f32();
  Result<std::uint64_t> expect_f64();
  /// The strings up to something else, joined.
  std::string take_strings();

  /// Moves behind the parenthesis that closes the form whose "(" stands here.
  Result<void> skip_form();

  /// "found …, expected …" at the token here, of kind kMalformed.
  [[nodiscard]] tl::unexpected<Error> unexpected(std::string_view expected) const;
  /// `message` at the token here.
  [[nodiscard]] tl::unexpected<Error> error(ErrorKind kind, std::string_view message) const {
    return fail_at(source_, peek().begin, kind, message);
  }

 private:
  bool take_if(bool condition, std::size_t count) {
    if (condition) advance(count);
    return condition;
  }
  template <class T>
  Result<T> number(const Literal<T>& literal, std::string_view expected);
  template <class To, class From>
  static Result<To> narrow(Result<From> value) {
    return std::move(value).map([](From wide) { return static_cast<To>(wide); });
  }

  Source source_;
  std::span<const Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace doppel::bytecode::text
