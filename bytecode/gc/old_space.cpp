// SPDX-License-Identifier: Apache-2.0
// Size classes grow by a quarter from step to step, so that less than a fifth of a cell is lost.
#include "bytecode/gc/old_space.h"

#include <algorithm>

namespace doppel::bytecode::gc {

OldSpace::OldSpace() {
  std::size_t bytes = Block::kMinCellBytes;
  std::size_t covered = 0;
  for (std::size_t i = 0; i < kClasses && covered < class_of_.size(); ++i) {
    classes_[i].cell_bytes = static_cast<std::uint32_t>(bytes);
    for (; covered < class_of_.size() && covered * 16 <= bytes; ++covered) {
      class_of_[covered] = static_cast<std::uint8_t>(i);
    }
    bytes += std::max<std::size_t>(16, bytes / 4 & ~std::size_t{15});
    if (i + 2 >= kClasses || bytes > kMaxSmallBytes) bytes = kMaxSmallBytes;
  }
}

OldSpace::~OldSpace() {
  for (Chunk* chunk : large_)
    unmap_chunks(reinterpret_cast<std::byte*>(chunk), chunk->mapped_bytes);
  for (std::byte* arena : arenas_) unmap_chunks(arena, kArenaBytes);
}

bool OldSpace::reserve(std::size_t blocks) {
  while (free_blocks_.size() < blocks) {
    std::byte* const arena = map_chunks(kArenaBytes);
    if (arena == nullptr) return false;
    arenas_.push_back(arena);
    for (std::size_t at = kArenaBytes; at > 0; at -= kChunkBytes)
      free_blocks_.push_back(arena + at - kChunkBytes);
  }
  return true;
}

Object* OldSpace::take_cell(Block& block) const {
  Object* const cell = block.take_cell();
  if (is_marking_ && cell != nullptr) block.mark(cell);
  return cell;
}

Object* OldSpace::allocate_small(std::size_t bytes) {
  const std::uint8_t number = class_of_[(bytes + 15) / 16];
  SizeClass& size_class = classes_[number];
  for (; size_class.current < size_class.blocks.size(); ++size_class.current) {
    if (Object* cell = take_cell(*size_class.blocks[size_class.current])) return cell;
  }
  if (free_blocks_.empty() && !reserve(1)) return nullptr;
  auto* const block = reinterpret_cast<Block*>(free_blocks_.back());
  free_blocks_.pop_back();
  block->format(size_class.cell_bytes, number);
  size_class.blocks.push_back(block);
  chunks_.insert(block);
  used_bytes_ += kChunkBytes;
  return take_cell(*block);
}

Object* OldSpace::allocate_large(std::size_t bytes) {
  const std::size_t mapped = (bytes + sizeof(Chunk) + 4095) & ~std::size_t{4095};
  std::byte* const memory = map_chunks(mapped);
  if (memory == nullptr) return nullptr;
  auto* const chunk = new (memory) Chunk();
  chunk->mapped_bytes = mapped;
  chunk->is_marked = is_marking_;
  large_.push_back(chunk);
  chunks_.insert(chunk);
  used_bytes_ += mapped;
  return chunk->object();
}

void OldSpace::abandon_marking() {
  is_marking_ = false;
  for (SizeClass& size_class : classes_) {
    for (Block* block : size_class.blocks) block->marked.fill(0);
  }
  for (Chunk* chunk : large_) chunk->is_marked = false;
}

void OldSpace::sweep() {
  is_marking_ = false;
  for (SizeClass& size_class : classes_) {
    std::erase_if(size_class.blocks, [&](Block* block) {
      block->used = block->marked;
      block->marked.fill(0);
      block->next_word = 0;
      if (block->used_cells() > 0) return false;
      chunks_.erase(block);
      used_bytes_ -= kChunkBytes;
      free_blocks_.push_back(reinterpret_cast<std::byte*>(block));
      return true;
    });
    size_class.current = 0;
  }
  std::erase_if(large_, [&](Chunk* chunk) {
    if (std::exchange(chunk->is_marked, false)) return false;
    chunks_.erase(chunk);
    used_bytes_ -= chunk->mapped_bytes;
    unmap_chunks(reinterpret_cast<std::byte*>(chunk), chunk->mapped_bytes);
    return true;
  });
}

bool OldSpace::holds(Object* object) const {
  Chunk* const chunk = Chunk::of(object);
  if (!chunks_.contains(chunk)) return false;
  if (chunk->is_large()) return object == chunk->object();
  auto* const block = static_cast<Block*>(chunk);
  if (object->bytes() < block->first_cell()) return false;
  const std::uint32_t index = block->index_of(object);
  return index < block->cells && block->cell(index) == object &&
         (block->used[index / 64] >> (index % 64) & 1U) != 0;
}

}  // namespace doppel::bytecode::gc
