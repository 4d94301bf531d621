// SPDX-License-Identifier: Apache-2.0
// Time-slices many virtual processors, round-robin, over a few host threads with preemption by
// timer; or on one thread by instruction counts, so that a run repeats bit for bit.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/observe/exit_account.h"
#include "core/result.h"
#include "core/schedule/run_queue.h"
#include "core/vcpu/virtual_processor.h"

namespace doppel {

/// What a scheduler's ClockTime counts.
enum class ClockKind : std::uint8_t {
  kHost,          ///< nanoseconds of the host's steady clock
  kInstructions,  ///< instructions executed by all processors, and leaps over idle time
};

/// What becomes of a processor after an exit that the scheduler leaves to others.
enum class Verdict : std::uint8_t { kContinue, kRemove };

/// Answers exits with kHypercall, kIo, kFault or kBreakpoint, and hears of kFinished, where the
/// verdict is always to remove. Called on the thread that ran the processor, without locks; it may
/// call any member of the scheduler but `run`. Must not throw.
using ExitHandler = std::function<Verdict(const Exit&)>;

struct SchedulerOptions {
  ClockKind clock = ClockKind::kHost;
  /// The most threads that run processors at a time, `run`'s caller included; one under
  /// kInstructions.
  unsigned host_threads = 1;
  /// How long a processor may run on kHost while others are ready; positive.
  std::chrono::nanoseconds time_slice = std::chrono::milliseconds(5);
  /// How many instructions a turn has on kInstructions, of which deadlines may make several runs.
  std::uint64_t instruction_slice = 100'000;
  /// Where to count exits, if anywhere; outlives the scheduler.
  const ExitAccount* account = nullptr;
};

/// Runs virtual processors. `run` is called by one thread; every other member may be called by any
/// thread at any time, though not from a signal handler.
///
/// An event is never lost: a `wake` while its processor is running lets the processor's next halt
/// or wait end at once. On kInstructions the result repeats as long as `wake`, `add` and `stop` are
/// called by processors and exit handlers only.
class Scheduler {
 public:
  explicit Scheduler(const SchedulerOptions& options);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;  // and `run` has returned when it is destroyed

  /// Adds a processor that is ready to run. It stays until it has finished or is removed by
  /// verdict; without an `on_exit`, at its first exit that needs an answer. The caller owns it, and
  /// `counters`, and keeps both until `run` has returned.
  void add(VirtualProcessor& processor, ExitHandler on_exit = {}, Counters* counters = nullptr);

  /// Tells a processor of an event: if it is halted or waiting, it is ready. On kInstructions it
  /// runs next, ahead of its turn if need be.
  void wake(VirtualProcessor& processor);

  /// On kInstructions: forgets whose turn it is. All are ready from now on, in the order in which
  /// they were added, as when `run` began.
  void begin_again();

  /// Ends `run` soon and for good; running processors are interrupted.
  void stop();

  /// How `run` ended.
  enum class Outcome : std::uint8_t {
    kAllGone,  ///< every processor has finished or was removed
    kStopped,  ///< `stop` was called
    kIdle,     ///< on kInstructions: all are halted, and no deadline is to come
  };

  /// Runs until there is an outcome. Threads are started as they are needed; when the host refuses
  /// one that preemption needs, kSystem.
  Result<Outcome> run();

  /// The time on the scheduler's clock; on kInstructions, that at which the current run began.
  [[nodiscard]] ClockTime now() const;

 private:
  struct ScheduledTask : Task {
    ExitHandler on_exit;
    Counters* counters = nullptr;
    bool event_pending = false;  ///< woken since the current run began
  };
  /// A host thread that runs processors.
  struct Worker {
    ScheduledTask* task = nullptr;  ///< running now; null: looking for one, or idle
    ClockTime slice_end = kNever;   ///< when to interrupt it for others
    bool idle = false;
    ClockTime sleeps_until = kNever;  ///< while idle
  };
  using Lock = std::unique_lock<std::mutex>;

  [[nodiscard]] bool is_over() const { return stopping_ || tasks_.empty(); }
  void stop(const Lock& lock);
  void run_slice(Lock& lock, Worker& worker, Budget budget);
  [[nodiscard]] static Verdict judge(const ScheduledTask& task, const Exit& exit);
  void settle(ScheduledTask& task, const Exit& exit, Verdict verdict);

  Outcome run_on_instruction_clock(Lock& lock);

  void run_on_host_clock(Lock& lock);
  void work(Lock& lock, Worker& worker);
  void tick(Lock& lock);
  void arrange(const Lock& lock);
  bool start_worker();
  void start_ticker(const Lock& lock);
  void interrupt_ended_slices();
  [[nodiscard]] std::uint64_t slice() const {
    return static_cast<std::uint64_t>(options_.time_slice.count());
  }
  [[nodiscard]] ClockTime next_tick() const;
  static void sleep(Lock& lock, std::condition_variable& condition, ClockTime until);

  const SchedulerOptions options_;
  std::atomic<std::uint64_t> instructions_ = 0;  ///< the clock on kInstructions

  std::mutex mutex_;  // protects everything below
  std::unordered_map<VirtualProcessor*, ScheduledTask> tasks_;
  RunQueue queue_;
  std::uint64_t next_number_ = 0;
  bool stopping_ = false;

  // On kHost. Someone is always awake in time for the next thing to do: an idle worker if there is
  // one, else the ticker, which sleeps for good while there is nothing to preempt for.
  std::deque<Worker> workers_;
  std::vector<std::thread> threads_;
  bool running_ = false;      ///< threads are at work and more may be started
  std::size_t worker_limit_;  ///< lowered when the host refuses a thread
  bool has_ticker_ = false;
  ClockTime tick_at_ = kNever;  ///< when the ticker wakes by itself
  std::condition_variable work_condition_;
  std::condition_variable tick_condition_;
  std::optional<Error> failure_;
};

}  // namespace doppel
