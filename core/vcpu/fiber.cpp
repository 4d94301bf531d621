// SPDX-License-Identifier: Apache-2.0
// Everything that belongs to a C++ thread is exchanged by `resume`, on the resumer's side of both
// switches; `yield` only switches stacks.
#include "core/vcpu/fiber.h"

#include <cxxabi.h>

#include <utility>

#include "core/sanitizer.h"
#include "core/vcpu/context_switch.h"

#if DOPPEL_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#if DOPPEL_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace doppel {
namespace {

/// Not inlined and opaque: a fiber may go on in another thread, so the address must not outlive a
/// call.
[[gnu::noinline]] Fiber*& innermost_fiber() {
  static thread_local constinit Fiber* innermost = nullptr;
  asm volatile("");
  return innermost;
}

/// The calling thread's exception state, as a T of the ABI's layout.
template <class T>
T& exception_state() {
  return *reinterpret_cast<T*>(abi::__cxa_get_globals());
}

}  // namespace

Fiber::Fiber(HostStack stack, std::function<void()> body)
    : stack_(std::move(stack)),
      body_(std::move(body)),
      context_(make_context(stack_.top(), &Fiber::enter, this)) {
#if DOPPEL_TSAN
  sanitizer_.thread_fiber = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#if DOPPEL_TSAN
  __tsan_destroy_fiber(sanitizer_.thread_fiber);
#endif
}

Fiber* Fiber::current() { return innermost_fiber(); }

void Fiber::resume() {
  resumer_ = std::exchange(innermost_fiber(), this);
  const CatchChain outer_chain = CatchChain::exchange(catch_chain_);
  std::swap(exception_state<ExceptionState>(), exceptions_);
  switch_in();
  std::swap(exception_state<ExceptionState>(), exceptions_);
  catch_chain_ = CatchChain::exchange(outer_chain);
  innermost_fiber() = resumer_;
}

void Fiber::yield() { current()->switch_out(); }

void Fiber::switch_in() {
#if DOPPEL_ASAN
  void* resumer_fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&resumer_fake_stack, stack_.bottom(), stack_.size());
#endif
#if DOPPEL_TSAN
  sanitizer_.thread_resumer = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(sanitizer_.thread_fiber, 0);
#endif
  doppel_switch_context(&context_, context_);
#if DOPPEL_ASAN
  __sanitizer_finish_switch_fiber(resumer_fake_stack, nullptr, nullptr);
#endif
}

void Fiber::switch_out() {
#if DOPPEL_ASAN
  // A body that has finished leaves no fake stack behind.
  __sanitizer_start_switch_fiber(finished_ ? nullptr : &sanitizer_.fake_stack,
                                 sanitizer_.resumer_bottom, sanitizer_.resumer_size);
#endif
#if DOPPEL_TSAN
  __tsan_switch_to_fiber(sanitizer_.thread_resumer, 0);
#endif
  doppel_switch_context(&context_, context_);
  arrived();
}

void Fiber::arrived() {
#if DOPPEL_ASAN
  __sanitizer_finish_switch_fiber(sanitizer_.fake_stack, &sanitizer_.resumer_bottom,
                                  &sanitizer_.resumer_size);
#endif
}

void Fiber::enter(void* fiber) { static_cast<Fiber*>(fiber)->run_body(); }

void Fiber::run_body() noexcept {
  arrived();
  body_();
  body_ = nullptr;  // what it captured goes with it
  finished_ = true;
  switch_out();
  __builtin_unreachable();
}

}  // namespace doppel
