// SPDX-License-Identifier: Apache-2.0
// Bit fields of instruction encodings.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace doppel::sysvm {

/// Bits high:low of `word`, at the low end.
constexpr std::uint32_t field(std::uint32_t word, unsigned high, unsigned low) {
  return (word >> low) & ((std::uint64_t{1} << (high - low + 1)) - 1);
}

/// The low `width` bits as a signed number.
constexpr std::int32_t sign_extended(std::uint32_t value, unsigned width) {
  const std::uint32_t sign = 1U << (width - 1);
  return static_cast<std::int32_t>(((value & (sign | (sign - 1))) ^ sign) - sign);
}

/// A part of an immediate: bits high:low of the encoding stand at `position` in the immediate.
struct Piece {
  unsigned high;
  unsigned low;
  unsigned position;
};

/// Puts an immediate together.
constexpr std::uint32_t gather(std::uint32_t word, std::initializer_list<Piece> pieces) {
  std::uint32_t value = 0;
  for (const Piece& piece : pieces) value |= field(word, piece.high, piece.low) << piece.position;
  return value;
}

}  // namespace doppel::sysvm
