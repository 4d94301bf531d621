// SPDX-License-Identifier: Apache-2.0
// The walk as the specification numbers its steps.
#include "sysvm/mmu/walk.h"

#include <atomic>

#include "sysvm/mmu/tlb.h"

namespace doppel::sysvm {

namespace {

constexpr std::uint64_t kValid = 1U << 0;
constexpr std::uint64_t kRead = 1U << 1;
constexpr std::uint64_t kWrite = 1U << 2;
constexpr std::uint64_t kExecute = 1U << 3;
constexpr std::uint64_t kUser = 1U << 4;
constexpr std::uint64_t kGlobal = 1U << 5;
constexpr std::uint64_t kAccessed = 1U << 6;
constexpr std::uint64_t kDirty = 1U << 7;
constexpr std::uint64_t kMemoryType = std::uint64_t{3} << 61;
constexpr std::uint64_t kReservedType = std::uint64_t{3} << 61;
constexpr std::uint64_t kNapot = std::uint64_t{1} << 63;
constexpr std::uint64_t kReserved = std::uint64_t{0x7f} << 54;

constexpr std::uint64_t frame_of(std::uint64_t entry) { return entry >> 10 & 0xfff'ffff'ffff; }

constexpr WalkResult page_fault() { return {WalkFault::kPage, {}}; }

bool is_permitted(const WalkContext& context, std::uint64_t entry, Access access) {
  const bool user = (entry & kUser) != 0;
  if (context.privilege == Privilege::kUser && !user) return false;
  if (context.privilege == Privilege::kSupervisor && user &&
      (access == Access::kFetch || !context.sum)) {
    return false;
  }
  switch (access) {
    case Access::kFetch: return (entry & kExecute) != 0;
    case Access::kLoad: return (entry & kRead) != 0 || (context.mxr && (entry & kExecute) != 0);
    case Access::kStore: return (entry & kWrite) != 0;
  }
  return false;
}

/// A leaf's frame for the page number `page` at `level`, or nothing where it is malformed.
std::optional<std::uint64_t> leaf_frame(std::uint64_t entry, std::uint64_t page, unsigned level) {
  const std::uint64_t within = (std::uint64_t{1} << (9 * level)) - 1;
  const std::uint64_t frame = frame_of(entry);
  if ((entry & kNapot) != 0) {
    if (level != 0 || (frame & 15) != 8) return std::nullopt;  // 64 KiB is the only size
    return (frame & ~std::uint64_t{15}) | (page & 15);
  }
  if ((frame & within) != 0) return std::nullopt;
  return frame | (page & within);
}

Translation translation_of(const WalkContext& context, std::uint64_t entry, std::uint64_t frame,
                           unsigned level) {
  const auto can = [&](Access access) { return is_permitted(context, entry, access); };
  return {.physical = frame << 12,
          .span = (entry & kNapot) != 0 ? 16 * kPageSize : kPageSize << (9 * level),
          .read = can(Access::kLoad),
          .write = can(Access::kStore) && (entry & kDirty) != 0,
          .execute = can(Access::kFetch),
          .user = (entry & kUser) != 0,
          .global = (entry & kGlobal) != 0};
}

}  // namespace

WalkResult walk(const WalkContext& context, TableMemory& memory, WalkCache& cache,
                std::uint64_t address, Access access) {
  const unsigned levels = context.paging == Paging::kSv39 ? 3 : 4;
  const unsigned unused = 64 - (12 + 9 * levels);
  const auto canonical =
      static_cast<std::uint64_t>(static_cast<std::int64_t>(address << unused) >> unused);
  if (canonical != address) return page_fault();

  std::uint64_t table = context.root;
  unsigned level = levels;
  if (const auto known = cache.find(context.root, address)) {
    table = *known;
    level = 1;
  }
  while (level-- > 0) {
    const std::uint64_t at = table + (address >> (12 + 9 * level) & 511) * 8;
    for (;;) {
      std::uint64_t* const cell = memory.entry(at, false);
      if (cell == nullptr) return {WalkFault::kAccess, {}};
      const std::uint64_t entry = std::atomic_ref(*cell).load(std::memory_order_acquire);
      if ((entry & kValid) == 0 || (entry & (kRead | kWrite)) == kWrite) return page_fault();
      if ((entry & kReserved) != 0) return page_fault();
      if ((entry & kMemoryType) != 0 &&
          (!context.has_memory_types || (entry & kMemoryType) == kReservedType)) {
        return page_fault();
      }
      if ((entry & (kRead | kExecute)) == 0) {
        if ((entry & (kUser | kAccessed | kDirty | kMemoryType | kNapot)) != 0 || level == 0) {
          return page_fault();
        }
        table = frame_of(entry) << 12;
        if (level == 1) cache.put(context.root, address, table);
        break;
      }
      if (!is_permitted(context, entry, access)) return page_fault();
      const auto frame = leaf_frame(entry, address >> 12, level);
      if (!frame) return page_fault();
      const std::uint64_t wanted =
          entry | kAccessed | (access == Access::kStore ? kDirty : std::uint64_t{0});
      if (wanted == entry) return {{}, translation_of(context, entry, *frame, level)};
      if (!context.updates_bits) return page_fault();
      if (memory.entry(at, true) == nullptr) return {WalkFault::kAccess, {}};
      std::uint64_t expected = entry;
      if (std::atomic_ref(*cell).compare_exchange_strong(expected, wanted)) {
        return {{}, translation_of(context, wanted, *frame, level)};
      }
      // Somebody changed the entry: look again.
    }
  }
  return page_fault();
}

}  // namespace doppel::sysvm
