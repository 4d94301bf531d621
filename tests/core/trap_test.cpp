// SPDX-License-Identifier: Apache-2.0
// Faults of guest code come back as values; every other fault stays what it was.
#include <gtest/gtest.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/memory/reservation.h"
#include "core/sanitizer.h"
#include "core/trap/catch_faults.h"
#include "core/trap/fault_code.h"
#include "tests/core/guest_code.h"

namespace doppel {
namespace {

/// Not guest code.
// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): tests want that fault.
[[gnu::noinline]] void host_write_byte(volatile std::byte* address) { *address = std::byte{1}; }

class TrapTest : public testing::Test {
 protected:
  TrapTest() {
    declare_guest_code();
    EXPECT_TRUE(memory_.commit(host_page_size()));
  }

  std::byte* guard() const { return memory_.base() + memory_.committed(); }

  Reservation memory_ = Reservation::create(16 * host_page_size()).value();
};
using TrapDeathTest = TrapTest;

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

TEST_F(TrapTest, NothingIsReportedWhenNothingFaults) {
  EXPECT_FALSE(run_catching_faults([&] { guest_write(memory_.base()); }));
  EXPECT_EQ(*memory_.base(), std::byte{1});
}

TEST_F(TrapTest, AForbiddenAccessIsAMemoryFaultAtItsAddress) {
  const auto fault = run_catching_faults([&] { guest_write(guard() + 5); });
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, FaultKind::kMemory);
  EXPECT_EQ(fault->address, address_of(guard() + 5));
  EXPECT_GE(fault->pc, address_of(__start_doppel_test_guest));
  EXPECT_LT(fault->pc, address_of(__stop_doppel_test_guest));
  EXPECT_EQ(fault->code_owner, &kGuestCode);
}

TEST_F(TrapTest, AnIllegalInstructionIsReported) {
  const auto fault = run_catching_faults([] { guest_illegal_instruction(); });
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, FaultKind::kIllegalInstruction);
}

#if defined(__x86_64__)
GUEST void divide_by_zero() {
  asm volatile("xorl %%ecx, %%ecx; movl $7, %%eax; cltd; movq $4711, %%r12; idivl %%ecx" ::
                   : "rax", "rcx", "rdx", "r12");
}

TEST_F(TrapTest, RegistersAreThoseOfTheFaultingInstruction) {
  const auto fault = run_catching_faults([] { divide_by_zero(); });
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, FaultKind::kArithmetic);
  EXPECT_EQ((*fault)[HostRegister::kR12], 4711u);
  EXPECT_EQ((*fault)[HostRegister::kRax], 7u);
  EXPECT_EQ((*fault)[HostRegister::kRcx], 0u);
}
#elif defined(__aarch64__)
GUEST void trap_with_register() { asm volatile("mov x20, #4711; udf #0" ::: "x20"); }

TEST_F(TrapTest, RegistersAreThoseOfTheFaultingInstruction) {
  const auto fault = run_catching_faults([] { trap_with_register(); });
  ASSERT_TRUE(fault);
  EXPECT_EQ((*fault)[HostRegister::kX20], 4711u);
}
#endif

TEST_F(TrapTest, StackOverflowIsReportedOnEveryThreadAndRepeatedly) {
  const auto overflow = [] {
    for (int round = 0; round < 3; ++round) {
      int depth = 0;
      const auto fault = run_catching_faults([&] { guest_recurse(&depth); });
      ASSERT_TRUE(fault);
      EXPECT_EQ(fault->kind, FaultKind::kStackOverflow);
      EXPECT_GT(depth, 100);
    }
  };
  overflow();
  std::thread(overflow).join();
}

TEST_F(TrapTest, TheInnermostCallCatches) {
  std::optional<HostFault> inner;
  const auto outer = run_catching_faults([&] {
    inner = run_catching_faults([&] { guest_write(guard()); });
    EXPECT_FALSE(run_catching_faults([] {}));
    guest_illegal_instruction();
  });
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->kind, FaultKind::kMemory);
  ASSERT_TRUE(outer);
  EXPECT_EQ(outer->kind, FaultKind::kIllegalInstruction);
}

TEST_F(TrapTest, ExceptionsPassThroughAndCloseTheCall) {
  const auto outer = run_catching_faults([&] {
    EXPECT_THROW((void)run_catching_faults([] { throw std::runtime_error("host"); }),
                 std::runtime_error);
    guest_write(guard());
  });
  EXPECT_TRUE(outer) << "the fault went to a call that had ended";
}

