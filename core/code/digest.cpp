// SPDX-License-Identifier: Apache-2.0
#include "core/code/digest.h"

#include <sha2.h>

#include <array>
#include <cstdint>

namespace doppel {

std::string sha256(std::initializer_list<std::span<const std::byte>> parts) {
  SHA2_CTX state;
  SHA256Init(&state);
  const auto add = [&](std::span<const std::byte> bytes) {
    SHA256Update(&state, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  };
  for (const auto part : parts) {
    const std::uint64_t size = part.size();
    add(std::as_bytes(std::span(&size, 1)));
    add(part);
  }
  std::array<char, SHA256_DIGEST_STRING_LENGTH> digits{};
  SHA256End(&state, digits.data());
  return digits.data();
}

}  // namespace doppel
