// SPDX-License-Identifier: Apache-2.0
// Stops guest code that does not look whether it should: a signal (SIGURG, which everybody else
// ignores) to the host thread that runs it. The process's handler is installed at the first use, in
// front of the one that was there.
#pragma once

#include <cstdint>

#include "core/types.h"

namespace doppel {

/// A thread of the host, as the kernel knows it; 0: none.
using HostThread = Ordinal<struct HostThreadTag, std::int32_t>;

/// While one lives, guest code that runs on its thread can be interrupted. They nest.
class Interruptible {
 public:
  /// `look(context)` is called when interrupt() is, if the thread is then in code of FaultCode that
  /// has an owner: in a handler, on the stack of that code, as if the code had called it. It may
  /// return, on another thread even (Fiber), or leave by leave_guest_code().
  Interruptible(void (*look)(void*), void* context) noexcept;
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

  /// The calling thread.
  [[nodiscard]] static HostThread this_thread() noexcept;
  /// Any thread; async-signal-safe. Nothing happens if the thread has ended.
  static void interrupt(HostThread thread) noexcept;

 private:
  friend struct InterruptHandler;
  void (*look_)(void*);
  void* context_;
  Interruptible* outer_;
};

}  // namespace doppel
