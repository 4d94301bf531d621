// SPDX-License-Identifier: Apache-2.0
// The software TLB of one hart, for reads, writes and fetches of RAM. The first level is what
// handlers look at inline: direct-mapped, of a fixed size, so that its place costs no load. Behind
// it stands a second level with copies of all that was filled in, which saves the walk, and which
// doubles while pages in use displace each other often. A tag is the virtual page with the number
// of a translation context in its low bits; numbers 0 and 4095 are nobody's, so that an empty entry
// and a closed gate match nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sysvm/hart/reservations.h"

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

  [[nodiscard]] std::byte* host(std::uint64_t address) const {
    return reinterpret_cast<std::byte*>(address + addend);
  }
};
static_assert(sizeof(TlbEntry) == 32);

/// See the file comment. One thread.
struct Tlb {
  static constexpr std::size_t kEntries = 1024;

  std::uint64_t data_context = 0;   ///< of loads and stores
  std::uint64_t fetch_context = 0;  ///< of fetches
  StoreGate gate;                   ///< what tags of stores are compared with
  std::array<TlbEntry, kEntries> entries{};

  [[nodiscard]] TlbEntry& entry(std::uint64_t address) {
    return entries[(address >> 12) % kEntries];
  }

  /// Whether the entry of `address` lets `size` bytes there be read. The page of the last byte is
  /// compared, so that an access across pages never fits.
  [[nodiscard]] [[gnu::always_inline]] bool is_readable(const TlbEntry& e, std::uint64_t address,
                                                        unsigned size) const {
    return e.read == (page_of(address + size - 1) | data_context);
  }
  /// The same for writing; false too while the gate is closed.
  [[nodiscard]] [[gnu::always_inline]] bool is_writable(const TlbEntry& e, std::uint64_t address,
                                                        unsigned size) const {
    return e.write == (page_of(address + size - 1) | gate.context.load(std::memory_order_relaxed));
  }
  /// Where they may be read; null: the slow way must look.
  std::byte* readable(std::uint64_t address, unsigned size) {
    const TlbEntry& e = entry(address);
    return is_readable(e, address, size) ? e.host(address) : nullptr;
  }
  /// Where they may be written, whether the gate is closed or not.
  std::byte* writable_beyond_gate(std::uint64_t address, unsigned size) {
    const TlbEntry& e = entry(address);
    return e.write == (page_of(address + size - 1) | data_context) ? e.host(address) : nullptr;
  }

  /// Looks in the second level for what the first has not, and brings it there.
  std::byte* recall(std::uint64_t address, std::uint64_t TlbEntry::* tag, std::uint64_t context,
                    bool is_user) {
    const TlbEntry& known = second_[is_user].at(address);
    if (known.*tag != (page_of(address) | context)) return nullptr;
    entry(address) = known;
    return known.host(address);
  }
  /// Fills in a page, in both levels. `now` is the number of instructions retired.
  void fill(std::uint64_t address, const TlbEntry& made, std::uint64_t now, bool is_user) {
    entry(address) = made;
    // The first level's entry may serve a page of the same slot too; the second's would outlive it.
    const auto own = [&](std::uint64_t tag) {
      return page_of(tag) == page_of(address) ? tag : std::uint64_t{0};
    };
    Second& second = second_[is_user];
    if (displaces(second.at(address), address)) second.grow(now);
    second.at(address) = {own(made.read), own(made.write), own(made.fetch), made.addend};
  }

  /// Forgets a page in every context.
  void forget(std::uint64_t address) {
    entry(address) = {};
    for (Second& second : second_) second.at(address) = {};
  }
  /// Forgets how a page may be read and written in the context of one tag, not a user's.
  void forget_data(std::uint64_t tag) {
    for (TlbEntry* known : {&entry(tag), &second_[0].at(tag)}) {
      if (known->read == tag) known->read = 0;
      if (known->write == tag) known->write = 0;
    }
  }
  void forget_all() {
    entries.fill({});
    for (Second& second : second_) std::ranges::fill(second.entries, TlbEntry{});
  }
  /// How many entries the second level has for a mode.
  [[nodiscard]] std::size_t second_size(bool is_user) const {
    return second_[is_user].entries.size();
  }

 private:
  /// A table of the second level.
  struct Second {
    static constexpr std::size_t kMostEntries = 16'384;
    /// A walk costs some 50 instructions' time: more than 2 % of it is worth a larger table.
    static constexpr std::uint64_t kInstructionsForEach = 2'500;

    std::vector<TlbEntry> entries = std::vector<TlbEntry>(2 * kEntries);
    std::uint64_t displaced = 0;
    std::uint64_t window = 0;

    TlbEntry& at(std::uint64_t address) { return entries[(address >> 12) & (entries.size() - 1)]; }
    /// Doubles when every entry was displaced once in a short time.
    void grow(std::uint64_t now) {
      if (++displaced < entries.size()) return;
      const bool often = now - window < entries.size() * kInstructionsForEach;
      displaced = 0;
      window = now;
      if (often && entries.size() < kMostEntries) entries.assign(entries.size() * 2, {});
    }
  };

  /// Whether an entry has another page that is in use.
  [[nodiscard]] bool displaces(const TlbEntry& old, std::uint64_t address) const {
    const auto is_other = [&](std::uint64_t tag, std::uint64_t context) {
      return (tag & kPageMask) == context && page_of(tag) != page_of(address);
    };
    return is_other(old.read, data_context) || is_other(old.fetch, fetch_context);
  }

  std::array<Second, 2> second_;  ///< of the machine and the supervisor, and of the user
};

}  // namespace doppel::sysvm
