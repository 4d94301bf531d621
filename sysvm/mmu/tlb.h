// SPDX-License-Identifier: Apache-2.0
// The software TLB of one hart: direct-mapped, for reads, writes and fetches of RAM. A tag is the
// virtual page with the number of a translation context in its low bits; number 0 is nobody's, so
// that an empty entry matches nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace doppel::sysvm {

inline constexpr std::uint64_t kPageSize = 4096;
inline constexpr std::uint64_t kPageMask = kPageSize - 1;

/// The page that an address lies in.
constexpr std::uint64_t page_of(std::uint64_t address) { return address & ~kPageMask; }

/// One page's translation: the host address of a byte is its virtual address plus `addend`.
struct TlbEntry {
  std::uint64_t read = 0;
  std::uint64_t write = 0;
  std::uint64_t fetch = 0;
  std::uint64_t addend = 0;
};

/// See the file comment. One thread.
struct Tlb {
  static constexpr std::size_t kEntries = 1024;

  std::uint64_t data_context = 0;   ///< of loads and stores
  std::uint64_t fetch_context = 0;  ///< of fetches
  std::array<TlbEntry, kEntries> entries{};

  [[nodiscard]] TlbEntry& entry(std::uint64_t address) {
    return entries[(address >> 12) % kEntries];
  }

  /// Where `size` bytes at `address` may be read; null: the slow way must look. The page of the
  /// last byte is compared, so that an access across pages never fits.
  [[gnu::always_inline]] std::byte* readable(std::uint64_t address, unsigned size) {
    const TlbEntry& e = entry(address);
    if (e.read != (page_of(address + size - 1) | data_context)) [[unlikely]]
      return nullptr;
    return reinterpret_cast<std::byte*>(address + e.addend);
  }
  /// The same for writing.
  [[gnu::always_inline]] std::byte* writable(std::uint64_t address, unsigned size) {
    const TlbEntry& e = entry(address);
    if (e.write != (page_of(address + size - 1) | data_context)) [[unlikely]]
      return nullptr;
    return reinterpret_cast<std::byte*>(address + e.addend);
  }

  /// Forgets a page in every context.
  void forget(std::uint64_t address) { entry(address) = {}; }
  void forget_all() { entries.fill({}); }
};

}  // namespace doppel::sysvm
