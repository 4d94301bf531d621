// SPDX-License-Identifier: Apache-2.0
// Stops and calls; the instructions on memories and tables are in slow_operations.cpp.
#include "bytecode/interp/slow.h"

#include <algorithm>
#include <exception>

#include "bytecode/gc/roots.h"
#include "bytecode/interp/handler_table.h"
#include "bytecode/runtime/instance.h"
#include "bytecode/runtime/store.h"
#include "bytecode/runtime/thread.h"

namespace doppel::bytecode::interp::slow {

namespace {

const Cell* special_cell(Special special) {
  static const auto cells = [] {
    std::array<Cell, kSpecials> all{};
    for (std::size_t i = 0; i < kSpecials; ++i) all[i].handler = handlers().specials[i];
    return all;
  }();
  return &cells[static_cast<std::size_t>(special)];
}

std::uint64_t word(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

enum class HostEnd : std::uint8_t { kReturned, kThrew, kStopped };

/// Calls a host function on the slots from `slots` on. It stops if it trapped or there is no room;
/// what it threw is in `state.exception`.
HostEnd call_host(ThreadState& state, Place place, Function& function, std::uint64_t* slots) {
  auto& thread = static_cast<Thread&>(state);
  const std::size_t width =
      std::max(slot_count(function.type->params), slot_count(function.type->results)) + 1;
  if (slots + width > state.stack_limit) {
    trap(state, TrapKind::kStackOverflow, place);
    return HostEnd::kStopped;
  }
  Instance* caller = place.context == nullptr ? nullptr : place.context->instance;
  HostOutcome outcome = thread.call_host(function, caller, place, slots, slots + width);
  if (outcome.trap == TrapKind::kNone) return HostEnd::kReturned;
  if (outcome.trap == TrapKind::kUncaughtException && outcome.exception != nullptr) {
    state.exception = outcome.exception->get();
    return HostEnd::kThrew;
  }
  state.message = std::move(outcome.message);
  state.exit_code = outcome.exit_code;
  trap(state, outcome.trap, place);
  return HostEnd::kStopped;
}

/// The code of a function of another instance, ready and with room for its frame; else null, and
/// stopped.
FunctionCode* ready_code(ThreadState& thread, Place place, std::uint64_t acc, Function& function,
                         const std::uint64_t* frame) {
  FunctionCode& code = function.context->codes[function.code_index];
  for (;;) {
    const std::uint32_t slots = __atomic_load_n(&code.frame_slots, __ATOMIC_ACQUIRE);
    if (frame + slots <= thread.stack_limit &&
        !thread.interrupt_requested().load(std::memory_order_relaxed)) {
      return &code;
    }
    Place callee = place;
    callee.context = function.context;
    if (!prepare_call(thread, callee, acc, code, frame)) {
      thread.place = place;
      return nullptr;
    }
  }
}

Transfer enter(Function& function, const FunctionCode& code, std::uint64_t* frame,
               std::uint64_t return_pc, std::uint64_t caller_frame) {
  std::uint64_t* header = frame + code.parameter_slots;
  header[kHeaderReturnPc] = return_pc;
  header[kHeaderCallerFrame] = caller_frame;
  std::fill_n(header + kHeaderSlots, code.zeroed_slots, 0);
  return {{code.entry, frame, function.context}, 0};
}

}  // namespace

const Cell* leave_cell() { return special_cell(Special::kLeave); }
const Cell* restore_cell() { return special_cell(Special::kRestore); }
const Cell* finish_cell() { return special_cell(Special::kFinish); }

void stop(ThreadState& thread, Stop reason, Place place) {
  thread.stop = reason;
  thread.place = place;
}

void trap(ThreadState& thread, TrapKind kind, Place place) {
  thread.trap = kind;
  stop(thread, Stop::kTrap, place);
}

bool prepare_call(ThreadState& thread, Place place, std::uint64_t acc, FunctionCode& code,
                  const std::uint64_t* callee_frame) {
  if (__atomic_load_n(&code.frame_slots, __ATOMIC_ACQUIRE) == FunctionCode::kNotReady) {
    if (const Result<void> made = place.context->instance->module->code().prepare(code); !made) {
      thread.message = made.error().message;
      trap(thread, TrapKind::kHost, place);
      return false;
    }
    return true;
  }
  if (callee_frame + code.frame_slots > thread.stack_limit) {
    trap(thread, TrapKind::kStackOverflow, place);
    return false;
  }
  thread.acc = acc;
  stop(thread, Stop::kInterrupted, place);
  return false;
}

Transfer begin(ThreadState& thread, Function& function, std::uint64_t* frame) {
  const Place nowhere{nullptr, frame, function.context};
  if (function.context == nullptr) {
    switch (call_host(thread, nowhere, function, frame)) {
      case HostEnd::kReturned: return {{leave_cell(), frame, nullptr}, *frame};
      case HostEnd::kThrew: return {unwind(thread, nowhere, thread.exception, true), 0};
      case HostEnd::kStopped: return {};
    }
  }
  const FunctionCode* code = ready_code(thread, nowhere, 0, function, frame);
  if (code == nullptr) return {};
  return enter(function, *code, frame, word(leave_cell()), 0);
}

Transfer call(ThreadState& thread, Place place, Function& function, const Site& site) {
  if (function.context == nullptr) {
    switch (call_host(thread, place, function, site.arguments)) {
      case HostEnd::kReturned:
        return {{site.return_pc, place.frame, place.context}, *site.arguments};
      case HostEnd::kThrew: return {unwind(thread, place, thread.exception, false), 0};
      case HostEnd::kStopped: return {};
    }
  }
  const FunctionCode* code = ready_code(thread, place, site.acc, function, site.arguments);
  if (code == nullptr) return {};
  thread.crossings.push_back({site.return_pc, place.frame, place.context});
  return enter(function, *code, site.arguments, word(restore_cell()), word(place.frame));
}

Transfer tail_call(ThreadState& thread, Place place, Function& function, const Site& site) {
  const std::uint64_t* header = place.frame + site.parameter_slots;
  std::uint64_t return_pc = header[kHeaderReturnPc];
  const std::uint64_t caller_frame = header[kHeaderCallerFrame];
  if (function.context == nullptr) {
    const HostEnd end = call_host(thread, place, function, site.arguments);
    if (end == HostEnd::kThrew) return {unwind(thread, place, thread.exception, true), 0};
    if (end == HostEnd::kStopped) return {};
    std::copy_n(site.arguments, slot_count(function.type->results), place.frame);
    return {{reinterpret_cast<const Cell*>(return_pc),
             reinterpret_cast<std::uint64_t*>(caller_frame), place.context},
            *site.arguments};
  }
  const FunctionCode* code = ready_code(thread, place, site.acc, function, place.frame);
  if (code == nullptr) return {};
  // The caller's instance comes back when the callee returns, unless a crossing does that already.
  const auto* return_cell = reinterpret_cast<const Cell*>(return_pc);
  if (!is_crossing(return_cell) && return_cell != leave_cell()) {
    thread.crossings.push_back(
        {return_cell, reinterpret_cast<std::uint64_t*>(caller_frame), place.context});
    return_pc = word(restore_cell());
  }
  std::copy_n(site.arguments, code->parameter_slots, place.frame);
  return enter(function, *code, place.frame, return_pc, caller_frame);
}

bool is_of_type(const Context& context, const Function& function, std::uint32_t type) {
  const RuntimeTypes& types = context.instance->store.types();
  return types[function.type_id].is_subtype_of(types[context.type_ids[type]]);
}

Place restore(ThreadState& thread) {
  const Place place = thread.crossings.back();
  thread.crossings.pop_back();
  return place;
}

Place caller(const ThreadState& thread, Place at, std::uint32_t parameter_slots,
             std::size_t& crossing) {
  const std::uint64_t* header = at.frame + parameter_slots;
  at.pc = reinterpret_cast<const Cell*>(header[kHeaderReturnPc]);
  at.frame = reinterpret_cast<std::uint64_t*>(header[kHeaderCallerFrame]);
  while (is_crossing(at.pc)) at = thread.crossings[--crossing];
  if (at.pc == leave_cell()) return {};
  --at.pc;  // from the return address into the call
  return at;
}

}  // namespace doppel::bytecode::interp::slow
