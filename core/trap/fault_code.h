// SPDX-License-Identifier: Apache-2.0
// The host code whose faults are guests' faults. A fault anywhere else is a bug of the host program
// and stays a crash.
#pragma once

#include <cstdint>
#include <optional>

#include "core/memory/address_ranges.h"
#include "core/result.h"

namespace doppel {

/// The process-wide set of such code ranges: interpreter handlers, compiled code. Every member may
/// be called from any thread; none takes a lock.
class FaultCode {
 public:
  /// Adds [begin, end), disjoint from every other range but an equal one, which is left as it is.
  /// `owner` comes back in HostFault::code_owner: a compiler passes its table from host pc to guest
  /// pc. Fails with kSystem when memory is out, kUsage when the range is empty.
  static Result<void> add(const void* begin, const void* end, const void* owner = nullptr);

  /// Removes the range that begins at `begin`, which no thread executes any more.
  static void remove(const void* begin) noexcept;

  /// The range that holds `pc`. Async-signal-safe.
  [[nodiscard]] static std::optional<AddressRange> find(std::uintptr_t pc) noexcept;
};

}  // namespace doppel
