// SPDX-License-Identifier: Apache-2.0
// Host stacks, fibers and processors that exit in the middle of their calls.
#include <execinfo.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cfenv>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/sanitizer.h"
#include "core/trap/catch_faults.h"
#include "core/vcpu/fiber.h"
#include "core/vcpu/fiber_processor.h"
#include "tests/core/guest_code.h"

namespace doppel {
namespace {

HostStack stack() { return HostStack::create().value(); }

/// Yields at the bottom of `depth` calls, each of which has something to destroy.
int yield_at_depth(int depth) {
  const std::string local(100, 'x');
  if (depth == 0) {
    Fiber::yield();
    return 0;
  }
  return yield_at_depth(depth - 1) + (local.size() == 100 ? 1 : 0);
}

TEST(HostStack, HasTheSizeAskedForAndRefusesTheImpossible) {
  const HostStack small = HostStack::create(1).value();
  EXPECT_GE(small.size(), 1u);
  EXPECT_EQ(small.top() - small.bottom(), static_cast<std::ptrdiff_t>(small.size()));
  EXPECT_EQ(HostStack::create(SIZE_MAX).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(HostStack::create(std::size_t{1} << 60).error().kind, ErrorKind::kSystem);
}

TEST(Fiber, YieldsAtAnyDepthAndGoesOnThere) {
  int result = -1;
  Fiber fiber(stack(), [&] { result = yield_at_depth(100); });
  EXPECT_EQ(Fiber::current(), nullptr);
  fiber.resume();
  EXPECT_FALSE(fiber.finished());
  EXPECT_EQ(result, -1);
  fiber.resume();
  EXPECT_TRUE(fiber.finished());
  EXPECT_EQ(result, 100);
}

TEST(Fiber, ExceptionsStayInside) {
  std::vector<std::string> events;
  Fiber fiber(stack(), [&] {
    try {
      Fiber::yield();
      throw std::runtime_error("inner");
    } catch (const std::runtime_error& error) {
      Fiber::yield();  // while the exception is being handled
      events.emplace_back(error.what());
      try {
        throw;
      } catch (const std::runtime_error& again) {
        events.emplace_back(again.what());
      }
    }
  });
  fiber.resume();
  try {
    throw std::logic_error("outer");
  } catch (...) {
    fiber.resume();  // throws, catches and yields in the handler
    try {
      throw;
    } catch (const std::logic_error& error) {
      events.emplace_back(error.what());
    }
  }
  EXPECT_EQ(std::uncaught_exceptions(), 0);
  EXPECT_FALSE(std::current_exception());
  fiber.resume();
  EXPECT_TRUE(fiber.finished());
  EXPECT_EQ(events, (std::vector<std::string>{"outer", "inner", "inner"}));
}

TEST(Fiber, FibersResumeFibers) {
  std::string trace;
  Fiber inner(stack(), [&] {
    trace += 'b';
    Fiber::yield();
    trace += 'e';
  });
  Fiber outer(stack(), [&] {
    trace += 'a';
    inner.resume();
    trace += 'c';
    Fiber::yield();
    inner.resume();
    trace += 'f';
  });
  outer.resume();
  trace += 'd';
  outer.resume();
  EXPECT_EQ(trace, "abcdef");
  EXPECT_TRUE(inner.finished() && outer.finished());
}

TEST(Fiber, ThousandsTakeTurns) {
  const int count = DOPPEL_TSAN ? 500 : 5000;
  std::vector<std::unique_ptr<Fiber>> fibers;
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    fibers.push_back(std::make_unique<Fiber>(HostStack::create(16 * 1024).value(), [&sum, i] {
      for (int round = 0; round < 3; ++round) {
        sum += i;
        Fiber::yield();
      }
    }));
  }
  for (int round = 0; round < 4; ++round) {
    for (auto& fiber : fibers) fiber->resume();
  }
  EXPECT_EQ(sum, 3 * count * (count - 1) / 2);
  for (auto& fiber : fibers) EXPECT_TRUE(fiber->finished());
}

TEST(Fiber, GoesOnInAnotherThread) {
  pid_t first = 0;
  pid_t second = 0;
  Fiber* seen = nullptr;
  Fiber fiber(stack(), [&] {
    first = ::gettid();
    yield_at_depth(10);
    second = ::gettid();
    seen = Fiber::current();
  });
  fiber.resume();
  std::thread([&] { fiber.resume(); }).join();
  EXPECT_TRUE(fiber.finished());
  EXPECT_EQ(first, ::gettid());
  EXPECT_NE(second, first);
  EXPECT_EQ(seen, &fiber);
  EXPECT_EQ(Fiber::current(), nullptr);
}

TEST(Fiber, KeepsItsOwnRoundingMode) {
  int inside = -1;
  Fiber fiber(stack(), [&] {
    std::fesetround(FE_UPWARD);
    Fiber::yield();
    inside = std::fegetround();
  });
  fiber.resume();
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  fiber.resume();
  EXPECT_EQ(inside, FE_UPWARD);
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
}

TEST(Fiber, ASuspendedOneCanBeDroppedAndItsStackReused) {
  for (int round = 0; round < 100; ++round) {
    Fiber fiber(stack(), [round] {
      volatile char frame[2000];
      frame[round] = 1;
      Fiber::yield();
      frame[round] = frame[round] + 1;
    });
    fiber.resume();
  }
}

TEST(Fiber, UnwindersStopAtItsFirstFrame) {
  std::array<void*, 64> frames{};
  int count = 0;
  Fiber fiber(stack(), [&] { count = ::backtrace(frames.data(), frames.size()); });
  fiber.resume();
  EXPECT_GE(count, 2);
  EXPECT_LT(count, 30) << "found no end of the stack";
}

TEST(Fiber, OverflowOfItsStackIsCaughtInsideIt) {
  declare_guest_code();
  std::optional<HostFault> fault;
  Fiber fiber(HostStack::create(64 * 1024).value(), [&] {
    int depth = 0;
    fault = run_catching_faults([&] { guest_recurse(&depth); });
    Fiber::yield();
  });
  fiber.resume();
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, FaultKind::kStackOverflow);
  EXPECT_LT(fault->address, reinterpret_cast<std::uintptr_t>(fiber.stack().bottom()));
  fiber.resume();
  EXPECT_TRUE(fiber.finished());
}

TEST(Fiber, OpenCatchesFollowTheirFiber) {
  declare_guest_code();
  std::optional<HostFault> inside;
  Fiber fiber(stack(), [&] {
    inside = run_catching_faults([] {
      Fiber::yield();
      guest_illegal_instruction();
    });
  });
  fiber.resume();
  const auto outside = run_catching_faults([] { guest_illegal_instruction(); });
  EXPECT_TRUE(outside);
  EXPECT_FALSE(inside);
  std::thread([&] { fiber.resume(); }).join();
  EXPECT_TRUE(inside);
  EXPECT_TRUE(fiber.finished());
}

/// Counts to its limit, one instruction a step, exiting from within nested calls.
class CountingProcessor : public FiberProcessor {
 public:
  explicit CountingProcessor(int limit) : FiberProcessor(stack()), limit_(limit) {}
  int count() const { return count_; }

