// SPDX-License-Identifier: Apache-2.0
// The lock of a context that several threads share: one of them is inside a WASI call, except while
// calls wait for the host.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

namespace doppel::bytecode::wasi {

struct Descriptor;

/// All of it under `mutex`.
struct Monitor {
  std::mutex mutex;
  int waiting = 0;  ///< calls that wait for the host, without the lock
  /// Closed descriptors that waiting calls may still refer to, until none waits.
  std::vector<std::unique_ptr<Descriptor>> retired;
};

}  // namespace doppel::bytecode::wasi
