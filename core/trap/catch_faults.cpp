// SPDX-License-Identifier: Apache-2.0
// From signal to value: the handlers, whether a fault is a guest's, and the jump back to the
// innermost frame that catches. Everything on the handler's path is async-signal-safe.
#include "core/trap/catch_faults.h"

#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <mutex>

#include "core/memory/reservation.h"
#include "core/trap/alternate_stack.h"
#include "core/trap/fault_code.h"

namespace doppel {

namespace detail {

struct CatchFrame {
  explicit CatchFrame(std::optional<HostFault>& destination) : fault(destination) {}

  sigjmp_buf resume_point;
  std::optional<HostFault>& fault;
  CatchFrame* outer = nullptr;
};

}  // namespace detail

namespace {

using detail::CatchFrame;

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};

/// An access this near to the stack pointer that faults is an overflow of the stack: whatever of a
/// stack is in use is mapped. It bounds the frames of guest code that does not probe its stack.
constexpr std::uintptr_t kStackReach = std::uintptr_t{64} * 1024;

struct sigaction previous_actions[_NSIG];

/// The thread's innermost frame. Initial-exec, so that the handler never allocates it. Not inlined
/// and opaque: a Fiber may go on in another thread, so its address must not outlive a call.
[[gnu::noinline]] CatchFrame*& innermost_frame() {
  [[gnu::tls_model("initial-exec")]] static thread_local constinit CatchFrame* innermost = nullptr;
  asm volatile("");
  return innermost;
}

HostFault read_context(const ucontext_t& context) {
  HostFault fault{};
#if defined(__x86_64__)
  constexpr int kOrder[kHostRegisterCount] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                              REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                              REG_R12, REG_R13, REG_R14, REG_R15};
  const auto& registers = context.uc_mcontext.gregs;
  std::transform(std::begin(kOrder), std::end(kOrder), fault.registers.begin(),
                 [&](int index) { return static_cast<std::uint64_t>(registers[index]); });
  fault.pc = static_cast<std::uintptr_t>(registers[REG_RIP]);
#else
  std::copy(std::begin(context.uc_mcontext.regs), std::end(context.uc_mcontext.regs),
            fault.registers.begin());
  fault.registers.back() = context.uc_mcontext.sp;
  fault.pc = context.uc_mcontext.pc;
#endif
  return fault;
}

std::optional<FaultKind> kind_of_access(const HostFault& fault) {
  if (find_reservation(fault.address)) return FaultKind::kMemory;
  const std::uintptr_t bottom = fault[HostRegister::kStackPointer] - kStackReach;
  if (fault.address - bottom < 2 * kStackReach) return FaultKind::kStackOverflow;
  return std::nullopt;
}

std::optional<FaultKind> kind_of(int signal, const HostFault& fault) {
  switch (signal) {
    case SIGFPE: return FaultKind::kArithmetic;
    case SIGILL: return FaultKind::kIllegalInstruction;
    default: return kind_of_access(fault);
  }
}

/// The guest's fault that the signal reports, if it is one.
std::optional<HostFault> guest_fault(int signal, const siginfo_t& info, const ucontext_t& context) {
  if (info.si_code <= 0) return std::nullopt;  // sent by a process, not raised by an instruction
  HostFault fault = read_context(context);
  const auto code = FaultCode::find(fault.pc);
  if (!code) return std::nullopt;
  fault.code_owner = code->owner;
  fault.address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  const auto kind = kind_of(signal, fault);
  if (!kind) return std::nullopt;
  fault.kind = *kind;
  return fault;
}

/// Does what would have happened without this handler.
void pass_on(int signal, siginfo_t* info, void* context) {
  const struct sigaction& previous = previous_actions[signal];
  const bool sent = info->si_code <= 0;
  if (previous.sa_handler == SIG_IGN && sent) return;
  if (previous.sa_handler == SIG_IGN || previous.sa_handler == SIG_DFL) {
    // The instruction faults again on return and takes the default action; a signal that was sent
    // is sent again.
    struct sigaction by_default{};
    by_default.sa_handler = SIG_DFL;
    ::sigaction(signal, &by_default, nullptr);
    if (sent) ::raise(signal);
    return;
  }
  sigset_t blocked = previous.sa_mask;
  if ((previous.sa_flags & SA_NODEFER) == 0) sigaddset(&blocked, signal);
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, context);
  } else {
    previous.sa_handler(signal);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void on_signal(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  if (CatchFrame* frame = innermost_frame()) {
    const auto& interrupted = *static_cast<ucontext_t*>(context);
    if (auto fault = guest_fault(signal, *info, interrupted)) {
      frame->fault = fault;
      // Whatever the handler runs under (the thread sanitizer blocks every signal), the jump
      // leaves.
      ::pthread_sigmask(SIG_SETMASK, &interrupted.uc_sigmask, nullptr);
      siglongjmp(frame->resume_point, 1);
    }
  }
  pass_on(signal, info, context);
  errno = saved_errno;
}

void install_handlers() {
  for (const int signal : kSignals) {
    // Read before ours is in place, since ours may be called at once.
    ::sigaction(signal, nullptr, &previous_actions[signal]);
    struct sigaction action{};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    ::sigaction(signal, &action, nullptr);
  }
}

void prepare_thread() {
  [[gnu::tls_model("initial-exec")]] static thread_local constinit bool prepared = false;
  if (prepared) [[likely]]
    return;
  static std::once_flag installed;
  std::call_once(installed, install_handlers);
  static thread_local AlternateStack alternate_stack;
  prepared = true;
}

}  // namespace

namespace detail {

void catch_faults(void (*body)(void*), void* context, std::optional<HostFault>& fault) {
  prepare_thread();
  struct Entered {
    explicit Entered(CatchFrame& entered) : frame(entered) {
      frame.outer = std::exchange(innermost_frame(), &frame);
    }
    ~Entered() { innermost_frame() = frame.outer; }
    CatchFrame& frame;
  };
  CatchFrame frame(fault);
  const Entered entered(frame);
  if (sigsetjmp(frame.resume_point, 0) == 0) body(context);
}

}  // namespace detail

void leave_guest_code() noexcept { siglongjmp(innermost_frame()->resume_point, 1); }

CatchChain CatchChain::exchange(CatchChain entered) noexcept {
  prepare_thread();  // calls of run_catching_faults on the entered stack may come from elsewhere
  return CatchChain(std::exchange(innermost_frame(), entered.innermost_));
}

}  // namespace doppel
