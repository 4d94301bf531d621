// SPDX-License-Identifier: Apache-2.0
// Guest code that looks at nothing is stopped by a signal, goes on, and moves to other threads.
#include "core/trap/interruptible.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "core/memory/reservation.h"
#include "core/trap/catch_faults.h"
#include "core/vcpu/fiber.h"
#include "tests/core/guest_code.h"

namespace doppel {
namespace {

/// Counts until it may stop; looks at nothing else.
GUEST static void guest_spin(volatile std::uint64_t* count, volatile bool* stop) {
  while (!*stop) *count = *count + 1;
}

struct InterruptibleTest : testing::Test {
  InterruptibleTest() { declare_guest_code(); }
  void SetUp() override {
    if (DOPPEL_TSAN) GTEST_SKIP() << "the thread sanitizer holds signals back while a loop runs";
  }

  /// Runs `body` while another thread interrupts this one every millisecond.
  void run_interrupted(const std::function<void()>& body) {
    const HostThread thread = Interruptible::this_thread();
    std::atomic<bool> ended = false;
    std::thread other([&] {
      while (!ended) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        Interruptible::interrupt(thread);
      }
    });
    body();
    ended = true;
    other.join();
  }

  std::uint64_t count = 0;
  volatile bool stop = false;
  int looks = 0;
};

TEST_F(InterruptibleTest, ALookMayLeaveTheGuest) {
  const Interruptible scope(
      [](void* raw) {
        ++static_cast<InterruptibleTest*>(raw)->looks;
        leave_guest_code();
      },
      this);
  run_interrupted([&] { EXPECT_FALSE(run_catching_faults([&] { guest_spin(&count, &stop); })); });
  EXPECT_EQ(looks, 1);
}

TEST_F(InterruptibleTest, AGuestGoesOnAfterALook) {
  const Interruptible scope(
      [](void* raw) {
        auto* self = static_cast<InterruptibleTest*>(raw);
        self->stop = ++self->looks == 3;
      },
      this);
  run_interrupted([&] { guest_spin(&count, &stop); });
  EXPECT_EQ(looks, 3);
  EXPECT_GT(count, 0U);
}

TEST_F(InterruptibleTest, HostCodeIsLeftAlone) {
  const Interruptible scope([](void* raw) { ++static_cast<InterruptibleTest*>(raw)->looks; }, this);
  run_interrupted([] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); });
  EXPECT_EQ(looks, 0);
}

TEST_F(InterruptibleTest, AThreadWithoutAScopeAndOneThatHasEndedAreLeftAlone) {
  HostThread ended;
  std::thread([&] { ended = Interruptible::this_thread(); }).join();
  const Interruptible installs_the_handler([](void*) {}, nullptr);
  Interruptible::interrupt(ended);
  std::thread([] { Interruptible::interrupt(Interruptible::this_thread()); }).join();
}

/// The calling thread's alternate signal stack.
void* alternate_stack() {
  stack_t found{};
  ::sigaltstack(nullptr, &found);
  return found.ss_sp;
}

TEST_F(InterruptibleTest, AGuestIsSuspendedInALoopAndGoesOnInAnotherThread) {
  Fiber fiber(HostStack::create(std::size_t{256} << 10U).value(),
              [this] { guest_spin(&count, &stop); });
  const auto resume = [&] {
    const Interruptible scope([](void*) { Fiber::yield(); }, nullptr);
    run_interrupted([&] { fiber.resume(); });
  };
  resume();
  ASSERT_FALSE(fiber.finished());
  void* const mine = alternate_stack();
  std::thread([&] {
    Reservation memory = Reservation::create(host_page_size()).value();
    EXPECT_TRUE(run_catching_faults([&] { guest_write(memory.base()); }));
    void* const its = alternate_stack();
    EXPECT_NE(its, mine);
    const std::uint64_t before = count;
    resume();
    EXPECT_GT(count, before);
    EXPECT_EQ(alternate_stack(), its) << "the thread has the stack of another";
  }).join();
  stop = true;
  resume();
  EXPECT_TRUE(fiber.finished());
  EXPECT_EQ(alternate_stack(), mine);
}

}  // namespace
}  // namespace doppel
