// SPDX-License-Identifier: Apache-2.0
// The bound on a program's time.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "bytecode/runtime/thread.h"

namespace doppel::tools {

/// While it lives, a host thread waits for the deadline. It then makes the guest trap with
/// kTimeout, and wakes the constructing thread from the system call that it may be blocked in,
/// until it is destroyed. A guest that is still there seconds later is ended with the process.
class Watchdog {
 public:
  Watchdog(bytecode::Thread& guest, double seconds);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void wait(double seconds, pthread_t blocked);

  bytecode::Thread& guest_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace doppel::tools
