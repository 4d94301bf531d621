// SPDX-License-Identifier: Apache-2.0
// The parts of the core at once: processors on fibers move between the threads of a scheduler while
// inside catches of faults, which must find their way back to the right one.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "core/memory/reservation.h"
#include "core/schedule/scheduler.h"
#include "core/trap/catch_faults.h"
#include "core/vcpu/fiber_processor.h"
#include "tests/core/guest_code.h"

namespace doppel {
namespace {

using namespace std::chrono_literals;

/// Computes, waits and faults by turns, each at some depth of its stack.
class BusyProcessor : public FiberProcessor {
 public:
  static constexpr int kRounds = 60;

  explicit BusyProcessor(Scheduler& scheduler)
      : FiberProcessor(HostStack::create().value()), scheduler_(scheduler) {
    EXPECT_TRUE(memory_.commit(host_page_size()));
  }

  int right_faults = 0;
  int interrupts = 0;

 private:
  Exit execute(Budget) override {
    for (int round = 0; round < kRounds; ++round) {
      std::byte* target = memory_.base() + memory_.committed() + round;
      const auto fault = run_catching_faults([&] {
        compute(3);
        guest_write(target);
      });
      const bool right = fault && fault->address == reinterpret_cast<std::uintptr_t>(target);
      right_faults += right ? 1 : 0;
    }
    return {ExitReason::kFinished, 0, {}};
  }

  void compute(int depth) {
    if (depth > 0) return compute(depth - 1);
    const ClockTime end = scheduler_.now() + 200'000;  // ns
    while (scheduler_.now() < end) {
      if (!interrupt_requested() || !take_interrupt()) continue;
      ++interrupts;
      leave({ExitReason::kInterrupted, 0, {}});
    }
    leave({ExitReason::kWaiting, 0, scheduler_.now() + 100'000});
  }

  Scheduler& scheduler_;
  Reservation memory_ = Reservation::create(16 * host_page_size()).value();
};

TEST(CoreTogether, FaultsFollowFibersThatMoveBetweenThreads) {
  declare_guest_code();
  SchedulerOptions options;
  options.host_threads = 3;
  options.time_slice = 100us;
  Scheduler scheduler(options);
  std::vector<std::unique_ptr<BusyProcessor>> processors;
  for (int i = 0; i < 8; ++i) {
    processors.push_back(std::make_unique<BusyProcessor>(scheduler));
    scheduler.add(*processors.back());
  }
  EXPECT_EQ(scheduler.run().value(), Scheduler::Outcome::kAllGone);
  int interrupts = 0;
  for (const auto& processor : processors) {
    EXPECT_EQ(processor->right_faults, BusyProcessor::kRounds);
    interrupts += processor->interrupts;
  }
  EXPECT_GT(interrupts, 0);
}

}  // namespace
}  // namespace doppel
