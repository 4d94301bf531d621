// SPDX-License-Identifier: Apache-2.0
// Page table walks: Sv39 and Sv48 with Svadu, Svpbmt and Svnapot (privileged specification 12).
// A walk knows memory and what steers it; who caches results is not its concern.
#pragma once

#include <cstdint>
#include <optional>

#include "core/types.h"
#include "sysvm/hart/trap.h"
#include "sysvm/mmu/walk_cache.h"
#include "sysvm/platform/bus.h"

namespace doppel::sysvm {

/// satp.MODE.
enum class Paging : std::uint8_t { kBare = 0, kSv39 = 8, kSv48 = 9 };

/// What a walk depends on besides the tables.
struct WalkContext {
  Paging paging = Paging::kBare;
  std::uint64_t root = 0;  ///< physical address of the root table
  Privilege privilege = Privilege::kSupervisor;
  bool sum = false;               ///< the supervisor may access user pages
  bool mxr = false;               ///< executable pages may be read
  bool updates_bits = false;      ///< A and D are set by the walk (menvcfg.ADUE)
  bool has_memory_types = false;  ///< PBMT may be nonzero (menvcfg.PBMTE)
};

/// A page and how it may be accessed at once.
struct Translation {
  std::uint64_t physical = 0;  ///< of the 4 KiB page that holds the address
  std::uint64_t span = 0;      ///< bytes that the leaf maps, a power of two
  bool read = false;
  bool write = false;  ///< the page is writable and its D is set
  bool execute = false;
  bool user = false;
  bool global = false;  ///< its leaf says that it is the same in all address spaces
};

/// Why there is none: a page fault, or an access fault of the walk itself.
enum class WalkFault : std::uint8_t { kPage, kAccess };

/// Physical memory as a walk may use it: RAM that the PMP lets the supervisor read (write) there.
class TableMemory {
 public:
  virtual ~TableMemory() = default;
  /// The table entry at a physical address; null: an access fault.
  virtual std::uint64_t* entry(std::uint64_t physical, bool for_write) = 0;
};

/// The outcome of a walk; without a fault the translation is good.
struct WalkResult {
  std::optional<WalkFault> fault;
  Translation translation;
};

/// Translates the page of `address` for `access`. A and D are set by compare-and-swap, so tables
/// may be changed at the same time. Paging must not be bare. `cache` remembers tables until the
/// next fence.
[[nodiscard]] WalkResult walk(const WalkContext& context, TableMemory& memory, WalkCache& cache,
                              std::uint64_t address, Access access);

}  // namespace doppel::sysvm
