// SPDX-License-Identifier: Apache-2.0
// A body of code on a stack of its own, which may yield at any depth of its calls and be resumed
// later, also by another thread.
#pragma once

#include <functional>

#include "core/trap/catch_faults.h"
#include "core/vcpu/host_stack.h"

namespace doppel {

/// Runs a function on a HostStack. One thread at a time resumes it; each resume happens after the
/// one before it (the caller synchronizes). What a thread of C++ carries goes along: exceptions in
/// flight or caught, open calls of run_catching_faults, floating-point control. Thread-local
/// variables are those of the thread that resumes, so their addresses, and std::this_thread's id,
/// which compilers take for constant, must not be kept across a yield. Works under the address and
/// thread sanitizers.
class Fiber {
 public:
  /// `body` begins at the first resume. No exception may leave it: std::terminate.
  Fiber(HostStack stack, std::function<void()> body);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// The fiber must not be running. Frames of a suspended body are dropped without running their
  /// destructors: a body that owns something is to be resumed until it has finished.
  ~Fiber();

  /// Runs the body until it yields or returns. The fiber is neither running nor finished. Fibers
  /// may resume others.
  void resume();

  /// Suspends the calling thread's innermost fiber: its `resume` returns. There is one.
  static void yield();

  /// The calling thread's innermost fiber, or null.
  [[nodiscard]] static Fiber* current();

  /// Whether the body has returned.
  [[nodiscard]] bool finished() const { return finished_; }
  /// The stack that the body runs on.
  [[nodiscard]] const HostStack& stack() const { return stack_; }

 private:
  /// The head of the C++ runtime's list of caught exceptions and the number of those in flight:
  /// __cxa_eh_globals of the Itanium C++ ABI, section 2.2.2.
  struct ExceptionState {
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };
  /// What the sanitizers must be told; unused without them.
  struct SanitizerState {
    void* thread_fiber = nullptr;    ///< tsan: this fiber
    void* thread_resumer = nullptr;  ///< tsan: who resumed it
    void* fake_stack = nullptr;      ///< asan: of this fiber while suspended
    const void* resumer_bottom = nullptr;
    std::size_t resumer_size = 0;
  };

  static void enter(void* fiber);
  void run_body() noexcept;
  void switch_in();
  void switch_out();
  void arrived();

  HostStack stack_;
  std::function<void()> body_;
  void* context_;  ///< the body's while suspended; the resumer's while running
  Fiber* resumer_ = nullptr;
  bool finished_ = false;
  CatchChain catch_chain_;
  ExceptionState exceptions_;
  SanitizerState sanitizer_;
};

}  // namespace doppel
