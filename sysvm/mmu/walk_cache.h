// SPDX-License-Identifier: Apache-2.0
// The page-walk cache: for 2 MiB of virtual addresses, where their last-level table is, so that a
// walk reads one entry in place of three or four. Only pointers are kept, which fences of all
// addresses forget, and fences of one address as far as it is concerned.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace doppel::sysvm {

/// See the file comment. One thread.
class WalkCache {
 public:
  /// The physical address of the last-level table, for a root table.
  [[nodiscard]] std::optional<std::uint64_t> find(std::uint64_t root, std::uint64_t address) const {
    const Entry& entry = entries_[index(address)];
    if (entry.root != root || entry.region != address >> kRegionBits) return std::nullopt;
    return entry.table;
  }
  void put(std::uint64_t root, std::uint64_t address, std::uint64_t table) {
    entries_[index(address)] = {root, address >> kRegionBits, table};
  }
  void forget(std::uint64_t address) { entries_[index(address)] = {}; }
  void forget_all() { entries_.fill({}); }

 private:
  static constexpr unsigned kRegionBits = 21;
  static constexpr std::size_t kEntries = 128;
  struct Entry {
    std::uint64_t root = UINT64_MAX;
    std::uint64_t region = 0;
    std::uint64_t table = 0;
  };
  [[nodiscard]] static std::size_t index(std::uint64_t address) {
    return (address >> kRegionBits) % kEntries;
  }

  std::array<Entry, kEntries> entries_{};
};

}  // namespace doppel::sysvm
