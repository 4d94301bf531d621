// SPDX-License-Identifier: Apache-2.0
// What the core's mechanisms cost: catching faults, switching stacks, waking, preemption, memory.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <vector>

#include "core/memory/reservation.h"
#include "core/schedule/scheduler.h"
#include "core/trap/catch_faults.h"
#include "core/trap/fault_code.h"
#include "core/vcpu/fiber.h"

// The linker's names for the section's ends.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char __start_doppel_bench_guest[];
extern "C" const char __stop_doppel_bench_guest[];
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace doppel {
namespace {

[[gnu::section("doppel_bench_guest"), gnu::noinline]] void guest_write(volatile char* address) {
  *address = 1;
}

void enter_and_leave(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(run_catching_faults([] { benchmark::ClobberMemory(); }));
  }
}
BENCHMARK(enter_and_leave)->Name("trap/run without a fault");

void catch_a_fault(benchmark::State& state) {
  (void)FaultCode::add(__start_doppel_bench_guest, __stop_doppel_bench_guest);
  std::vector<Reservation> others;
  for (int i = 1; i < state.range(0); ++i) others.push_back(*Reservation::create(65536));
  const Reservation memory = *Reservation::create(65536);
  auto* address = reinterpret_cast<char*>(memory.base());
  for (auto _ : state) {
    benchmark::DoNotOptimize(run_catching_faults([&] { guest_write(address); }));
  }
}
BENCHMARK(catch_a_fault)->Name("trap/catch a fault, among reservations")->Arg(1)->Arg(1000);

void fiber_round_trip(benchmark::State& state) {
  bool done = false;
  Fiber fiber(*HostStack::create(), [&] {
    while (!done) Fiber::yield();
  });
  for (auto _ : state) fiber.resume();
  done = true;
  fiber.resume();
}
BENCHMARK(fiber_round_trip)->Name("vcpu/resume and yield");

void make_fiber(benchmark::State& state) {
  for (auto _ : state) Fiber(*HostStack::create(), [] {}).resume();
}
BENCHMARK(make_fiber)->Name("vcpu/make, run and drop a fiber");

void reserve(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(*Reservation::create((std::size_t{8} << 30) + 65536));
  }
}
BENCHMARK(reserve)->Name("memory/reserve 8 GiB and drop it");

void grow(benchmark::State& state) {
  Reservation memory = *Reservation::create(std::size_t{8} << 30);
  for (auto _ : state) {
    if (memory.committed() == memory.reserved()) (void)memory.decommit();
    (void)memory.commit(memory.committed() + 65536);
  }
}
BENCHMARK(grow)->Name("memory/grow by 64 KiB");

void reset_image(benchmark::State& state) {
  const std::vector<std::byte> contents(1 << 20, std::byte{1});
  const Image image = *Image::create(contents);
  Reservation memory = *Reservation::create(1 << 20);
  (void)memory.commit(1 << 20);
  (void)memory.map_image(0, image);
  for (auto _ : state) {
    memory.base()[0] = std::byte{2};
    (void)memory.discard(0, 1 << 20);
  }
}
BENCHMARK(reset_image)->Name("memory/reset a 1 MiB image, a page written");

/// Does `work` steps, then finishes; polls for interrupts every 64 steps, as a loop would.
class Worker : public VirtualProcessor {
 public:
  explicit Worker(std::uint64_t work) : left_(work) {}

  Exit run(Budget) override {
    while (left_ > 0) {
      for (int i = 0; i < 64; ++i) benchmark::DoNotOptimize(value_ = value_ * 5 + 1);
      --left_;
      if (interrupt_requested() && take_interrupt()) {
        ++interrupts;
        return {ExitReason::kInterrupted, 0, {}};
      }
    }
    return {ExitReason::kFinished, 0, {}};
  }

  std::uint64_t interrupts = 0;

 private:
  std::uint64_t left_;
  std::uint64_t value_ = 1;
};

constexpr std::uint64_t kWork = 1'000'000;
constexpr int kWorkers = 4;

/// With the longest slice nobody is preempted: the base line of the others.
void work_in_turns(benchmark::State& state) {
  std::uint64_t interrupts = 0;
  for (auto _ : state) {
    SchedulerOptions options;
    options.time_slice = std::chrono::microseconds(state.range(0));
    Scheduler scheduler(options);
    std::vector<std::unique_ptr<Worker>> workers;
    for (int i = 0; i < kWorkers; ++i) {
      workers.push_back(std::make_unique<Worker>(kWork));
      scheduler.add(*workers.back());
    }
    (void)scheduler.run();
    for (const auto& worker : workers) interrupts += worker->interrupts;
  }
  state.counters["preemptions"] =
      benchmark::Counter(static_cast<double>(interrupts), benchmark::Counter::kAvgIterations);
}
BENCHMARK(work_in_turns)
    ->Name("schedule/four processors in turns, slice in µs")
    ->Arg(10'000'000)
    ->Arg(5000)
    ->Arg(1000)
    ->Arg(100)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

/// Halts after waking the other one; `turns` times.
class Player : public VirtualProcessor {
 public:
  Player(Scheduler& scheduler, std::uint64_t turns) : scheduler_(scheduler), left_(turns) {}
  Player* other = nullptr;

  Exit run(Budget) override {
    scheduler_.wake(*other);
    return {--left_ == 0 ? ExitReason::kFinished : ExitReason::kHalted, 0, {}};
  }

 private:
  Scheduler& scheduler_;
  std::uint64_t left_;
};

void wake_and_halt(benchmark::State& state) {
  constexpr std::uint64_t kTurns = 1000;
  while (state.KeepRunningBatch(2 * kTurns)) {
    Scheduler scheduler({});
    Player ping(scheduler, kTurns);
    Player pong(scheduler, kTurns);
    ping.other = &pong;
    pong.other = &ping;
    scheduler.add(ping);
    scheduler.add(pong);
    (void)scheduler.run();
  }
}
BENCHMARK(wake_and_halt)->Name("schedule/wake another and halt");

}  // namespace
}  // namespace doppel
