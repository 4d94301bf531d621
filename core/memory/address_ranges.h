// SPDX-License-Identifier: Apache-2.0
// A set of disjoint address ranges that a signal handler can search: readers take no lock, writers
// claim slots by compare-and-swap, and blocks of slots are never freed. It survives fork().
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace doppel {

/// The half-open range of host addresses [begin, end), with what its owner wants to find again.
struct AddressRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  const void* owner = nullptr;
};

/// Address ranges by address. Every member may be called from any thread at any time; `find` is
/// async-signal-safe. Ranges must not overlap. A range found while its remover is at work belongs
/// to a use after removal, which is the caller's to exclude. A lookup is linear in the largest
/// number of ranges ever held at once.
class AddressRanges {
 public:
  constexpr AddressRanges() = default;
  AddressRanges(const AddressRanges&) = delete;
  AddressRanges& operator=(const AddressRanges&) = delete;

  /// Adds a range that is not empty and does not begin at 0. False: the host is out of memory.
  [[nodiscard]] bool add(AddressRange range) noexcept;

  /// Removes the ranges that begin at `begin`; none is fine.
  void remove(std::uintptr_t begin) noexcept;

  /// The range that contains `address`.
  [[nodiscard]] std::optional<AddressRange> find(std::uintptr_t address) const noexcept;

 private:
  // A slot is free (begin 0), claimed by a writer (kClaimed), or holds a range. `begin` is written
  // last when a range is added, so whoever reads it sees `end` and `owner`.
  struct Slot {
    std::atomic<std::uintptr_t> begin = 0;
    std::atomic<std::uintptr_t> end = 0;
    std::atomic<const void*> owner = nullptr;
  };
  struct Block {
    std::array<Slot, 64> slots;
    std::atomic<Block*> next = nullptr;
  };
  static constexpr std::uintptr_t kFree = 0;
  static constexpr std::uintptr_t kClaimed = 1;

  static bool add_to(Block& block, AddressRange range) noexcept;

  Block first_;
};

}  // namespace doppel
