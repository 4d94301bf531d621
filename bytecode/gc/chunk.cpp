// SPDX-License-Identifier: Apache-2.0
// Mapping of chunks, and the cells of a block.
#include "bytecode/gc/chunk.h"

#include <sys/mman.h>

#include <new>

namespace doppel::bytecode::gc {

std::byte* map_chunks(std::size_t bytes) {
  // More is mapped than needed, and what lies outside of the alignment given back.
  const std::size_t slack = kChunkBytes;
  void* const mapped = mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* const begin = static_cast<std::byte*>(mapped);
  const std::size_t before = (kChunkBytes - reinterpret_cast<std::uintptr_t>(mapped)) % kChunkBytes;
  if (before > 0) munmap(begin, before);
  if (slack > before) munmap(begin + before + bytes, slack - before);
  return begin + before;
}

void unmap_chunks(std::byte* begin, std::size_t bytes) { munmap(begin, bytes); }

void Block::format(std::uint32_t bytes, std::uint32_t in_class) {
  new (this) Block();
  cell_bytes = bytes;
  size_class = in_class;
  cells = static_cast<std::uint32_t>((kChunkBytes - sizeof(Block)) / bytes);
  // Rounded up, it is exact for all offsets in a block that are multiples of the size.
  reciprocal = static_cast<std::uint32_t>(((std::uint64_t{1} << 32U) + bytes - 1) / bytes);
}

Object* Block::take_cell() {
  for (; next_word * 64 < cells; ++next_word) {
    const auto bit = static_cast<std::uint32_t>(std::countr_one(used[next_word]));
    const std::uint32_t index = next_word * 64 + bit;
    if (bit == 64) continue;
    if (index >= cells) break;
    used[next_word] |= std::uint64_t{1} << bit;
    return cell(index);
  }
  return nullptr;
}

}  // namespace doppel::bytecode::gc
