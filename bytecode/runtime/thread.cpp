// SPDX-License-Identifier: Apache-2.0
// Running functions on a thread: entry, stops and what follows from them, traps and their
// backtraces.
#include "bytecode/runtime/thread.h"

#include <algorithm>
#include <exception>

#include "bytecode/gc/heap.h"
#include "bytecode/interp/slow.h"
#include "bytecode/runtime/exception.h"
#include "bytecode/runtime/instance.h"
#include "core/ops/fault_place.h"
#include "core/threaded/engine.h"
#include "core/trap/catch_faults.h"

namespace doppel::bytecode {

using interp::Place;
using interp::Registers;
using interp::Stop;

Result<std::unique_ptr<Thread>> Thread::create(std::size_t stack_bytes) {
  DOPPEL_TRY(ops::register_guarded_accesses());
  Reservation stack = DOPPEL_TRY(Reservation::create(stack_bytes));
  DOPPEL_TRY(stack.commit(stack_bytes));
  return std::unique_ptr<Thread>(new Thread(std::move(stack)));
}

Thread::Thread(Reservation stack)
    : stack_(std::move(stack)), free_(reinterpret_cast<std::uint64_t*>(stack_.base())) {
  // Compiled code writes a callee's header before the callee looks whether its frame fits.
  stack_limit =
      reinterpret_cast<std::uint64_t*>(stack_.base() + stack_.committed()) - interp::kHeaderSlots;
}

// Entry.

void Thread::join_store(const Function& function) {
  if (function.context == nullptr || function.context->heap == heap()) return;
  frame_maps_.clear();
  register_at(*function.context->heap);
}

/// Builds the outermost frame at `frame`, where the arguments stand; nothing if it could not. A
/// host function has then run already, and the registers lead out of the engine.
std::optional<Registers> Thread::enter(Function& function, std::uint64_t* frame) {
  join_store(function);
  const interp::slow::Transfer transfer = interp::slow::begin(*this, function, frame);
  if (transfer.place.pc == nullptr) return std::nullopt;
  place = transfer.place;
  acc = 0;
  return place.context == nullptr ? Registers{place.pc, frame, nullptr, nullptr, this, 0, {}}
                                  : registers_at_place();
}

Registers Thread::registers_at_place() const {
  Registers registers;
  registers.pc = place.pc;
  registers.frame = place.frame;
  registers.context = place.context;
  registers.memory = place.context->memory_base;
  registers.thread = const_cast<Thread*>(this);
  registers.acc = acc;
  return registers;
}

/// Runs the engine until it stops, beginning with the handler `first`; a fault of guest code
/// becomes a trap. An exception that compiled code has passed on goes on here if a frame here takes
/// it.
void Thread::execute(Registers from, interp::Handler first) {
  std::optional<HostFault> fault;
  for (;;) {
    fault = run_catching_faults([&] { threaded::run<interp::Machine>(from, first); });
    compiled_loop.pc = nullptr;
    if (fault || this->stop != Stop::kUnwinding || place.frame < engine_base) break;
    from = registers_at_place();
    first = from.pc->handler;
  }
  if (!fault) return;
  const TrapKind kind = fault->kind == FaultKind::kStackOverflow ? TrapKind::kStackOverflow
                                                                 : TrapKind::kMemoryOutOfBounds;
  if (fault->code_owner != nullptr) {  // compiled code
    const auto& code = compiled_context->instance->module->code();
    return interp::slow::trap(*this, kind,
                              code.fault_place(fault->pc, compiled_frame, compiled_context));
  }
  const ops::AccessPlace at = ops::fault_place(*fault);
  interp::slow::trap(*this, kind,
                     {static_cast<const interp::Cell*>(at.pc),
                      static_cast<std::uint64_t*>(const_cast<void*>(at.frame)),
                      static_cast<interp::Context*>(const_cast<void*>(at.context))});
}

// Fuel.

void Thread::set_fuel(std::uint64_t instructions) {
  fuel_limit_ = std::min(instructions, kUnlimited);
}

void Thread::grant_fuel() {
  granted_ = std::max<std::int64_t>(0, std::min(static_cast<std::int64_t>(fuel_limit_), budget_));
  fuel = granted_;
}

void Thread::settle_fuel() {
  const std::int64_t used = granted_ - fuel;
  if (fuel_limit_ != kUnlimited)
    fuel_limit_ -= std::min(fuel_limit_, static_cast<std::uint64_t>(used));
  if (budget_ != INT64_MAX) budget_ -= used;
  granted_ = fuel = 0;
}

// Running.

namespace {

/// What finds out which code of the function's module is hot; null if nothing does.
interp::TierUp* tier_up_of(const Function& function) {
  return function.context == nullptr ? nullptr
                                     : function.context->instance->module->code().tier_up();
}

bool is_compiled(const Function& function) {
  return function.context != nullptr && function.context->instance->module->code().is_compiled();
}

}  // namespace

std::optional<Trap> Thread::call(Function& function, std::span<std::uint64_t> slots) {
  if (nesting_ >= kMaxNesting)
    return Trap{TrapKind::kStackOverflow, "host calls nest too deeply", 0, {}, 0, 0};
  const std::size_t crossings_below = crossings.size();
  std::uint64_t* const frame = free_;
  const bool outermost = nesting_ == 0;
  if (outermost) {
    budget_ = INT64_MAX;
    grant_fuel();
  }
  ++nesting_;
  result_slots_ = 0;
  interp::TierUp* const tier_up = outermost ? tier_up_of(function) : nullptr;
  if (tier_up != nullptr) tier_up->enter(*this);
  const bool was_in_host = std::exchange(in_host_, false);
  const bool was_in_slice = std::exchange(in_slice_, false);
  std::byte* const host_stack_below = host_stack_limit;
  set_host_stack_limit(nullptr);
  const auto done = [&](std::optional<Trap> trap) {
    --nesting_;
    if (tier_up != nullptr) tier_up->leave(*this);
    in_host_ = was_in_host;
    in_slice_ = was_in_slice;
    set_host_stack_limit(host_stack_below);
    free_ = frame;
    if (outermost) settle_fuel();
    if (outermost && interrupted_while_nested_) {
      interrupted_while_nested_ = false;
      request_interrupt();
    }
    return trap;
  };
  if (frame + slots.size() + 1 > stack_limit) {
    interp::slow::trap(*this, TrapKind::kStackOverflow, {});
    return done(take_trap(crossings_below));
  }
  std::copy(slots.begin(), slots.end(), frame);
  std::optional<Registers> registers = enter(function, frame);
  while (!registers && this->stop == Stop::kInterrupted && !terminating()) {
    take_interrupt();
    registers = enter(function, frame);
  }
  if (!registers) return done(take_trap(crossings_below));
  if (registers->pc != interp::slow::leave_cell()) {
    const Told told(*this, is_compiled(function));
    for (execute(*registers); this->stop != Stop::kFinished; execute(registers_at_place())) {
      if (!goes_on()) return done(take_trap(crossings_below));
    }
  }
  std::copy_n(frame, slot_count(function.type->results), slots.begin());
  return done(std::nullopt);
}

/// At an interruption: what runs is perhaps hot, or is to go on in the other tier.
void Thread::sample() {
  interp::ModuleCode& code = place.context->instance->module->code();
  interp::TierSwitches* const switches = code.switches();
  if (code.tier_up() != nullptr || switches != nullptr) place.pc = code.sampled(place.pc);
  // Where it stops before a call, it does so until it is not interrupted once.
  constexpr std::uint32_t kOftenNot = 4;
  if (switches != nullptr && !switches->happens(kOftenNot)) request_interrupt_when_it_looks();
}

/// In a call, after a stop: whether it goes on; else there is a trap to take.
bool Thread::goes_on() {
  if (this->stop == Stop::kTrap || terminating()) return false;
  if (this->stop == Stop::kInterrupted) {
    take_interrupt();
    count(&ThreadCounters::interruptions);
    interrupted_while_nested_ = true;
    sample();
  } else if (this->stop == Stop::kFuel) {
    if (static_cast<std::int64_t>(fuel_limit_) <= budget_) return false;
    // A budget cannot be kept while a host function waits for this call: it is overdrawn.
    const std::int64_t more = static_cast<std::int64_t>(fuel_limit_) - granted_;
    granted_ += more;
    fuel += more;
  }
  return true;
}

void Thread::start(Function& function, std::span<const std::uint64_t> arguments) {
  join_store(function);
  started_ = &function;
  result_slots_ = 0;
  resume_.reset();
  result_trap_.reset();
  std::copy(arguments.begin(), arguments.end(), free_);
}

Exit Thread::run(Budget budget) {
  if (started_ == nullptr) return {ExitReason::kFinished, 0, {}};
  if (budget.instructions == Budget::kUnlimited) {
    budget_ = INT64_MAX;
  } else {
    if (budget_ == INT64_MAX) budget_ = 0;
    budget_ +=
        static_cast<std::int64_t>(std::min<std::uint64_t>(budget.instructions, kUnlimited / 2));
  }
  grant_fuel();
  const std::int64_t granted = granted_;
  ++nesting_;
  in_slice_ = true;
  interp::TierUp* const tier_up = tier_up_of(*started_);
  if (tier_up != nullptr) tier_up->enter(*this);
  const auto exit = [&](ExitReason reason) {
    --nesting_;
    if (tier_up != nullptr) tier_up->leave(*this);
    in_slice_ = false;
    const auto used = static_cast<std::uint64_t>(granted - fuel);
    settle_fuel();
    if (reason == ExitReason::kFinished) {
      result_slots_ = result_trap_ ? 0 : slot_count(started_->type->results);
      result_function_ = started_;
      resume_.reset();
      started_ = nullptr;
    }
    const Exit made{reason, reason == ExitReason::kBudget ? budget.instructions : used, {}};
    if (counters_) counters_->exits.record(counters_->values, made);
    return made;
  };
  const auto trapped = [&] {
    result_trap_ = take_trap(0);
    return exit(ExitReason::kFinished);
  };
  if (!resume_) {
    resume_ = enter(*started_, free_);
    if (!resume_) {
      if (this->stop == Stop::kInterrupted && !terminating()) {
        take_interrupt();
        return exit(ExitReason::kInterrupted);
      }
      return trapped();
    }
    if (resume_->pc == interp::slow::leave_cell()) return exit(ExitReason::kFinished);
  }
  run_slice();
  if (this->stop == Stop::kFinished) return exit(ExitReason::kFinished);
  if (!suspended_in_compiled_ && (this->stop == Stop::kTrap || terminating())) return trapped();
  if (this->stop == Stop::kInterrupted) sample();
  if (!suspended_in_compiled_) resume_ = registers_at_place();
  if (this->stop == Stop::kInterrupted) {
    take_interrupt();
    return exit(ExitReason::kInterrupted);
  }
  if (this->stop == Stop::kBreakpoint) return exit(ExitReason::kBreakpoint);
  if (!suspended_in_compiled_ && static_cast<std::int64_t>(fuel_limit_) <= budget_)
    return trapped();
  return exit(ExitReason::kBudget);
}

std::span<const std::uint64_t> Thread::results() const { return {free_, result_slots_}; }

void Thread::terminate(TrapKind kind) noexcept {
  terminate_.store(kind, std::memory_order_release);
  request_interrupt();
}

HostOutcome Thread::call_host(Function& function, Instance* caller, Place at, std::uint64_t* slots,
                              std::uint64_t* free) {
  std::uint64_t* const free_before = free_;
  free_ = free;
  place = at;
  count(&ThreadCounters::host_calls);
  HostOutcome outcome;
  HostCall call{*this, caller, slots};
  const HostScope scope(*this, {at, &function, slots});
  try {
    outcome = function.host(call);
  } catch (const std::exception& error) {
    outcome = {TrapKind::kHost, error.what(), 0};
  } catch (...) {
    outcome = {TrapKind::kHost, "an exception that is no std::exception", 0};
  }
  free_ = free_before;
  if (outcome.trap == TrapKind::kHost && !function.name.empty())
    outcome.message = function.name + ": " + outcome.message;
  return outcome;
}

// Traps.

/// The trap that the engine stopped for; crossings above `crossings_below` are dropped.
Trap Thread::take_trap(std::size_t crossings_below) {
  Trap made;
  if (this->stop == Stop::kTrap) {
    made.kind = this->trap;
  } else if (this->stop == Stop::kFuel) {
    made.kind = TrapKind::kFuelExhausted;
  } else {
    made.kind = terminate_.exchange(TrapKind::kNone, std::memory_order_acq_rel);
    take_interrupt();
  }
  made.message = std::move(message);
  message.clear();
  made.exit_code = exit_code;
  if (made.kind == TrapKind::kUncaughtException) {
    made.exception = std::make_shared<const gc::Root>(*heap(), exception);
    made.tag = &tag_of(exception);
    made.message = "with a tag of type " + to_string(*made.tag->type);
  }
  if (made.kind != TrapKind::kExit) count(&ThreadCounters::traps);
  fire_trap(made.kind);
  trace(made, place);
  crossings.resize(crossings_below);
  return made;
}

/// Follows the frames from `at` to the one that the host called.
void Thread::trace(Trap& made, Place at) const {
  constexpr std::size_t kKept = 24;   // from each end
  std::vector<BacktraceFrame> outer;  // the last kKept, as a ring
  std::size_t count = 0;
  std::size_t crossing = crossings.size();
  while (at.pc != nullptr && at.context != nullptr) {
    LoadedModule& module = *at.context->instance->module;
    const auto location = module.code().locate(at.pc);
    if (!location) break;
    BacktraceFrame frame{location->function, module.function_name(location->function),
                         location->offset, at.context->instance, at.context->instance->module};
    if (count < kKept) {
      made.backtrace.push_back(std::move(frame));
    } else if (outer.size() < kKept) {
      outer.push_back(std::move(frame));
    } else {
      outer[count % kKept] = std::move(frame);
    }
    ++count;
    at = interp::slow::caller(
        *this, at, slot_count(module.module().func_type(location->function).params), crossing);
  }
  if (count > 2 * kKept) {
    made.omitted_after = kKept;
    made.omitted = count - 2 * kKept;
    std::rotate(outer.begin(), outer.begin() + static_cast<std::ptrdiff_t>(count % kKept),
                outer.end());
  }
  std::move(outer.begin(), outer.end(), std::back_inserter(made.backtrace));
}

std::string Trap::describe() const {
  std::string text = to_string(kind);
  if (!message.empty()) text += ": " + message;
  return text;
}

}  // namespace doppel::bytecode
