// SPDX-License-Identifier: Apache-2.0
// The signal, its handler, and what of a thread the handler must see to if it goes on in another.
#include "core/trap/interruptible.h"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <mutex>
#include <utility>

#include "core/trap/fault_code.h"

namespace doppel {

namespace {

constexpr int kSignal = SIGURG;

struct sigaction previous_action;

/// The thread's innermost one. Like innermost_frame() of catch_faults.cpp, and for its reasons.
[[gnu::noinline]] Interruptible*& innermost() {
  [[gnu::tls_model("initial-exec")]] static thread_local constinit Interruptible* scope = nullptr;
  asm volatile("");
  return scope;
}

[[gnu::noinline]] void set_errno(int value) {
  asm volatile("");
  errno = value;
}

std::uintptr_t pc_of(const ucontext_t& context) {
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
#else
  return context.uc_mcontext.pc;
#endif
}

void pass_on(int signal, siginfo_t* info, void* context) {
  if (previous_action.sa_handler == SIG_DFL || previous_action.sa_handler == SIG_IGN) return;
  if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
    previous_action.sa_sigaction(signal, info, context);
  } else {
    previous_action.sa_handler(signal);
  }
}

}  // namespace

struct InterruptHandler {
  static void on_signal(int signal, siginfo_t* info, void* raw_context) {
    const int saved_errno = errno;
    auto& context = *static_cast<ucontext_t*>(raw_context);
    const bool ours = info->si_code == SI_TKILL;
    const Interruptible* scope = innermost();
    if (!ours) {
      pass_on(signal, info, raw_context);
    } else if (scope != nullptr) {
      const auto code = FaultCode::find(pc_of(context));
      if (code && code->owner != nullptr) {
        scope->look_(scope->context_);
        // The return from the handler restores these, of whichever thread this is by now.
        ::sigaltstack(nullptr, &context.uc_stack);
        ::pthread_sigmask(SIG_SETMASK, nullptr, &context.uc_sigmask);
      }
    }
    set_errno(saved_errno);
  }

  static void install() {
    ::sigaction(kSignal, nullptr, &previous_action);
    struct sigaction action{};
    action.sa_sigaction = on_signal;
    // Not on the alternate stack: the guest's may be left and gone back to like any other.
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
    ::sigaction(kSignal, &action, nullptr);
  }
};

Interruptible::Interruptible(void (*look)(void*), void* context) noexcept
    : look_(look), context_(context) {
  static std::once_flag installed;
  std::call_once(installed, InterruptHandler::install);
  outer_ = std::exchange(innermost(), this);
}

Interruptible::~Interruptible() { innermost() = outer_; }

HostThread Interruptible::this_thread() noexcept {
  [[gnu::tls_model("initial-exec")]] static thread_local constinit pid_t id = 0;
  if (id == 0) id = ::gettid();
  return HostThread(id);
}

void Interruptible::interrupt(HostThread thread) noexcept {
  ::syscall(SYS_tgkill, ::getpid(), thread.value(), kSignal);
}

}  // namespace doppel
