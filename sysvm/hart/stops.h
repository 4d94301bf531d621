// SPDX-License-Identifier: Apache-2.0
// Where a debugger wants a hart to stop: breakpoints and watchpoints, by virtual address. Handlers
// know nothing of them. Code in a page with a breakpoint is executed one instruction at a time, and
// data in a watched page never enters the TLB, so that both take ways on which they are looked for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "sysvm/hart/trap.h"

namespace doppel::sysvm {

/// Which accesses a watchpoint is for.
enum class WatchKind : std::uint8_t { kWrite, kRead, kAccess };

/// Bytes [address, address + size) that are watched; size is not 0.
struct Watchpoint {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  WatchKind kind = WatchKind::kWrite;

  friend bool operator==(const Watchpoint&, const Watchpoint&) = default;
};

/// Why a hart has stopped for its debugger; its pc is that of the instruction to come.
struct DebugStop {
  enum class Reason : std::uint8_t { kStep, kBreakpoint, kWatchpoint } reason = Reason::kStep;
  Watchpoint watchpoint;  ///< the one that an access of that instruction would have met
};

/// See the file comment. One hart's; one thread.
class Stops {
 public:
  [[nodiscard]] bool empty() const { return breakpoints_.empty() && watchpoints_.empty(); }
  void add(std::uint64_t breakpoint) { breakpoints_.insert(breakpoint); }
  bool remove(std::uint64_t breakpoint) { return breakpoints_.erase(breakpoint) != 0; }
  void add(const Watchpoint& watchpoint) { watchpoints_.push_back(watchpoint); }
  bool remove(const Watchpoint& watchpoint) {
    const auto found = std::ranges::find(watchpoints_, watchpoint);
    if (found == watchpoints_.end()) return false;
    watchpoints_.erase(found);
    return true;
  }

  [[nodiscard]] bool is_breakpoint(std::uint64_t pc) const { return breakpoints_.contains(pc); }
  /// Whether an instruction in [page, page + bytes) has a breakpoint.
  [[nodiscard]] bool has_breakpoint_in(std::uint64_t page, std::uint64_t bytes) const {
    const auto first = breakpoints_.lower_bound(page);
    return first != breakpoints_.end() && *first - page < bytes;
  }
  /// The watchpoint that an access of these bytes meets. An atomic operation reads and writes.
  [[nodiscard]] std::optional<Watchpoint> watched(std::uint64_t address, std::uint64_t size,
                                                  bool reads, bool writes) const {
    for (const Watchpoint& it : watchpoints_) {
      const bool overlaps =
          address - it.address < it.size || it.address - address < size;  // modulo 2^64
      const bool concerns =
          (reads && it.kind != WatchKind::kWrite) || (writes && it.kind != WatchKind::kRead);
      if (overlaps && concerns) return it;
    }
    return std::nullopt;
  }
  /// Whether any byte of a range is watched for anything.
  [[nodiscard]] bool has_watchpoint_in(std::uint64_t address, std::uint64_t bytes) const {
    return watched(address, bytes, true, true).has_value();
  }

 private:
  std::set<std::uint64_t> breakpoints_;
  std::vector<Watchpoint> watchpoints_;
};

}  // namespace doppel::sysvm