 private:
  Exit execute(Budget budget) override {
    step(budget.instructions, 0);
    return {ExitReason::kFinished, spent_, {}};
  }

  void step(std::uint64_t left, int depth) {
    if (depth < 5) return step(left, depth + 1);
    for (; count_ < limit_; ++count_) {
      if (left == 0) left = leave({ExitReason::kBudget, std::exchange(spent_, 0), {}}).instructions;
      if (interrupt_requested() && take_interrupt()) {
        left = leave({ExitReason::kInterrupted, std::exchange(spent_, 0), {}}).instructions;
      }
      --left;
      ++spent_;
    }
  }

  int limit_;
  int count_ = 0;
  std::uint64_t spent_ = 0;
};

TEST(FiberProcessor, StopsExactlyAtItsBudgetAndGoesOn) {
  CountingProcessor processor(25);
  for (const int expected : {10, 20}) {
    const Exit exit = processor.run({10});
    EXPECT_EQ(exit.reason, ExitReason::kBudget);
    EXPECT_EQ(exit.instructions, 10u);
    EXPECT_EQ(processor.count(), expected);
  }
  const Exit last = processor.run({10});
  EXPECT_EQ(last.reason, ExitReason::kFinished);
  EXPECT_EQ(last.instructions, 5u);
}

TEST(FiberProcessor, AnInterruptRequestedBeforeTheRunEndsIt) {
  CountingProcessor processor(25);
  processor.request_interrupt();
  processor.request_interrupt();
  EXPECT_EQ(processor.run({}).reason, ExitReason::kInterrupted);
  EXPECT_EQ(processor.count(), 0);
  EXPECT_EQ(processor.run({}).reason, ExitReason::kFinished);
}

TEST(ExitReason, EveryReasonHasAName) {
  EXPECT_EQ(name_of(ExitReason::kBudget), "budget");
  EXPECT_EQ(name_of(ExitReason::kFinished), "finished");
  for (std::size_t i = 0; i < kExitReasonCount; ++i) {
    EXPECT_FALSE(name_of(static_cast<ExitReason>(i)).empty());
  }
}

}  // namespace
}  // namespace doppel
