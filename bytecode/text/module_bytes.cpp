// SPDX-License-Identifier: Apache-2.0
// Tells the two formats apart.
#include "bytecode/text/module_bytes.h"

#include "bytecode/text/assemble.h"

namespace doppel::bytecode {

Result<std::vector<std::byte>> module_bytes(std::vector<std::byte> bytes, std::string_view name) {
  const bool is_binary = name.ends_with(".wasm") || bytes.empty() || bytes[0] == std::byte{0};
  if (is_binary) return bytes;
  return assemble({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name);
}

}  // namespace doppel::bytecode
