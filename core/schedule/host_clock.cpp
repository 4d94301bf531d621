// SPDX-License-Identifier: Apache-2.0
// The scheduler on the host's clock: workers that run processors, and a ticker that preempts them
// when all workers are busy and someone waits for one.
#include <algorithm>
#include <system_error>

#include "core/schedule/scheduler.h"

namespace doppel {

void Scheduler::run_on_host_clock(Lock& lock) {
  running_ = true;
  work(lock, workers_.emplace_back());
  lock.unlock();
  for (std::thread& thread : threads_) thread.join();  // nobody adds to them any more
  lock.lock();
  threads_.clear();
  workers_.clear();
  has_ticker_ = false;
  tick_at_ = kNever;
}

void Scheduler::work(Lock& lock, Worker& worker) {
  while (running_ && !is_over()) {
    queue_.expire(now());
    if (auto* task = static_cast<ScheduledTask*>(queue_.take())) {
      worker.task = task;
      worker.slice_end = now() + slice();
      arrange(lock);
      run_slice(lock, worker, {});
    } else {
      worker.idle = true;
      worker.sleeps_until = queue_.next_deadline();
      sleep(lock, work_condition_, worker.sleeps_until);
      worker.idle = false;
    }
  }
  running_ = false;
  work_condition_.notify_all();
  tick_condition_.notify_all();
}

/// Sees to it that somebody is awake in time for what is ready and for the next deadline. Called
/// whenever one of them, or who is idle, may have changed for others than the caller.
void Scheduler::arrange(const Lock& lock) {
  if (!running_) return;
  const auto idle = [](const Worker& worker) { return worker.idle; };
  if (std::any_of(workers_.begin(), workers_.end(), idle)) {
    const bool somebody_watches =
        std::any_of(workers_.begin(), workers_.end(), [this](const Worker& worker) {
          return worker.idle && worker.sleeps_until <= queue_.next_deadline();
        });
    if (queue_.has_ready() || !somebody_watches) work_condition_.notify_one();
    return;
  }
  if (queue_.has_ready() && start_worker()) return;
  const ClockTime tick = next_tick();
  if (tick >= tick_at_) return;
  tick_at_ = tick;
  if (!has_ticker_) start_ticker(lock);
  tick_condition_.notify_one();
}

bool Scheduler::start_worker() {
  if (workers_.size() >= worker_limit_) return false;
  Worker& worker = workers_.emplace_back();
  try {
    threads_.emplace_back([this, &worker] {
      Lock lock(mutex_);
      work(lock, worker);
    });
  } catch (const std::system_error&) {
    workers_.pop_back();
    worker_limit_ = workers_.size();
    return false;
  }
  return true;
}

void Scheduler::start_ticker(const Lock& lock) {
  try {
    threads_.emplace_back([this] {
      Lock ticker_lock(mutex_);
      tick(ticker_lock);
    });
    has_ticker_ = true;
  } catch (const std::system_error& error) {
    failure_ = fail_errno("start a thread for preemption", error.code().value()).value();
    stop(lock);
  }
}

void Scheduler::tick(Lock& lock) {
  while (running_ && !is_over()) {
    queue_.expire(now());
    arrange(lock);
    if (queue_.has_ready()) interrupt_ended_slices();  // late: who is interrupted wants the lock
    tick_at_ = next_tick();
    sleep(lock, tick_condition_, tick_at_);
  }
}

/// Slices that are about to end are ended too: that spares a second waking. A processor that does
/// not react is interrupted again a slice later; one that does has a slice of its own by then, and
/// the ticker sleeps that long without being told of it.
void Scheduler::interrupt_ended_slices() {
  const ClockTime time = now();
  for (Worker& worker : workers_) {
    if (worker.task == nullptr || worker.slice_end > time + slice() / 8) continue;
    worker.task->processor.request_interrupt();
    worker.slice_end = time + slice();
  }
}

/// When the ticker has something to do: nothing, while an idle worker watches the deadlines.
ClockTime Scheduler::next_tick() const {
  ClockTime next = queue_.next_deadline();
  for (const Worker& worker : workers_) {
    if (worker.idle) return kNever;
    if (queue_.has_ready()) next = std::min(next, worker.slice_end);
  }
  return next;
}

void Scheduler::sleep(Lock& lock, std::condition_variable& condition, ClockTime until) {
  if (until.value() > INT64_MAX) return condition.wait(lock);  // the host's clock ends there
  const auto since_epoch = std::chrono::nanoseconds(until.value());
  condition.wait_until(lock, std::chrono::steady_clock::time_point(since_epoch));
}

}  // namespace doppel
