// SPDX-License-Identifier: Apache-2.0
// The lexical grammar of the text format (specification 6.3): a text becomes tokens. Space,
// comments and annotations of unknown meaning vanish here; the annotations that the parser knows
// stay, as a token "(@name" and what follows it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bytecode/text/source.h"

namespace doppel::bytecode::text {

enum class TokenKind : std::uint8_t {
  kOpen,
  kClose,
  kAnnotation,  ///< "(@" and the annotation's name
  kKeyword,     ///< begins with a lower-case letter
  kNumber,      ///< begins with a digit or a sign; its digits are not checked yet
  kId,          ///< $name or $"name"
  kString,      ///< with its quotes; escapes are checked
  kReserved,    ///< anything else that the grammar gives no meaning to
  kEnd,         ///< stands once, after the last token
};

/// A token by its place in the source.
struct Token {
  TokenKind kind;
  std::uint32_t begin;
  std::uint32_t end;
};

/// The annotations that remain in the token stream.
inline constexpr std::string_view kNameAnnotation = "(@name";
inline constexpr std::string_view kCustomAnnotation = "(@custom";
inline constexpr std::string_view kBranchHintAnnotation = "(@metadata.code.branch_hint";

/// All tokens of `source`, the last one kEnd. Errors are of kind kMalformed.
Result<std::vector<Token>> tokenize(const Source& source);

/// The bytes that a string token (with its quotes, escapes valid) stands for.
std::string string_value(std::string_view token);

/// Whether `c` may stand in an unquoted identifier.
bool is_id_character(char c);

}  // namespace doppel::bytecode::text
