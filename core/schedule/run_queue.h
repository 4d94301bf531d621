// SPDX-License-Identifier: Apache-2.0
// Which processors are ready, in order, and which are parked, by deadline. Deterministic: its order
// depends on the calls alone. Turns go round; where they have a length, whom an event or a deadline
// concerns may run ahead of its turn, on account of it, so that it need not wait and nobody
// starves.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>

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
  std::int64_t turn = 0;          ///< instructions left of its turn; below 0: had in advance
  std::uint64_t allowance = 0;    ///< instructions that it may execute now that it was taken
};

/// A round-robin queue with timers. Holds pointers to tasks that others own. Not synchronized.
class RunQueue {
 public:
  /// A turn is so many instructions; 0: turns have no length, and all wait for theirs.
  explicit RunQueue(std::uint64_t turn = 0) : turn_(static_cast<std::int64_t>(turn)) {}

  /// The task, running or parked until now, becomes the last of those that are ready.
  void make_ready(Task& task);

  /// The running task, which could go on, does so next if its turn is not over, else as the last.
  void go_on(Task& task);

  /// The task, parked or ready, has something to do at once: it is the next one that runs, after
  /// those of whom the same was said, for a hundredth of a turn at first. If it has had its next
  /// turn in advance already, it is the last.
  void hurry(Task& task);

  /// The running task waits until it is made ready, at `deadline` at the latest.
  void park(Task& task, std::optional<ClockTime> deadline);

  /// Hurries those who wait for a deadline up to `now`, the earliest first.
  void expire(ClockTime now);

  /// Takes the next that is ready, which is running from now on; null if none is.
  Task* take();
  /// The running task has executed these.
  void charge(Task& task, std::uint64_t instructions);

  /// The tasks, none of which is running but the caller's own, are all ready, in this order, as if
  /// they had never run.
  void begin_again(std::span<Task* const> tasks);

  [[nodiscard]] bool has_ready() const { return !hurried_.empty() || !ready_.empty(); }
  /// The earliest deadline of a parked task, or kNever.
  [[nodiscard]] ClockTime next_deadline() const;

 private:
  struct Earlier {
    bool operator()(const Task* a, const Task* b) const {
      return a->deadline != b->deadline ? a->deadline < b->deadline : a->number < b->number;
    }
  };

  Task* take_in_turn();

  const std::int64_t turn_;
  std::deque<Task*> hurried_;  ///< run ahead of `ready_`
  std::deque<Task*> ready_;
  std::set<Task*, Earlier> timers_;
};

}  // namespace doppel
