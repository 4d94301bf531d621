// SPDX-License-Identifier: Apache-2.0
// The scheduler on both clocks: order, preemption, waiting, waking, stopping, repeatability.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/schedule/run_queue.h"
#include "core/schedule/scheduler.h"

namespace doppel {
namespace {

using namespace std::chrono_literals;
using Outcome = Scheduler::Outcome;

constexpr Exit exit_for(ExitReason reason, std::uint64_t instructions = 0) {
  return {reason, instructions, {}};
}

/// Does in each run what a function says.
class FunctionProcessor : public VirtualProcessor {
 public:
  using Function = std::function<Exit(FunctionProcessor&, Budget)>;
  explicit FunctionProcessor(Function function) : function_(std::move(function)) {}
  Exit run(Budget budget) override { return function_(*this, budget); }
  using VirtualProcessor::interrupt_requested;
  using VirtualProcessor::take_interrupt;

 private:
  Function function_;
};

/// Computes until interrupted, for as long as `goes_on` says.
FunctionProcessor::Function spin_while(std::function<bool()> goes_on) {
  return [goes_on = std::move(goes_on)](FunctionProcessor& self, Budget) {
    while (goes_on()) {
      if (self.interrupt_requested() && self.take_interrupt()) {
        return exit_for(ExitReason::kInterrupted);
      }
    }
    return exit_for(ExitReason::kFinished);
  };
}

SchedulerOptions on_host(unsigned threads, std::chrono::nanoseconds slice = 1ms) {
  SchedulerOptions options;
  options.host_threads = threads;
  options.time_slice = slice;
  return options;
}

SchedulerOptions on_instructions(std::uint64_t slice) {
  SchedulerOptions options;
  options.clock = ClockKind::kInstructions;
  options.instruction_slice = slice;
  return options;
}

ClockTime after(const Scheduler& scheduler, std::chrono::nanoseconds time) {
  return scheduler.now() + static_cast<std::uint64_t>(time.count());
}

TEST(RunQueue, IsFirstInFirstOutAndWakesByDeadline) {
  FunctionProcessor processor([](auto&, Budget) { return Exit{}; });
  Task a{processor, 0};
  Task b{processor, 1};
  Task c{processor, 2};
  RunQueue queue;
  queue.park(c, ClockTime(20));
  queue.park(b, ClockTime(10));
  queue.park(a, ClockTime(10));
  EXPECT_EQ(queue.next_deadline(), ClockTime(10));
  queue.expire(ClockTime(9));
  EXPECT_EQ(queue.take(), nullptr);
  queue.expire(ClockTime(10));
  EXPECT_EQ(queue.take(), &a);
  EXPECT_EQ(queue.take(), &b);
  EXPECT_EQ(queue.take(), nullptr);
  queue.make_ready(c);
  EXPECT_EQ(queue.next_deadline(), kNever);
  EXPECT_EQ(queue.take(), &c);
}

TEST(RunQueue, WhoHurriesRunsAheadOfItsTurnOnAccountOfIt) {
  FunctionProcessor processor([](auto&, Budget) { return Exit{}; });
  Task a{processor, 0};
  Task b{processor, 1};
  RunQueue queue(100'000);
  const auto run = [&](Task& task, std::uint64_t instructions) {
    queue.charge(task, instructions);
    queue.go_on(task);
  };
  queue.make_ready(a);
  queue.make_ready(b);
  ASSERT_EQ(queue.take(), &a);
  EXPECT_EQ(a.allowance, 100'000u);
  run(a, 40'000);
  queue.hurry(b);
  ASSERT_EQ(queue.take(), &b) << "ahead of who has the turn";
  EXPECT_EQ(b.allowance, 1000u);
  run(b, 1000);
  ASSERT_EQ(queue.take(), &a);
  EXPECT_EQ(a.allowance, 60'000u) << "what was left of its turn";
  run(a, 60'000);
  ASSERT_EQ(queue.take(), &b);
  EXPECT_EQ(b.allowance, 99'000u) << "what was not had in advance";
  run(b, 99'000);
  for (int i = 0; i < 100; ++i) {
    queue.hurry(b);
    ASSERT_EQ(queue.take(), &b) << i;
    run(b, b.allowance);
  }
  queue.hurry(b);
  EXPECT_EQ(queue.take(), &a) << "b has had its next turn";
  run(a, 100'000);
  EXPECT_EQ(queue.take(), &a);
}

TEST(Scheduler, WithoutProcessorsThereIsNothingToDo) {
  Scheduler host(on_host(4));
  EXPECT_EQ(host.run().value(), Outcome::kAllGone);
  Scheduler instructions(on_instructions(10));
  EXPECT_EQ(instructions.run().value(), Outcome::kAllGone);
}

TEST(Scheduler, SpinningProcessorsShareTheThreads) {
  for (const unsigned threads : {1U, 2U}) {
    CounterTable table;
    const ExitAccount account(table);
    SchedulerOptions options = on_host(threads);
    options.account = &account;
    Scheduler scheduler(options);
    // Each finishes only after all have run, which takes preemption on fewer threads than that.
    std::atomic<int> started = 0;
    std::vector<std::unique_ptr<FunctionProcessor>> processors;
    for (int i = 0; i < 8; ++i) {
      processors.push_back(std::make_unique<FunctionProcessor>(
          [&, has_started = false](FunctionProcessor& self, Budget budget) mutable {
            if (!has_started) ++started;
            has_started = true;
            return spin_while([&] { return started < 8; })(self, budget);
          }));
      scheduler.add(*processors.back(), {}, &table.add_processor());
    }
    EXPECT_EQ(scheduler.run().value(), Outcome::kAllGone);
    EXPECT_EQ(table.total(account.exits(ExitReason::kFinished)), 8u);
    EXPECT_GE(table.total(account.exits(ExitReason::kInterrupted)), 8u - threads);
  }
}

TEST(Scheduler, AProcessorAloneIsNotInterrupted) {
  Scheduler scheduler(on_host(2));
  int runs = 0;
  const auto end = std::chrono::steady_clock::now() + 30ms;
  FunctionProcessor processor([&](FunctionProcessor& self, Budget budget) {
    ++runs;
    return spin_while([&] { return std::chrono::steady_clock::now() < end; })(self, budget);
  });
  scheduler.add(processor);
  EXPECT_EQ(scheduler.run().value(), Outcome::kAllGone);
  EXPECT_EQ(runs, 1);
}

TEST(Scheduler, ADeadlineIsKeptWhetherThreadsAreIdleOrBusy) {
  for (const bool busy : {false, true}) {
    Scheduler scheduler(on_host(2));
    std::atomic<bool> woken = false;
    ClockTime deadline;
    FunctionProcessor sleeper([&, slept = false](FunctionProcessor&, Budget) mutable {
      if (!slept) {
        slept = true;
        deadline = after(scheduler, 20ms);
        return Exit{ExitReason::kWaiting, 0, deadline};
      }
      EXPECT_GE(scheduler.now(), deadline);
      woken = true;
      return exit_for(ExitReason::kFinished);
    });
    FunctionProcessor first(spin_while([&] { return !woken; }));
    FunctionProcessor second(spin_while([&] { return !woken; }));
    scheduler.add(sleeper);
    if (busy) scheduler.add(first);
    if (busy) scheduler.add(second);
    EXPECT_EQ(scheduler.run().value(), Outcome::kAllGone);
    EXPECT_TRUE(woken);
  }
}

TEST(Scheduler, ManyDeadlinesOnFewThreadsAreAllKept) {
  Scheduler scheduler(on_host(3));
  std::vector<std::unique_ptr<FunctionProcessor>> processors;
  int late = 0;
  std::mutex mutex;
  for (int i = 0; i < 50; ++i) {
    processors.push_back(std::make_unique<FunctionProcessor>(
        [&, i, round = 0, deadline = ClockTime()](FunctionProcessor&, Budget) mutable {
          const std::lock_guard lock(mutex);
          if (round > 0 && scheduler.now() < deadline) ++late;
          if (++round == 20) return exit_for(ExitReason::kFinished);
          deadline = after(scheduler, std::chrono::microseconds(100 + i * 37 % 500));
          return Exit{ExitReason::kWaiting, 0, deadline};
        }));
    scheduler.add(*processors.back());
  }
  EXPECT_EQ(scheduler.run().value(), Outcome::kAllGone);
  EXPECT_EQ(late, 0);
}

/// Processors in a ring hand a token on by waking the next one and halting themselves.
void run_token_ring(unsigned threads, int processors, int laps) {
  Scheduler scheduler(on_host(threads));
  std::vector<std::unique_ptr<FunctionProcessor>> ring;
  std::atomic<int> holder = 0;
  std::atomic<int> passes = 0;
  const int last_pass = processors * laps;
  for (int i = 0; i < processors; ++i) {
    ring.push_back(std::make_unique<FunctionProcessor>([&, i](FunctionProcessor&, Budget) {
      if (passes >= last_pass) return exit_for(ExitReason::kFinished);
      if (holder == i) {
        const int next = (i + 1) % processors;
        if (++passes >= last_pass) {
          for (auto& other : ring) scheduler.wake(*other);
          return exit_for(ExitReason::kFinished);
        }
        holder = next;
        scheduler.wake(*ring[next]);
      }
      return exit_for(ExitReason::kHalted);
    }));
  }
  for (auto& processor : ring) scheduler.add(*processor);
  EXPECT_EQ(scheduler.run().value(), Outcome::kAllGone);
  EXPECT_EQ(passes, last_pass);
}

TEST(Scheduler, NoWakeUpIsLost) {
  run_token_ring(1, 2, 5000);
  run_token_ring(2, 2, 5000);
  run_token_ring(4, 16, 500);
}

TEST(Scheduler, WakesFromOtherThreadsAreNotLost) {
  Scheduler scheduler(on_host(2));
  std::atomic<int> posted = 0;
  int consumed = 0;
  constexpr int kEvents = 3000;
  FunctionProcessor consumer([&](FunctionProcessor&, Budget) {
    while (consumed < posted) ++consumed;
    return exit_for(consumed == kEvents ? ExitReason::kFinished : ExitReason::kHalted);
  });
  scheduler.add(consumer);
  std::vector<std::thread> producers;
  for (int producer = 0; producer < 3; ++producer) {
    producers.emplace_back([&] {
      for (int i = 0; i < kEvents / 3; ++i) {
        ++posted;
        scheduler.wake(consumer);
        if (i % 64 == 0) std::this_thread::sleep_for(50us);
      }
    });
  }
  EXPECT_EQ(scheduler.run().value(), Outcome::kAllGone);
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(consumed, kEvents);
}

TEST(Scheduler, StopsWhatSpinsAndWhatSleeps) {
  Scheduler scheduler(on_host(2));
  FunctionProcessor spinning(spin_while([] { return true; }));
  FunctionProcessor halted(
      [](FunctionProcessor&, Budget) { return exit_for(ExitReason::kHalted); });
  scheduler.add(spinning);
  scheduler.add(halted);
  std::thread stopper([&] {
    std::this_thread::sleep_for(10ms);
    scheduler.stop();
  });
  EXPECT_EQ(scheduler.run().value(), Outcome::kStopped);
  stopper.join();
  EXPECT_EQ(scheduler.run().value(), Outcome::kStopped) << "for good";
}

TEST(Scheduler, TakesProcessorsWhileItRuns) {
  Scheduler scheduler(on_host(2));
  std::vector<std::unique_ptr<FunctionProcessor>> offspring;
  std::atomic<int> finished = 0;
  const auto finish = [&](FunctionProcessor&, Budget) {
    ++finished;
    return exit_for(ExitReason::kFinished);
  };
  FunctionProcessor parent([&](FunctionProcessor&, Budget) {
    offspring.push_back(std::make_unique<FunctionProcessor>(finish));
    scheduler.add(*offspring.back());
    return exit_for(offspring.size() == 20 ? ExitReason::kFinished : ExitReason::kInterrupted);
  });
  scheduler.add(parent);
  EXPECT_EQ(scheduler.run().value(), Outcome::kAllGone);
  EXPECT_EQ(finished, 20);
}

TEST(Scheduler, ExitsThatNeedAnAnswerGetOne) {
  Scheduler scheduler(on_instructions(10));
  int runs = 0;
  const auto call = [&](FunctionProcessor&, Budget) {
    return exit_for(++runs == 3 ? ExitReason::kFinished : ExitReason::kHypercall, 1);
  };
  FunctionProcessor answered(call);
  std::string heard;
  scheduler.add(answered, [&](const Exit& exit) {
    heard += std::string(name_of(exit.reason)) + " ";
    return Verdict::kContinue;
  });
  EXPECT_EQ(scheduler.run().value(), Outcome::kAllGone);
  EXPECT_EQ(heard, "hypercall hypercall finished ");

  runs = 0;
  FunctionProcessor unanswered(call);
  scheduler.add(unanswered);
  EXPECT_EQ(scheduler.run().value(), Outcome::kAllGone);
  EXPECT_EQ(runs, 1);
}

TEST(InstructionClock, BudgetsAreExactAndTurnsGoRound) {
  Scheduler scheduler(on_instructions(100));
  std::string trace;
  std::vector<std::unique_ptr<FunctionProcessor>> processors;
  for (const char name : {'a', 'b', 'c'}) {
    processors.push_back(std::make_unique<FunctionProcessor>(
        [&, name, left = std::uint64_t{250}](FunctionProcessor&, Budget budget) mutable {
          EXPECT_EQ(budget.instructions, 100u);
          trace += name;
          const std::uint64_t done = std::min(left, budget.instructions);
          left -= done;
          return exit_for(left == 0 ? ExitReason::kFinished : ExitReason::kBudget, done);
        }));
    scheduler.add(*processors.back());
  }
  EXPECT_EQ(scheduler.run().value(), Outcome::kAllGone);
  EXPECT_EQ(trace, "abcabcabc");
  EXPECT_EQ(scheduler.now(), ClockTime(750));
}

TEST(InstructionClock, LeapsOverIdleTimeAndEndsWhenNothingCanHappen) {
  Scheduler scheduler(on_instructions(100));
  std::vector<std::uint64_t> times;
  FunctionProcessor processor([&](FunctionProcessor&, Budget) {
    times.push_back(scheduler.now().value());
    if (times.size() >= 3) return exit_for(ExitReason::kHalted);
    return Exit{ExitReason::kWaiting, 5, scheduler.now() + 1000};
  });
  scheduler.add(processor);
  EXPECT_EQ(scheduler.run().value(), Outcome::kIdle);
  EXPECT_THAT(times, testing::ElementsAre(0, 1000, 2000));
  scheduler.wake(processor);
  EXPECT_EQ(scheduler.run().value(), Outcome::kIdle) << "a later event lets it go on";
  EXPECT_EQ(times.size(), 4u);
}

/// What happened when: (processor, time, instructions) of every run of a random mix of computing,
/// waiting, halting and waking.
std::vector<std::array<std::uint64_t, 3>> random_interleaving(unsigned seed) {
  constexpr int kProcessors = 6;
  Scheduler scheduler(on_instructions(50));
  std::vector<std::array<std::uint64_t, 3>> trace;
  std::vector<std::unique_ptr<FunctionProcessor>> processors;
  for (unsigned i = 0; i < kProcessors; ++i) {
    processors.push_back(
        std::make_unique<FunctionProcessor>([&, i, random = std::minstd_rand(seed + i), runs = 0](
                                                FunctionProcessor&, Budget budget) mutable {
          const std::uint64_t done = random() % budget.instructions + 1;
          trace.push_back({i, scheduler.now().value(), done});
          scheduler.wake(*processors[random() % kProcessors]);
          if (++runs == 200) return exit_for(ExitReason::kFinished, done);
          switch (random() % 4) {
            case 0: return exit_for(ExitReason::kHalted, done);
            case 1: return Exit{ExitReason::kWaiting, done, scheduler.now() + random() % 500};
            case 2: return exit_for(ExitReason::kInterrupted, done);
            default: return exit_for(ExitReason::kBudget, budget.instructions);
          }
        }));
  }
  for (auto& processor : processors) scheduler.add(*processor);
  EXPECT_TRUE(scheduler.run());
  return trace;
}

/// Computes for ever, whatever it is given, and says when it ran.
FunctionProcessor::Function compute(std::function<void(Budget)> hear = {}) {
  return [hear = std::move(hear)](FunctionProcessor&, Budget budget) {
    if (hear) hear(budget);
    return exit_for(ExitReason::kBudget, budget.instructions);
  };
}

TEST(InstructionClock, DeadlinesAreExactThoughOthersAreReady) {
  for (const int others : {0, 1, 3}) {
    Scheduler scheduler(on_instructions(1000));
    std::vector<std::uint64_t> late;
    FunctionProcessor sleeper([&, due = std::uint64_t{0}](FunctionProcessor&, Budget) mutable {
      if (due != 0) late.push_back(scheduler.now().value() - due);
      if (late.size() == 50) scheduler.stop();
      due = scheduler.now().value() + 777;
      return Exit{ExitReason::kWaiting, 3, ClockTime(due)};
    });
    std::deque<FunctionProcessor> busy;
    for (int i = 0; i < others; ++i) scheduler.add(busy.emplace_back(compute()));
    scheduler.add(sleeper);
    EXPECT_EQ(scheduler.run().value(), Outcome::kStopped);
    EXPECT_THAT(late, testing::Each(0u)) << others;
  }
}

TEST(InstructionClock, WhoIsWokenRunsAtThatMoment) {
  Scheduler scheduler(on_instructions(1000));
  std::vector<std::uint64_t> ran;
  FunctionProcessor first(compute());
  FunctionProcessor second(compute());
  FunctionProcessor woken(compute([&](Budget) { ran.push_back(scheduler.now().value()); }));
  FunctionProcessor waker([&, runs = 0](FunctionProcessor&, Budget) mutable {
    // Once while the woken one waits for its turn, and once when it has had one.
    constexpr std::uint64_t kMoments[] = {1234, 4321, 4322, 0};
    if (runs == 1 || runs == 2) scheduler.wake(woken);
    if (runs == 3) scheduler.stop();
    return Exit{ExitReason::kWaiting, 0, ClockTime(kMoments[runs++])};
  });
  for (auto* processor : {&waker, &first, &second, &woken}) scheduler.add(*processor);
  EXPECT_EQ(scheduler.run().value(), Outcome::kStopped);
  EXPECT_THAT(ran, testing::ElementsAre(1234, 3010, 4321));
}

TEST(InstructionClock, NobodyStarvesWhileOthersHurry) {
  Scheduler scheduler(on_instructions(1000));
  std::uint64_t given = 0;
  FunctionProcessor patient(compute([&](Budget budget) {
    given += budget.instructions;
    if (given >= 10'000) scheduler.stop();
  }));
  // Two that wake each other, and one that always waits for the next instruction.
  FunctionProcessor* pair[2];
  const auto ping = [&](int other) {
    return [&, other](FunctionProcessor&, Budget) {
      scheduler.wake(*pair[other]);
      return exit_for(ExitReason::kHalted, 1);
    };
  };
  FunctionProcessor one(ping(1));
  FunctionProcessor two(ping(0));
  pair[0] = &one;
  pair[1] = &two;
  FunctionProcessor restless([&](FunctionProcessor&, Budget) {
    return Exit{ExitReason::kWaiting, 1, scheduler.now() + 2};
  });
  for (auto* processor : {&one, &two, &restless, &patient}) scheduler.add(*processor);
  EXPECT_EQ(scheduler.run().value(), Outcome::kStopped);
  EXPECT_LE(scheduler.now().value(), 10u * 4 * 2 * 1000);
}

TEST(InstructionClock, ARunRepeatsBitForBit) {
  const auto first = random_interleaving(1);
  EXPECT_GT(first.size(), 200u);
  EXPECT_EQ(random_interleaving(1), first);
  EXPECT_NE(random_interleaving(2), first);
}

}  // namespace
}  // namespace doppel
