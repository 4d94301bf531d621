// SPDX-License-Identifier: Apache-2.0
// The world that one guest program sees through WASI: its arguments, environment, descriptors,
// clocks and entropy. Nothing of the host is reachable that was not put in here. A context serves
// one thread at a time, or several after share(), and knows nothing of the engine that runs the
// guest.
#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bytecode/wasi/clock.h"
#include "bytecode/wasi/descriptor.h"
#include "bytecode/wasi/monitor.h"
#include "bytecode/wasi/resolver.h"
#include "core/result.h"

namespace doppel::bytecode::wasi {

/// A host directory that the guest finds open under a name.
struct Preopen {
  std::string host_path;
  std::string guest_name;
};

/// What a guest is given.
struct ContextOptions {
  /// The program's name and arguments.
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  /// Host descriptors of the guest's standard input, output and error. They are duplicated; one
  /// that is -1 or closed leaves the guest's closed.
  std::array<int, 3> standard_streams = {-1, -1, -1};
  /// Directories, numbered from 3 in this order.
  std::vector<Preopen> directories;
  /// Sockets, numbered after the directories. Taken over.
  std::vector<HostFd> sockets;
  /// How many descriptors the guest may have open at once.
  std::size_t max_descriptors = 1024;
  /// Time and entropy; the host's where null.
  std::unique_ptr<Clock> clock;
  std::unique_ptr<RandomSource> random;
  /// Asked before a call blocks, at least every 100 ms while it waits, and when a signal has ended
  /// a host system call: true ends the call as interrupted. A call that is already inside a
  /// blocking system call notices no sooner than a signal, without SA_RESTART, reaches its thread.
  std::function<bool()> interrupted;
  /// How paths are resolved.
  ResolverKind resolver = ResolverKind::kAutomatic;

  /// The host process's own standard streams.
  void inherit_standard_streams() { standard_streams = {0, 1, 2}; }
};

/// The state of one guest program.
class Context {
 public:
  /// Opens everything that `options` names. Errors: a directory that cannot be opened, a guest name
  /// that is empty, twice there or holds a NUL, an argument or variable that a guest cannot be
  /// given.
  [[nodiscard]] static Result<Context> create(ContextOptions options);

  /// Several threads will call from now on, one at a time: each call holds what enter() gives.
  void share();
  [[nodiscard]] std::unique_lock<std::mutex> enter() const {
    return monitor_ == nullptr ? std::unique_lock<std::mutex>() : std::unique_lock(monitor_->mutex);
  }
  /// Waits for the host in a call, by `wait()`, which touches nothing of the context; meanwhile
  /// other threads may call.
  template <class Wait>
  auto wait_outside(Wait wait) const {
    if (monitor_ == nullptr) return wait();
    ++monitor_->waiting;
    monitor_->mutex.unlock();
    const auto result = wait();
    const int error = errno;
    monitor_->mutex.lock();
    if (--monitor_->waiting == 0) monitor_->retired.clear();
    errno = error;
    return result;
  }

  [[nodiscard]] FdTable& descriptors() { return descriptors_; }
  [[nodiscard]] Clock& clock() { return *clock_; }
  [[nodiscard]] RandomSource& random() { return *random_; }
  [[nodiscard]] const Resolver& resolver() const { return resolver_; }
  [[nodiscard]] const std::vector<std::string>& arguments() const { return arguments_; }
  /// Variables as "NAME=value".
  [[nodiscard]] const std::vector<std::string>& environment() const { return environment_; }
  /// Whether the embedder asks a blocking call to end.
  [[nodiscard]] bool interrupted() const { return interrupted_ && interrupted_(); }

 private:
  explicit Context(ContextOptions& options);  // takes what it can use as it is
  Result<void> add_environment(const ContextOptions& options);
  Result<void> add_standard_streams(const ContextOptions& options);
  Result<void> add_directories(const ContextOptions& options);
  Result<void> add_sockets(ContextOptions& options);

  std::vector<std::string> arguments_;
  std::vector<std::string> environment_;
  FdTable descriptors_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<RandomSource> random_;
  std::function<bool()> interrupted_;
  Resolver resolver_;
  std::unique_ptr<Monitor> monitor_;  ///< null: one thread
};

}  // namespace doppel::bytecode::wasi
