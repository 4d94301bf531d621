// SPDX-License-Identifier: Apache-2.0
// Runs guest code such that its host faults come back as values. The process's handlers of SIGSEGV,
// SIGBUS, SIGFPE and SIGILL are installed once, at the first use, in front of those that were
// there.
//
// A fault is a guest's when its pc lies in FaultCode and, for accesses, its address lies in a
// Reservation or at the end of the stack. Every other fault goes to the handler that was installed
// before, or takes the default action: real crashes stay crashes, and sanitizers report them.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>

#include "core/trap/host_fault.h"

namespace doppel {

namespace detail {
struct CatchFrame;
void catch_faults(void (*body)(void*), void* context, std::optional<HostFault>& fault);
}  // namespace detail

/// Calls `body()`; returns nothing when it returns, and the fault when guest code in it faults. A
/// fault abandons the frames between the faulting instruction and this call without running their
/// destructors, so these are guest code and what entered it, and own nothing. Calls nest: a fault
/// goes to the innermost one of its thread, or of its Fiber. Exceptions pass through. The signal
/// mask afterwards is the one at the fault. Costs some 10 ns, and a few µs on a thread's first use,
/// which gives the thread an alternate signal stack unless it has one.
template <class Body>
[[nodiscard]] std::optional<HostFault> run_catching_faults(Body&& body) {
  using Callable = std::remove_reference_t<Body>;
  std::optional<HostFault> fault;
  detail::catch_faults([](void* context) { (*static_cast<Callable*>(context))(); },
                       const_cast<void*>(static_cast<const void*>(std::addressof(body))), fault);
  return fault;
}

/// Abandons what runs in the innermost call of run_catching_faults on this stack, as a fault does;
/// the call returns nothing. There is one.
[[noreturn]] void leave_guest_code() noexcept;

/// The calls of run_catching_faults that are open on one stack. A context switch exchanges the
/// chain of the stack it leaves for that of the stack it enters.
class CatchChain {
 public:
  /// The empty chain, of a stack where nothing runs yet.
  constexpr CatchChain() = default;

  /// Makes `entered` the calling thread's chain; returns the one it had.
  static CatchChain exchange(CatchChain entered) noexcept;

 private:
  explicit constexpr CatchChain(detail::CatchFrame* innermost) : innermost_(innermost) {}

  detail::CatchFrame* innermost_ = nullptr;
};

}  // namespace doppel
