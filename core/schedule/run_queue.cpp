// SPDX-License-Identifier: Apache-2.0
// The ready queue and the timers.
#include "core/schedule/run_queue.h"

namespace doppel {

void RunQueue::make_ready(Task& task) {
  timers_.erase(&task);
  task.state = Task::State::kReady;
  ready_.push_back(&task);
}

void RunQueue::park(Task& task, std::optional<ClockTime> deadline) {
  task.state = Task::State::kParked;
  task.deadline = deadline.value_or(kNever);
  if (task.deadline != kNever) timers_.insert(&task);
}

void RunQueue::expire(ClockTime now) {
  while (!timers_.empty() && next_deadline() <= now) make_ready(**timers_.begin());
}

Task* RunQueue::take() {
  if (ready_.empty()) return nullptr;
  Task* task = ready_.front();
  ready_.pop_front();
  task->state = Task::State::kRunning;
  return task;
}

ClockTime RunQueue::next_deadline() const {
  return timers_.empty() ? kNever : (*timers_.begin())->deadline;
}

}  // namespace doppel
