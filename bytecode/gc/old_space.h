// SPDX-License-Identifier: Apache-2.0
// Where objects live that survived a collection, and those too large to be moved. Nothing here
// moves: small objects are in blocks of cells of their size class, each large one has chunks of its
// own.
#pragma once

#include <array>
#include <unordered_set>
#include <utility>
#include <vector>

#include "bytecode/gc/chunk.h"

namespace doppel::bytecode::gc {

class OldSpace {
 public:
  /// Objects above this are large.
  static constexpr std::size_t kMaxSmallBytes = 8192;

  OldSpace();
  ~OldSpace();
  OldSpace(const OldSpace&) = delete;
  OldSpace& operator=(const OldSpace&) = delete;

  /// Makes sure that `blocks` new blocks can be had; false if the host has no memory.
  bool reserve(std::size_t blocks);
  /// Room for a small object. Takes from what was reserved; null if even that is used up.
  Object* allocate_small(std::size_t bytes);
  /// Zeroed room for a large object; null if the host has no memory.
  Object* allocate_large(std::size_t bytes);
  /// Blocks that evacuating `bytes` of small objects takes at most.
  [[nodiscard]] static std::size_t blocks_for(std::size_t bytes) {
    return bytes / (kChunkBytes / 2) + kClasses;
  }

  /// Bytes of blocks in use and of large objects.
  [[nodiscard]] std::size_t used_bytes() const { return used_bytes_; }

  // Collection: begin, mark what is reached, sweep the rest. Objects that are allocated meanwhile
  // are marked.
  void begin_marking() { is_marking_ = true; }
  /// Ends marking as if it had not begun.
  void abandon_marking();
  /// Whether the object was not marked yet.
  static bool mark(Object* object) {
    Chunk* const chunk = Chunk::of(object);
    if (!chunk->is_large()) return static_cast<Block*>(chunk)->mark(object);
    return !std::exchange(chunk->is_marked, true);
  }
  void sweep();

  /// Whether an object stands at this address. For verification.
  [[nodiscard]] bool holds(Object* object) const;
  /// Calls `visit(Object*)` for all objects.
  template <class Visit>
  void for_each(Visit visit) const;

 private:
  static constexpr std::size_t kClasses = 32;
  static constexpr std::size_t kArenaBytes = std::size_t{1} << 20U;

  Object* take_cell(Block& block) const;

  /// The blocks of one cell size; those before `current` are full.
  struct SizeClass {
    std::uint32_t cell_bytes = 0;
    std::vector<Block*> blocks;
    std::size_t current = 0;
  };

  std::array<SizeClass, kClasses> classes_;
  std::array<std::uint8_t, kMaxSmallBytes / 16 + 1> class_of_;  ///< by size in units of 16 bytes
  std::vector<std::byte*> arenas_;
  std::vector<std::byte*> free_blocks_;
  std::vector<Chunk*> large_;
  std::unordered_set<const Chunk*> chunks_;  ///< blocks in use and large objects
  std::size_t used_bytes_ = 0;
  bool is_marking_ = false;
};

template <class Visit>
void OldSpace::for_each(Visit visit) const {
  for (const SizeClass& size_class : classes_) {
    for (Block* block : size_class.blocks) {
      for (std::uint32_t i = 0; i < block->cells; ++i) {
        if ((block->used[i / 64] >> (i % 64) & 1U) != 0) visit(block->cell(i));
      }
    }
  }
  for (Chunk* chunk : large_) visit(chunk->object());
}

}  // namespace doppel::bytecode::gc
