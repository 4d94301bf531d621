// SPDX-License-Identifier: Apache-2.0
// Where the contents of a disk are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"

namespace doppel::sysvm {

/// Bytes by offset. One thread at a time.
class BlockStore {
 public:
  virtual ~BlockStore() = default;
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
  [[nodiscard]] virtual bool is_read_only() const = 0;
  /// Fills the buffers, one after another, from `offset` on; all within `bytes()`.
  virtual Result<void> read(std::uint64_t offset,
                            std::span<const std::span<std::byte>> buffers) = 0;
  virtual Result<void> write(std::uint64_t offset,
                             std::span<const std::span<const std::byte>> buffers) = 0;
  /// Returns when all that was written would survive a loss of power.
  virtual Result<void> flush() = 0;
};

}  // namespace doppel::sysvm
