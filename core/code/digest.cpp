// SPDX-License-Identifier: Apache-2.0
// By the processor's instructions where it has some; else by libmd (docs/adr/0006).
#include "core/code/digest.h"

#include <fmt/format.h>
#include <sha2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "core/code/sha256_blocks.h"

namespace doppel {

namespace {

using Parts = std::initializer_list<std::span<const std::byte>>;

/// Calls `add` with what is digested, piece by piece.
template <class Add>
void for_each_piece(Parts parts, Add add) {
  for (const auto part : parts) {
    const std::uint64_t size = part.size();
    add(std::as_bytes(std::span(&size, 1)));
    add(part);
  }
}

/// FIPS 180-4, sections 5.1.1 and 6.2.
std::string by_instructions(Parts parts, Sha256Blocks take_blocks) {
  Sha256State state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::vector<std::byte> rest;  // less than a block, until the padding
  std::uint64_t bytes = 0;
  for_each_piece(parts, [&](std::span<const std::byte> piece) {
    bytes += piece.size();
    if (!rest.empty()) {
      const std::size_t fill = std::min(kSha256Block - rest.size(), piece.size());
      rest.insert(rest.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(fill));
      piece = piece.subspan(fill);
      if (rest.size() < kSha256Block) return;
      take_blocks(state, rest);
      rest.clear();
    }
    const std::size_t whole = piece.size() / kSha256Block * kSha256Block;
    take_blocks(state, piece.first(whole));
    rest.assign(piece.begin() + static_cast<std::ptrdiff_t>(whole), piece.end());
  });
  constexpr std::size_t kLengthBytes = 8;
  const std::size_t blocks = rest.size() + 1 + kLengthBytes > kSha256Block ? 2 : 1;
  rest.push_back(std::byte{0x80});
  rest.resize(blocks * kSha256Block);
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    rest[rest.size() - 1 - i] = static_cast<std::byte>(bytes * 8 >> (8 * i));
  take_blocks(state, rest);
  std::string digits;
  for (const std::uint32_t word : state) digits += fmt::format("{:08x}", word);
  return digits;
}

}  // namespace

std::string sha256(Parts parts) {
  const Sha256Blocks take_blocks = sha256_blocks();
  return take_blocks != nullptr ? by_instructions(parts, take_blocks) : sha256_everywhere(parts);
}

std::string sha256_everywhere(Parts parts) {
  SHA2_CTX state;
  SHA256Init(&state);
  for_each_piece(parts, [&](std::span<const std::byte> bytes) {
    SHA256Update(&state, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  });
  std::array<char, SHA256_DIGEST_STRING_LENGTH> digits{};
  SHA256End(&state, digits.data());
  return digits.data();
}

}  // namespace doppel
