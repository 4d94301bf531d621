// SPDX-License-Identifier: Apache-2.0
// UTF-8 checking and encoding.
#include "bytecode/binary/utf8.h"

namespace doppel::bytecode {
namespace {

struct LeadByte {
  std::size_t length = 0;  ///< of the whole character; 0: not a lead byte
  std::uint32_t bits = 0;
  std::uint32_t smallest = 0;  ///< code that needs this length
};

constexpr LeadByte lead_byte(std::uint8_t byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xc0 && byte < 0xe0) return {2, byte & 0x1fU, 0x80};
  if (byte >= 0xe0 && byte < 0xf0) return {3, byte & 0x0fU, 0x800};
  if (byte >= 0xf0 && byte < 0xf8) return {4, byte & 0x07U, 0x10000};
  return {};
}

/// The length of the character that `bytes` begins with; 0 where it is not valid.
std::size_t character_length(std::string_view bytes) {
  const LeadByte lead = lead_byte(static_cast<std::uint8_t>(bytes[0]));
  if (lead.length == 0 || lead.length > bytes.size()) return 0;
  std::uint32_t code = lead.bits;
  for (std::size_t i = 1; i < lead.length; ++i) {
    const auto next = static_cast<std::uint8_t>(bytes[i]);
    if ((next & 0xc0U) != 0x80U) return 0;
    code = code << 6U | (next & 0x3fU);
  }
  return code >= lead.smallest && is_scalar_value(code) ? lead.length : 0;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t length = character_length(bytes.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto trail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((code >> shift) & 0x3fU));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | code >> 6U);
    trail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0U | code >> 12U);
    trail(6);
    trail(0);
  } else {
    out += static_cast<char>(0xf0U | code >> 18U);
    trail(12);
    trail(6);
    trail(0);
  }
}

}  // namespace doppel::bytecode
