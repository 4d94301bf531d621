// SPDX-License-Identifier: Apache-2.0
// What a thread does for compiled code: has the interpreter execute a part of it, and lets it be
// suspended in the middle, on a host stack of its own.
#include <pthread.h>

#include "bytecode/interp/slow.h"
#include "bytecode/runtime/instance.h"
#include "bytecode/runtime/thread.h"
#include "core/trap/catch_faults.h"

namespace doppel::bytecode {

using interp::Handler;
using interp::Place;
using interp::Stop;

namespace {

/// What compiled code leaves of a host stack to the functions that it calls.
constexpr std::size_t kHostReserve = std::size_t{128} << 10U;
constexpr std::size_t kCompiledStack = std::size_t{8} << 20U;

/// The lowest address of the calling thread's own stack.
std::byte* bottom_of_own_stack() {
  static thread_local std::byte* const bottom = [] {
    pthread_attr_t attributes;
    void* address = nullptr;
    std::size_t size = 0;
    if (::pthread_getattr_np(::pthread_self(), &attributes) == 0) {
      ::pthread_attr_getstack(&attributes, &address, &size);
      ::pthread_attr_destroy(&attributes);
    }
    return static_cast<std::byte*>(address);
  }();
  return bottom;
}

}  // namespace

void interp::slow::measure_host_stack(ThreadState& thread) {
  const Fiber* fiber = Fiber::current();
  thread.set_host_stack_limit((fiber == nullptr ? bottom_of_own_stack() : fiber->stack().bottom()) +
                              kHostReserve);
}

/// Executes `resume_` in a slice of run(). Code of a module with a compiler runs on a fiber, which
/// is suspended where compiled code stops.
void Thread::run_slice() {
  if (!suspended_in_compiled_) {
    const bool compiled =
        resume_->context != nullptr && resume_->context->instance->module->code().is_compiled();
    if (!compiled) return execute(*resume_);
    if (!fiber_) {
      auto stack = HostStack::create(kCompiledStack);
      if (!stack) {
        message = stack.error().message;
        return interp::slow::trap(*this, TrapKind::kHost, place);
      }
      fiber_ = std::make_unique<Fiber>(*std::move(stack), [this] {
        for (;;) {
          set_host_stack_limit(nullptr);
          execute(*resume_);
          Fiber::yield();
        }
      });
    }
  }
  suspended_in_compiled_ = false;
  const Told told(*this, true);
  fiber_->resume();
}

Thread::Told::Told(Thread& thread, bool compiled) : thread_(thread) {
  if (!compiled) return;
  scope_.emplace([](void* told) { static_cast<Thread*>(told)->interrupt_loop(); }, &thread);
  before_ = thread.tell(Interruptible::this_thread());
}

Thread::Told::~Told() {
  if (scope_) thread_.tell(before_);
}

/// In a handler, over compiled code: elsewhere than in such loops it looks by itself.
void Thread::interrupt_loop() {
  if (compiled_loop.pc != nullptr && interrupt_requested().load(std::memory_order_relaxed))
    interrupted_in_compiled(compiled_loop);
}

/// Lets whoever runs the thread see why it stopped; returns when it goes on.
void Thread::suspend_compiled() {
  if (in_slice_) {
    // It would never go on.
    if (this->stop == Stop::kFuel && static_cast<std::int64_t>(fuel_limit_) <= budget_)
      leave_guest_code();
    suspended_in_compiled_ = true;
    Fiber::yield();
    if (!terminating()) return;
  } else if (goes_on()) {
    return;
  }
  leave_guest_code();
}

const interp::Cell* Thread::interrupted_in_compiled(Place at) {
  interp::slow::stop(*this, Stop::kInterrupted, at);
  suspend_compiled();
  return place.pc == at.pc ? nullptr : place.pc;
}

void Thread::out_of_fuel_in_compiled(Place at) {
  interp::slow::stop(*this, Stop::kFuel, at);
  suspend_compiled();
}

void Thread::check_entered(Place at) {
  if (interrupt_requested().load(std::memory_order_relaxed)) {
    interrupted_in_compiled(at);
    return;
  }
  const interp::ModuleCode::Position position =
      at.context->instance->module->code().position(at.pc);
  if (at.frame + position.frame_slots <= stack_limit &&
      static_cast<std::byte*>(__builtin_frame_address(0)) >= host_stack_limit) {
    return reopen_call_gate();  // it was shut without need
  }
  // The call fails where it was made.
  const std::uint64_t* header = at.frame + position.parameter_slots;
  const auto* return_pc = reinterpret_cast<const interp::Cell*>(header[interp::kHeaderReturnPc]);
  if (return_pc != interp::slow::leave_cell() && !interp::slow::is_crossing(return_pc)) {
    at.pc = return_pc - 1;
    at.frame = reinterpret_cast<std::uint64_t*>(header[interp::kHeaderCallerFrame]);
  }
  interp::slow::trap(*this, TrapKind::kStackOverflow, at);
  leave_guest_code();
}

/// Runs the interpreter from `at` on, there by `handler`, until it comes back to compiled code.
/// True if an exception goes on at the thread's place instead, in a frame below `base`.
bool Thread::interpret(Place at, Handler handler, std::uint64_t first_acc, std::uint64_t* base) {
  std::uint64_t* const outer_base = std::exchange(engine_base, base);
  const auto leave = [&](bool unwinding) {
    engine_base = outer_base;
    compiled_context = at.context;
    return unwinding;
  };
  place = at;
  acc = first_acc;
  for (;;) {
    const bool again = place.pc == at.pc && place.frame == at.frame;
    execute(registers_at_place(), again ? handler : place.pc->handler);
    switch (this->stop) {
      case Stop::kCameBack: return leave(false);
      case Stop::kUnwinding: return leave(true);
      case Stop::kTrap: leave(false); leave_guest_code();
      default: suspend_compiled();
    }
  }
}

/// Whether a frame of compiled code shall go on in the interpreter, which is then interrupted, so
/// that it may come back. Each time takes some of the host's stack until the frame ends.
bool Thread::leaves_compiled(interp::TierSwitches& switches) {
  constexpr std::ptrdiff_t kRoom = std::ptrdiff_t{4} << 20U;
  constexpr std::uint32_t kOneIn = 4;
  const auto* here = static_cast<const std::byte*>(__builtin_frame_address(0));
  if (here - host_stack_limit < kRoom || !switches.happens(kOneIn)) return false;
  ++switches.to_interpreter;
  request_interrupt_when_it_looks();
  return true;
}

bool Thread::interpret_step(Place at, Handler handler, std::uint64_t first_acc) {
  return interpret(at, handler, first_acc, at.frame + 1);
}

bool Thread::interpret_rest(Place at, Handler handler, std::uint64_t first_acc) {
  const interp::ModuleCode::Position position =
      at.context->instance->module->code().position(at.pc);
  std::uint64_t* header = at.frame + position.parameter_slots;
  crossings.push_back({reinterpret_cast<const interp::Cell*>(header[interp::kHeaderReturnPc]),
                       reinterpret_cast<std::uint64_t*>(header[interp::kHeaderCallerFrame]),
                       at.context});
  header[interp::kHeaderReturnPc] = reinterpret_cast<std::uint64_t>(interp::slow::finish_cell());
  return interpret(at, handler != nullptr ? handler : at.pc->handler, first_acc, at.frame);
}

}  // namespace doppel::bytecode
