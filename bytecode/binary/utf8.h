// SPDX-License-Identifier: Apache-2.0
// UTF-8 as names must be encoded (specification 5.2.4): no overlong forms, no surrogates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace doppel::bytecode {

/// The offset of the first byte that does not belong to a valid character; npos if there is none.
std::size_t find_invalid_utf8(std::string_view bytes);

/// Whether `bytes` is valid UTF-8.
inline bool is_utf8(std::string_view bytes) {
  return find_invalid_utf8(bytes) == std::string_view::npos;
}

/// Whether `code` is a Unicode scalar value: no surrogate, at most 0x10ffff.
constexpr bool is_scalar_value(std::uint32_t code) {
  return code < 0xd800 || (code >= 0xe000 && code < 0x110000);
}

/// Appends the encoding of the scalar value `code`.
void append_utf8(std::string& out, std::uint32_t code);

}  // namespace doppel::bytecode
