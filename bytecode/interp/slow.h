// SPDX-License-Identifier: Apache-2.0
// What handlers leave to ordinary functions: traps, stops, the slow sides of calls, and
// instructions that work on whole memories and tables. Compiled once, for the baseline processor.
#pragma once

#include "bytecode/interp/machine.h"

namespace doppel::bytecode::interp::slow {

/// Notes why and where threaded code stops; the handler then leaves the engine.
[[gnu::cold]] void stop(ThreadState& thread, Stop reason, Place place);
[[gnu::cold]] void trap(ThreadState& thread, TrapKind kind, Place place);

/// A call's stack check failed. Predecodes the callee if that is why, and answers true: the call is
/// tried again. Else it answers false: the engine stops, for an interruption (to try again with the
/// accumulator `acc`) or by a trap.
[[gnu::cold]] bool prepare_call(ThreadState& thread, Place place, std::uint64_t acc,
                                FunctionCode& code, const std::uint64_t* callee_frame);

/// A call that leaves the instance.
struct Site {
  std::uint64_t* arguments;
  const Cell* return_pc;
  std::uint32_t parameter_slots;  ///< of the caller, whose frame a tail call replaces
  std::uint64_t acc;              ///< to try again with, after an interruption
};

/// Where execution goes on.
struct Transfer {
  Place place;               ///< its pc is null if the engine stops
  std::uint64_t result = 0;  ///< first result of a host function
};

/// Enters `function` as the outermost one, with its arguments at `frame`. A host function runs at
/// once, and execution goes on at the leaving cell.
Transfer begin(ThreadState& thread, Function& function, std::uint64_t* frame);
/// Calls a function of another instance, or of the host.
Transfer call(ThreadState& thread, Place place, Function& function, const Site& site);
Transfer tail_call(ThreadState& thread, Place place, Function& function, const Site& site);
/// Whether a function is of the module's type with that index, or of a subtype.
[[gnu::cold]] bool is_of_type(const Context& context, const Function& function, std::uint32_t type);
/// Leaves the innermost crossing; the place that it leads back to.
Place restore(ThreadState& thread);

/// Fires the probes of the cell at `place`. Execution goes on behind it; behind the call, with the
/// probe's results, if a probe has acted in the function's place.
Transfer probe(ThreadState& thread, Place place);

/// Throws a new exception of the tag that the place's cell names, with its payload.
Place throw_tag(ThreadState& thread, Place place, std::uint64_t* payload);
/// Throws the exception of the reference in the slot. Both answer the place of the catch clause,
/// whose values stand in their slots; its pc is null if the engine stops. It does so with
/// kUnwinding when the clause is that of a frame below engine_base or of a compiled one, in which
/// case nothing is delivered yet.
Place throw_ref(ThreadState& thread, Place place, std::uint64_t* reference);

/// The same for the exception `reference`, thrown by a call at `thrown`; by a tail call if
/// `skips_frame`, which has left its frame's regions.
Place unwind(ThreadState& thread, Place thrown, std::uint64_t reference, bool skips_frame);

/// Delivers the exception that `unwind` has found a clause for in compiled code, at thread.place;
/// the place of the clause.
Place catch_exception(ThreadState& thread);

/// Makes known how deep compiled code may go on the host's stack that runs now.
[[gnu::cold]] void measure_host_stack(ThreadState& thread);

/// memory.atomic.wait32, wait64 and notify; false if the engine stops.
bool atomic_wait32(ThreadState& thread, Place place, std::uint64_t* operands);
bool atomic_wait64(ThreadState& thread, Place place, std::uint64_t* operands);
bool atomic_notify(ThreadState& thread, Place place, std::uint64_t* operands);

/// The cells that returns of outermost frames, of calls from another instance, and of frames that
/// compiled code has left to the interpreter lead to.
const Cell* leave_cell();
const Cell* restore_cell();
const Cell* finish_cell();
/// Whether a return to `pc` leads to the innermost crossing.
inline bool is_crossing(const Cell* pc) { return pc == restore_cell() || pc == finish_cell(); }
/// The call that made a frame with so many slots of parameters; no pc if the host made it.
/// Crossings are taken off from `crossing` downwards.
Place caller(const ThreadState& thread, Place frame, std::uint32_t parameter_slots,
             std::size_t& crossing);

/// Instructions on memories, tables and segments. Operands stand in consecutive slots from
/// `operands`, the result replaces the first; `cell` names memory, table and segment. They answer a
/// trap, or kNone.
using Operation = TrapKind (*)(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind memory_size(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind memory_grow(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind memory_copy(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind memory_fill(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind memory_init(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind data_drop(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind table_get(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind table_set(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind table_size(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind table_grow(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind table_fill(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind table_copy(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind table_init(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind elem_drop(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind ref_func(Context& context, const Cell& cell, std::uint64_t* operands);

}  // namespace doppel::bytecode::interp::slow
