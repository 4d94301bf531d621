// SPDX-License-Identifier: Apache-2.0
// Lock-free insertion into and search of the chain of slot blocks.
#include "core/memory/address_ranges.h"

#include <new>

namespace doppel {

bool AddressRanges::add_to(Block& block, AddressRange range) noexcept {
  for (Slot& slot : block.slots) {
    std::uintptr_t expected = kFree;
    if (!slot.begin.compare_exchange_strong(expected, kClaimed)) continue;
    slot.end.store(range.end, std::memory_order_relaxed);
    slot.owner.store(range.owner, std::memory_order_relaxed);
    slot.begin.store(range.begin, std::memory_order_release);
    return true;
  }
  return false;
}

bool AddressRanges::add(AddressRange range) noexcept {
  Block* block = &first_;
  while (!add_to(*block, range)) {
    Block* next = block->next.load(std::memory_order_acquire);
    if (next == nullptr) {
      auto* fresh = new (std::nothrow) Block;
      if (fresh == nullptr) return false;
      if (block->next.compare_exchange_strong(next, fresh)) {
        next = fresh;
      } else {
        delete fresh;  // another writer extended the chain first; `next` is its block
      }
    }
    block = next;
  }
  return true;
}

void AddressRanges::remove(std::uintptr_t begin) noexcept {
  for (Block* block = &first_; block != nullptr; block = block->next.load()) {
    for (Slot& slot : block->slots) {
      if (slot.begin.load(std::memory_order_relaxed) == begin) slot.begin.store(kFree);
    }
  }
}

std::optional<AddressRange> AddressRanges::find(std::uintptr_t address) const noexcept {
  for (const Block* block = &first_; block != nullptr;
       block = block->next.load(std::memory_order_acquire)) {
    for (const Slot& slot : block->slots) {
      const std::uintptr_t begin = slot.begin.load(std::memory_order_acquire);
      if (begin == kFree || begin == kClaimed || address < begin) continue;
      const AddressRange range{begin, slot.end.load(std::memory_order_acquire),
                               slot.owner.load(std::memory_order_acquire)};
      const bool stable = slot.begin.load(std::memory_order_relaxed) == begin;
      if (stable && address < range.end) return range;
    }
  }
  return std::nullopt;
}

}  // namespace doppel
