// SPDX-License-Identifier: Apache-2.0
// The ready queue and the timers.
#include "core/schedule/run_queue.h"

#include <algorithm>

namespace doppel {

namespace {

/// Who hurries runs this part of a turn, so that others who do need not wait for long.
constexpr std::int64_t kParts = 100;

}  // namespace

void RunQueue::make_ready(Task& task) {
  timers_.erase(&task);
  task.state = Task::State::kReady;
  ready_.push_back(&task);
}

void RunQueue::go_on(Task& task) {
  if (task.turn <= 0) return make_ready(task);
  task.state = Task::State::kReady;
  ready_.push_front(&task);
}

void RunQueue::hurry(Task& task) {
  const bool may_hurry = task.turn > -turn_;
  if (task.state == Task::State::kReady) {
    const auto place = may_hurry ? std::find(ready_.begin(), ready_.end(), &task) : ready_.end();
    if (place == ready_.end()) return;
    ready_.erase(place);
  }
  if (!may_hurry) return make_ready(task);
  timers_.erase(&task);
  task.state = Task::State::kReady;
  hurried_.push_back(&task);
}

void RunQueue::park(Task& task, std::optional<ClockTime> deadline) {
  task.state = Task::State::kParked;
  task.deadline = deadline.value_or(kNever);
  if (task.deadline != kNever) timers_.insert(&task);
}

void RunQueue::expire(ClockTime now) {
  while (!timers_.empty() && next_deadline() <= now) hurry(**timers_.begin());
}

Task* RunQueue::take() {
  if (!has_ready()) return nullptr;
  Task* task = nullptr;
  if (!hurried_.empty()) {
    task = hurried_.front();
    hurried_.pop_front();
    const std::int64_t most = std::min(turn_ / kParts, task->turn + turn_);
    task->allowance = static_cast<std::uint64_t>(std::max<std::int64_t>(most, 1));
  } else {
    task = take_in_turn();
    task->allowance = static_cast<std::uint64_t>(task->turn);
  }
  task->state = Task::State::kRunning;
  return task;
}

/// Whose turn it is; who has had it in advance waits for another.
Task* RunQueue::take_in_turn() {
  for (;;) {
    Task* const task = ready_.front();
    ready_.pop_front();
    if (task->turn <= 0) task->turn += turn_;
    if (task->turn > 0 || turn_ == 0) return task;
    ready_.push_back(task);
  }
}

void RunQueue::charge(Task& task, std::uint64_t instructions) {
  if (turn_ != 0) task.turn -= static_cast<std::int64_t>(instructions);
}

void RunQueue::begin_again(std::span<Task* const> tasks) {
  hurried_.clear();
  ready_.clear();
  timers_.clear();
  for (Task* const task : tasks) {
    task->turn = 0;
    if (task->state != Task::State::kRunning) make_ready(*task);
  }
}

ClockTime RunQueue::next_deadline() const {
  return timers_.empty() ? kNever : (*timers_.begin())->deadline;
}

}  // namespace doppel