TEST_F(TrapTest, TheSignalMaskIsTheOneAtTheFault) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  sigset_t before;
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &mask, &before), 0);
  const auto fault = run_catching_faults([&] { guest_write(guard()); });
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, &before, &after);
  ASSERT_TRUE(fault);
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    EXPECT_EQ(sigismember(&after, signal), signal == SIGUSR2) << signal;
  }
}

TEST_F(TrapTest, AChainCanBeSetAsideForAnotherStack) {
  const auto outer = run_catching_faults([&] {
    const CatchChain ours = CatchChain::exchange(CatchChain());
    const auto other = run_catching_faults([&] { guest_write(guard()); });
    EXPECT_TRUE(other);
    CatchChain::exchange(ours);
    guest_illegal_instruction();
  });
  ASSERT_TRUE(outer);
  EXPECT_EQ(outer->kind, FaultKind::kIllegalInstruction);
}

std::atomic<int> ticks;

TEST_F(TrapTest, ManyThreadsFaultWhileSignalsArrive) {
  struct sigaction tick{};
  tick.sa_handler = [](int) { ticks.fetch_add(1, std::memory_order_relaxed); };
  tick.sa_flags = SA_RESTART;
  struct sigaction before{};
  ::sigaction(SIGALRM, &tick, &before);
  const itimerval often{{0, 200}, {0, 200}};
  ::setitimer(ITIMER_REAL, &often, nullptr);

  std::atomic<int> caught = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 2000; ++i) {
        std::byte* target = guard() + thread * 100 + i % 100;
        const auto fault = run_catching_faults([&] { guest_write(target); });
        if (fault && fault->address == address_of(target)) ++caught;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  EXPECT_EQ(caught, 4 * 2000);
  EXPECT_GT(ticks, 0);
}

TEST_F(TrapTest, AForkedChildCatchesToo) {
  EXPECT_TRUE(run_catching_faults([&] { guest_write(guard()); }));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto fault = run_catching_faults([&] { guest_write(guard()); });
    ::_exit(fault && fault->kind == FaultKind::kMemory ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(TrapTest, CodeRangesAreAddedOnceAndCanBeRemoved) {
  static const char code[64] = {};
  EXPECT_EQ(FaultCode::add(code, code).error().kind, ErrorKind::kUsage);
  EXPECT_TRUE(FaultCode::add(code, code + 64, &code));
  EXPECT_TRUE(FaultCode::add(code, code + 64, nullptr));
  const auto found = FaultCode::find(address_of(code + 63));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->owner, &code);
  FaultCode::remove(code);
  EXPECT_FALSE(FaultCode::find(address_of(code)));
}

/// Death by SIGSEGV, or the sanitizer's report of it.
bool died_of_a_fault(int status) {
  if (DOPPEL_ASAN || DOPPEL_TSAN) return WIFEXITED(status) && WEXITSTATUS(status) != 0;
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

TEST_F(TrapDeathTest, AFaultOfHostCodeStaysACrash) {
  EXPECT_EXIT((void)run_catching_faults([&] { host_write_byte(guard()); }), died_of_a_fault,
              DOPPEL_ASAN ? "AddressSanitizer" : "");
}

TEST_F(TrapDeathTest, AFaultOutsideEveryReservationStaysACrash) {
  EXPECT_EXIT((void)run_catching_faults([] { guest_write(nullptr); }), died_of_a_fault,
              DOPPEL_ASAN ? "AddressSanitizer" : "");
}

TEST_F(TrapDeathTest, AFaultThatNobodyCatchesStaysACrash) {
  EXPECT_FALSE(run_catching_faults([] {}));
  EXPECT_EXIT(guest_write(guard()), died_of_a_fault, DOPPEL_ASAN ? "AddressSanitizer" : "");
}

TEST_F(TrapDeathTest, ASentSignalIsNoFault) {
  EXPECT_EXIT((void)run_catching_faults([] { ::raise(SIGSEGV); }), died_of_a_fault, "");
}

TEST_F(TrapDeathTest, AnEarlierHandlerGetsTheFaultsThatAreNotGuests) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";  // a process without our handlers yet
  const auto crash_with_handler = [] {
    struct sigaction action{};
    action.sa_sigaction = [](int signal, siginfo_t* info, void*) {
      ::_exit(signal == SIGSEGV && info->si_addr == nullptr ? 42 : 1);
    };
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGSEGV, &action, nullptr);
    (void)run_catching_faults([] { host_write_byte(nullptr); });
  };
  EXPECT_EXIT(crash_with_handler(), testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace doppel
