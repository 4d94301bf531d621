// SPDX-License-Identifier: Apache-2.0
// Tokens: what separates them, what they are, and where errors are shown.
#include "bytecode/text/lexer.h"

#include <gtest/gtest.h>

namespace doppel::bytecode::text {
namespace {

/// One letter per token: ( ) @ k n i s r.
std::string shape(std::string_view text) {
  const auto tokens = tokenize({text, "t"});
  if (!tokens) return "error";
  std::string shape;
  for (const Token& token : *tokens) shape += "()@knisr."[static_cast<int>(token.kind)];
  return shape;
}

TEST(Lexer, TokensByTheirFirstCharacter) {
  EXPECT_EQ(shape("(module $m 12 -0x1p3 \"a\\n\\u{20_ac}\" i32.add)"), "(kinnsk).");
  EXPECT_EQ(shape("offset=1 nan:0x1 =x #"), "kkrr.");
  EXPECT_EQ(shape("$\"quoted id\" $ \"a\"\"b\" 0$x a\"b\""), "irrnr.");
  EXPECT_EQ(shape("$"), "r.");
}

TEST(Lexer, CommentsNest) {
  EXPECT_EQ(shape("a(;x(;y;)(;z;);)b;;c\rd;;e\n(;;)"), "kkk.");
  EXPECT_EQ(shape("(; (; ;)"), "error");
  EXPECT_EQ(shape("(;"), "error");
  EXPECT_EQ(shape("(;;"), "error");
}

TEST(Lexer, UnknownAnnotationsVanish) {
  EXPECT_EQ(shape("a (@x , ; ] {(} \")\") (@ y) (;);) ) b"), "kk.");
  EXPECT_EQ(shape("(@name \"x\")"), "@s).");
  EXPECT_EQ(shape("(@x (@name \"x\"))"), ".");
  EXPECT_EQ(shape("(@x ("), "error");
  EXPECT_EQ(shape("(@)"), "error");
}

TEST(Lexer, BadCharactersAndStrings) {
  for (const char* text :
       {"\x01", "\xff", "\"a", "\"a\nb\"", "\"\\x\"", "\"\\u{d800}\"", "\"\\u{}\"",
        "\"\\u{110000}\"", "\"\\u{1_}\"", "\"\\", "$\"\"", "$\"\\ff\"", "\xc3\xa4"}) {
    EXPECT_EQ(shape(text), "error") << text;
  }
}

TEST(Lexer, StringValues) { EXPECT_EQ(string_value(R"("a\t\"\41\u{e4}\\")"), "a\t\"A\xc3\xa4\\"); }

TEST(Source, ErrorsShowTheLineWithACaret) {
  const auto tokens = tokenize({"(module\n  \"\xc3\xa4\" \"\\q\")\n", "file.wat"});
  ASSERT_FALSE(tokens);
  EXPECT_EQ(tokens.error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(tokens.error().message,
            "file.wat:2:8: found an unknown escape\n    \"\xc3\xa4\" \"\\q\")\n         ^");
}

}  // namespace
}  // namespace doppel::bytecode::text
