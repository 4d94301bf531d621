// SPDX-License-Identifier: Apache-2.0
// Signals that end the process, taken so that the terminal is as before when they do.
#pragma once

#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <thread>

#include "core/memory/file_descriptor.h"

namespace doppel::tools {

/// While it lives, SIGINT, SIGTERM and SIGHUP do not end the process: a thread of its own calls a
/// function at each. Those that are ignored stay so. One at a time.
class SignalWatch {
 public:
  explicit SignalWatch(std::function<void()> call);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// Which one came last, if any; none is taken from now on.
  std::optional<int> taken();

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

  void listen();

  const std::function<void()> call_;
  FileDescriptor heard_;  ///< the end of the handler's pipe that is read
  std::array<struct sigaction, kSignals.size()> before_ = {};
  std::optional<int> taken_;  // the thread's, until it is joined
  std::thread thread_;
};

/// Ends the process as this signal does by default.
[[noreturn]] void die_by(int signal);

}  // namespace doppel::tools
