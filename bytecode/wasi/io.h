// SPDX-License-Identifier: Apache-2.0
// Reading and writing through guest buffers: scatter lists, waiting that can be interrupted.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bytecode/wasi/context.h"
#include "bytecode/wasi/guest_memory.h"

namespace doppel::bytecode::wasi {

/// The buffers of one call, checked to lie in guest memory; empty ones are left out.
class Buffers {
 public:
  /// As many as POSIX systems take in one call (IOV_MAX); more are EINVAL.
  static constexpr std::size_t kMax = 1024;

  // The array is not worth clearing in each call.
  Buffers() {}  // NOLINT(modernize-use-equals-default)

  /// Reads `count` iovec records at `address`: EINVAL, or EFAULT.
  [[nodiscard]] Attempt<void> gather(const GuestMemory& memory, Pointer address, Size count);

  [[nodiscard]] std::span<iovec> list() { return std::span(buffers_).first(count_); }

 private:
  std::array<iovec, kMax> buffers_;  // the first count_ are set
  std::size_t count_ = 0;
};

/// Which way the bytes go.
enum class Direction : std::uint8_t { kRead, kWrite };

/// Waits until a transfer on `descriptor` would not block. EAGAIN at once where the guest asked for
/// non-blocking mode, or interrupted.
[[nodiscard]] Attempt<void> wait_ready(const Context& context, const Descriptor& descriptor,
                                       Direction direction);

/// Transfers as readv(2) and writev(2) do, or pread and pwrite at `offset`, under the guest's flags
/// of the descriptor; the number of bytes.
[[nodiscard]] Attempt<Size> transfer(const Context& context, const Descriptor& descriptor,
                                     Direction direction, std::span<const iovec> buffers,
                                     std::optional<std::uint64_t> offset = std::nullopt);

}  // namespace doppel::bytecode::wasi
