// SPDX-License-Identifier: Apache-2.0
// What waits for the host on behalf of devices: descriptors that become ready, and deadlines. A
// thread of its own on the host's clock; polled at instruction counts on the other.
#pragma once

#include <poll.h>

#include <cstddef>
#include <vector>

#include "core/memory/file_descriptor.h"
#include "core/result.h"
#include "sysvm/platform/bus.h"

namespace doppel::sysvm {

/// What one wait is for.
class PollSet {
 public:
  /// Waits for events of `poll` on a descriptor; the index under which its events are found.
  std::size_t add(int descriptor, short events) {
    entries_.push_back({descriptor, events, 0});
    return entries_.size() - 1;
  }
  /// The events that have happened.
  [[nodiscard]] short events(std::size_t index) const { return entries_[index].revents; }
  /// Ends the wait after so many milliseconds.
  void wait_at_most(int milliseconds) {
    if (timeout_ < 0 || milliseconds < timeout_) timeout_ = milliseconds;
  }

 private:
  friend class HostLoop;
  std::vector<pollfd> entries_;
  int timeout_ = -1;
};

/// A device's interest in the host. Called under the board's lock.
class HostSource {
 public:
  virtual ~HostSource() = default;
  /// Says what to wait for.
  virtual void before_poll(PollSet& set) = 0;
  /// Looks at what has happened.
  virtual void after_poll(const PollSet& set) = 0;
};

/// See the file comment.
class HostLoop {
 public:
  /// `bus` outlives the loop. Fails with kSystem.
  static Result<HostLoop> create(Bus& bus);

  /// Adds a source, which outlives the loop's use; before it runs.
  void add(HostSource& source) { sources_.push_back(&source); }

  /// Waits once, `milliseconds` at most (negative: until something happens), and lets the sources
  /// look.
  void poll_once(int milliseconds);
  /// Ends a wait, or the next one: what a source waits for has changed. Any thread.
  void wake() const;

 private:
  HostLoop(Bus& bus, FileDescriptor event) : bus_(&bus), event_(std::move(event)) {}

  Bus* bus_;
  FileDescriptor event_;
  std::vector<HostSource*> sources_;
};

}  // namespace doppel::sysvm
