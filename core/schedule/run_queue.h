// SPDX-License-Identifier: Apache-2.0
// Which processors are ready, in order, and which are parked, by deadline. Deterministic: its order
// depends on the calls alone.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>

#include "core/vcpu/virtual_processor.h"

namespace doppel {

/// Later than every moment.
inline constexpr ClockTime kNever{UINT64_MAX};

/// A virtual processor as schedulers see it.
struct Task {
  enum class State : std::uint8_t { kRunning, kReady, kParked };

  VirtualProcessor& processor;
  std::uint64_t number;           ///< in the order of arrival; breaks ties between deadlines
  State state = State::kRunning;  ///< changed by RunQueue alone
  ClockTime deadline = kNever;    ///< while parked
};

/// A round-robin queue with timers. Holds pointers to tasks that others own. Not synchronized.
class RunQueue {
 public:
  /// The task, running or parked until now, becomes the last of those that are ready.
  void make_ready(Task& task);

  /// The running task waits until it is made ready, at `deadline` at the latest.
  void park(Task& task, std::optional<ClockTime> deadline);

  /// Makes ready whom a deadline up to `now` waits for, the earliest first.
  void expire(ClockTime now);

  /// Takes the first that is ready, which is running from now on; null if none is.
  Task* take();

  [[nodiscard]] bool has_ready() const { return !ready_.empty(); }
  /// The earliest deadline of a parked task, or kNever.
  [[nodiscard]] ClockTime next_deadline() const;

 private:
  struct Earlier {
    bool operator()(const Task* a, const Task* b) const {
      return a->deadline != b->deadline ? a->deadline < b->deadline : a->number < b->number;
    }
  };

  std::deque<Task*> ready_;
  std::set<Task*, Earlier> timers_;
};

}  // namespace doppel
