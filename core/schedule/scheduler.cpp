// SPDX-License-Identifier: Apache-2.0
// What both clocks share: who is scheduled, what follows from an exit; and the instruction clock.
#include "core/schedule/scheduler.h"

#include <algorithm>
#include <utility>

namespace doppel {

namespace {

/// Turns have a length on the instruction clock only.
std::uint64_t turn_of(const SchedulerOptions& options) {
  if (options.clock != ClockKind::kInstructions) return 0;
  constexpr std::uint64_t kLongest = std::uint64_t{1} << 60;
  return std::clamp<std::uint64_t>(options.instruction_slice, 1, kLongest);
}

}  // namespace

Scheduler::Scheduler(const SchedulerOptions& options)
    : options_(options),
      queue_(turn_of(options)),
      worker_limit_(std::max(1U, options.host_threads)) {}

void Scheduler::add(VirtualProcessor& processor, ExitHandler on_exit, Counters* counters) {
  const Lock lock(mutex_);
  const auto [place, added] = tasks_.try_emplace(
      &processor, ScheduledTask{{processor, next_number_}, std::move(on_exit), counters});
  if (!added) return;
  ++next_number_;
  queue_.make_ready(place->second);
  arrange(lock);
}

void Scheduler::wake(VirtualProcessor& processor) {
  const Lock lock(mutex_);
  const auto found = tasks_.find(&processor);
  if (found == tasks_.end()) return;
  ScheduledTask& task = found->second;
  task.event_pending = true;
  if (task.state == Task::State::kRunning) return;
  const bool was_parked = task.state == Task::State::kParked;
  queue_.hurry(task);
  if (was_parked) arrange(lock);
}

void Scheduler::begin_again() {
  const Lock lock(mutex_);
  std::vector<Task*> tasks;
  tasks.reserve(tasks_.size());
  for (auto& [processor, task] : tasks_) tasks.push_back(&task);
  const auto earlier = [](const Task* a, const Task* b) { return a->number < b->number; };
  std::sort(tasks.begin(), tasks.end(), earlier);
  queue_.begin_again(tasks);
}

void Scheduler::stop() {
  const Lock lock(mutex_);
  stop(lock);
}

void Scheduler::stop(const Lock&) {
  stopping_ = true;
  for (const Worker& worker : workers_) {
    if (worker.task != nullptr) worker.task->processor.request_interrupt();
  }
  work_condition_.notify_all();
  tick_condition_.notify_all();
}

Result<Scheduler::Outcome> Scheduler::run() {
  Lock lock(mutex_);
  if (options_.clock == ClockKind::kInstructions) return run_on_instruction_clock(lock);
  run_on_host_clock(lock);
  if (failure_) return tl::unexpected(*failure_);
  return stopping_ ? Outcome::kStopped : Outcome::kAllGone;
}

ClockTime Scheduler::now() const {
  if (options_.clock == ClockKind::kInstructions) return ClockTime(instructions_.load());
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return ClockTime(static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count()));
}

Scheduler::Outcome Scheduler::run_on_instruction_clock(Lock& lock) {
  Worker& worker = workers_.emplace_back();
  Outcome outcome = Outcome::kIdle;
  while (!is_over()) {
    queue_.expire(now());
    if (auto* task = static_cast<ScheduledTask*>(queue_.take())) {
      worker.task = task;
      // A slice ends at the next deadline, which so happens at its exact instruction.
      const std::uint64_t until_deadline = queue_.next_deadline() - now();
      run_slice(lock, worker, {std::min(until_deadline, task->allowance)});
    } else if (queue_.next_deadline() != kNever) {
      instructions_ = queue_.next_deadline().value();
    } else {
      break;
    }
  }
  if (is_over()) outcome = stopping_ ? Outcome::kStopped : Outcome::kAllGone;
  workers_.clear();
  return outcome;
}

void Scheduler::run_slice(Lock& lock, Worker& worker, Budget budget) {
  ScheduledTask& task = *worker.task;
  task.event_pending = false;
  lock.unlock();
  const Exit exit = task.processor.run(budget);
  instructions_ += exit.instructions;
  if (options_.account != nullptr && task.counters != nullptr) {
    options_.account->record(*task.counters, exit);
  }
  const Verdict verdict = judge(task, exit);
  lock.lock();
  worker.task = nullptr;
  worker.slice_end = kNever;
  settle(task, exit, verdict);
}

Verdict Scheduler::judge(const ScheduledTask& task, const Exit& exit) {
  switch (exit.reason) {
    case ExitReason::kBudget:
    case ExitReason::kInterrupted:
    case ExitReason::kHalted:
    case ExitReason::kWaiting: return Verdict::kContinue;
    case ExitReason::kHypercall:
    case ExitReason::kIo:
    case ExitReason::kFault:
    case ExitReason::kBreakpoint: return task.on_exit ? task.on_exit(exit) : Verdict::kRemove;
    case ExitReason::kFinished:
      if (task.on_exit) task.on_exit(exit);
      return Verdict::kRemove;
  }
  return Verdict::kRemove;
}

void Scheduler::settle(ScheduledTask& task, const Exit& exit, Verdict verdict) {
  queue_.charge(task, exit.instructions);
  const bool sleeps = exit.reason == ExitReason::kHalted || exit.reason == ExitReason::kWaiting;
  if (verdict == Verdict::kRemove) {
    tasks_.erase(&task.processor);
  } else if (sleeps && !task.event_pending) {
    queue_.park(task, exit.deadline);
  } else if (exit.reason == ExitReason::kBudget || task.event_pending) {
    queue_.go_on(task);
  } else {
    queue_.make_ready(task);
  }
}

}  // namespace doppel
