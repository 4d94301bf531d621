// SPDX-License-Identifier: Apache-2.0
// Memory for objects comes in chunks, aligned to 64 KiB, whose headers stand at their beginning: so
// an object's address leads to what the heap knows of its surroundings.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "bytecode/gc/object.h"

namespace doppel::bytecode::gc {

inline constexpr std::size_t kChunkBytes = std::size_t{64} << 10U;

/// Zeroed memory aligned to kChunkBytes; null if the host has none.
std::byte* map_chunks(std::size_t bytes);
void unmap_chunks(std::byte* begin, std::size_t bytes);

/// The start of every chunk. Of a large object's chunks only the first has one; the object begins
/// right behind it.
struct alignas(16) Chunk {
  std::size_t mapped_bytes = 0;  ///< of a large object; 0: the chunk is a Block
  bool is_marked = false;        ///< of a large object

  static Chunk* of(const Object* object) {
    return reinterpret_cast<Chunk*>(reinterpret_cast<std::uintptr_t>(object) & ~(kChunkBytes - 1));
  }
  [[nodiscard]] bool is_large() const { return mapped_bytes != 0; }
  /// The large object.
  [[nodiscard]] Object* object() { return reinterpret_cast<Object*>(this + 1); }
};

/// A chunk of cells of one size, with two bits for each: whether an object is in it, and whether
/// the marking that is under way has reached it. When marking ends, what it has not reached is
/// free.
struct Block : Chunk {
  static constexpr std::uint32_t kMinCellBytes = 16;
  static constexpr std::size_t kWords = kChunkBytes / kMinCellBytes / 64;

  std::uint32_t cell_bytes = 0;
  std::uint32_t cells = 0;
  std::uint32_t reciprocal = 0;  ///< turns a division by cell_bytes into a multiplication
  std::uint32_t size_class = 0;
  std::uint32_t next_word = 0;  ///< words of `used` before this have no free cell
  std::array<std::uint64_t, kWords> used{};
  std::array<std::uint64_t, kWords> marked{};  ///< clear while nothing is marked

  [[nodiscard]] std::byte* first_cell() { return reinterpret_cast<std::byte*>(this + 1); }
  [[nodiscard]] Object* cell(std::uint32_t index) {
    return reinterpret_cast<Object*>(first_cell() + std::size_t{index} * cell_bytes);
  }
  [[nodiscard]] std::uint32_t index_of(const Object* object) {
    const auto offset = static_cast<std::uint64_t>(object->bytes() - first_cell());
    return static_cast<std::uint32_t>((offset * reciprocal) >> 32U);
  }
  void format(std::uint32_t bytes, std::uint32_t in_class);
  /// A free cell, which now is used; null if there is none.
  Object* take_cell();
  /// Marks a cell; whether it was not marked.
  bool mark(const Object* object) {
    const std::uint32_t index = index_of(object);
    const std::uint64_t bit = std::uint64_t{1} << (index % 64);
    std::uint64_t& word = marked[index / 64];
    if ((word & bit) != 0) return false;
    word |= bit;
    return true;
  }
  [[nodiscard]] std::uint32_t used_cells() const {
    std::uint32_t count = 0;
    for (const std::uint64_t word : used) count += static_cast<std::uint32_t>(std::popcount(word));
    return count;
  }
};

}  // namespace doppel::bytecode::gc
