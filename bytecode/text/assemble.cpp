// SPDX-License-Identifier: Apache-2.0
// A text that is one module.
#include "bytecode/text/assemble.h"

#include "bytecode/text/module_parser.h"

namespace doppel::bytecode {

Result<std::vector<std::byte>> assemble(std::string_view text, std::string_view file_name) {
  const text::Source source{text, file_name};
  const std::vector<text::Token> tokens = DOPPEL_TRY(text::tokenize(source));
  text::Cursor in(source, tokens);
  const bool is_wrapped = in.take_form("module");
  text::Binding binding;
  if (is_wrapped) binding = DOPPEL_TRY(text::parse_binding(in));
  std::vector<std::byte> bytes = DOPPEL_TRY(text::parse_module(in, binding));
  if (is_wrapped) DOPPEL_TRY(in.expect_close());
  DOPPEL_TRY(in.expect(text::TokenKind::kEnd, "the end"));
  return bytes;
}

}  // namespace doppel::bytecode
