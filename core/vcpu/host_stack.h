// SPDX-License-Identifier: Apache-2.0
// A stack of the host for code that must be able to stop in the middle of its calls: mapped memory
// with a guard below, so that an overflow faults instead of overwriting.
#pragma once

#include <cstddef>

#include "core/result.h"

namespace doppel {

/// Owns a guarded stack. Move-only. It takes memory only as far as it has been used.
class HostStack {
 public:
  /// Enough for compiled code and a host call with its C library.
  static constexpr std::size_t kDefaultSize = std::size_t{256} * 1024;
  /// Frames of code that does not probe its stack must be smaller than this.
  static constexpr std::size_t kGuardSize = std::size_t{64} * 1024;

  /// Maps a stack of at least `bytes`. Fails with kSystem when the host refuses.
  static Result<HostStack> create(std::size_t bytes = kDefaultSize);

  HostStack(HostStack&& other) noexcept;
  HostStack& operator=(HostStack&& other) noexcept;
  ~HostStack();

  /// The lowest usable address; the guard lies below.
  [[nodiscard]] std::byte* bottom() const { return mapping_ + kGuardSize; }
  /// One past the highest usable address; page-aligned. The stack grows down from here.
  [[nodiscard]] std::byte* top() const { return bottom() + size_; }
  /// The number of usable bytes.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  HostStack(std::byte* mapping, std::size_t size) : mapping_(mapping), size_(size) {}

  std::byte* mapping_;
  std::size_t size_;
};

}  // namespace doppel
