// SPDX-License-Identifier: Apache-2.0
// Handlers of moves, selection, calls and returns, fuel, and of the instructions that slow.h
// carries out.
#include "bytecode/interp/handlers/moves.h"
#include "bytecode/runtime/function.h"
#include "bytecode/runtime/table.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

template <Bank bank, bool condition_in_slot>
DOPPEL_INLINE Flow select(Registers& r) {
  const auto condition =
      static_cast<std::uint32_t>(condition_in_slot ? r.frame[r.pc->slots.c] : r.acc);
  const std::uint64_t x = r.frame[r.pc->slots.a];
  const std::uint64_t y = r.frame[r.pc->slots.b];
  const std::uint64_t value = DOPPEL_UNPREDICTABLE(condition != 0) ? x : y;
  r.frame[r.pc->slots.dst] = value;
  if constexpr (bank == Bank::kInt) {
    r.acc = value;
  } else {
    set_vec_bits(r, value);
  }
  return next(r);
}

// Returns.

DOPPEL_INLINE Flow return_nothing(Registers& r) {
  leave_frame(r);
  return Flow::kNext;
}

enum class Result : std::uint8_t { kSlot, kAcc, kImm, kVecSlot, kVec };

/// One result: it is left in the accumulator of its kind and in the frame's first slot.
template <Result result>
DOPPEL_INLINE Flow return_one(Registers& r) {
  if constexpr (result == Result::kSlot) r.acc = r.frame[r.pc->slots.a];
  if constexpr (result == Result::kImm) r.acc = immediate(r);
  if constexpr (result == Result::kVecSlot) set_vec_bits(r, r.frame[r.pc->slots.a]);
  constexpr bool kVector = result == Result::kVecSlot || result == Result::kVec;
  std::uint64_t* frame = r.frame;
  leave_frame(r);
  *frame = kVector ? vec_bits(r) : r.acc;
  return Flow::kNext;
}

/// slots.b results stand from slots.a on.
DOPPEL_INLINE Flow return_many(Registers& r) {
  std::uint64_t* frame = r.frame;
  const std::uint64_t* results = &frame[r.pc->slots.a];
  const std::uint32_t count = r.pc->slots.b;
  leave_frame(r);
  for (std::uint32_t i = 0; i < count; ++i) {
    frame[i] = results[i];
    asm volatile("");  // as in move
  }
  return Flow::kNext;
}

// Calls. Each has a handler for the usual way, which answers kSlow as soon as anything is unusual,
// and one for the slow way, which handles everything.

enum class Way : std::uint8_t { kUsual, kSlow };

/// Whether the callee's frame fits on the stack, its code is ready, and nobody wants the thread to
/// stop.
DOPPEL_INLINE bool may_enter(const Registers& r, const std::uint64_t* frame,
                             const FunctionCode& code) {
  const std::uint32_t slots = __atomic_load_n(&code.frame_slots, __ATOMIC_ACQUIRE);
  return frame + slots <= r.thread->stack_limit &&
         !r.thread->interrupt_requested().load(std::memory_order_relaxed);
}

/// Builds the header behind the arguments, and goes to the function's first cell.
DOPPEL_INLINE Flow enter(Registers& r, std::uint64_t* frame, const FunctionCode& code,
                         std::uint64_t return_pc, std::uint64_t caller_frame) {
  std::uint64_t* header = frame + code.parameter_slots;
  header[kHeaderReturnPc] = return_pc;
  header[kHeaderCallerFrame] = caller_frame;
  const std::uint32_t zeroed = code.zeroed_slots;
  for (std::uint32_t i = 0; i < zeroed; ++i) {
    header[kHeaderSlots + i] = 0;
    asm volatile("");  // as in move
  }
  r.frame = frame;
  r.pc = __atomic_load_n(&code.entry, __ATOMIC_RELAXED);
  return Flow::kNext;
}

/// One call as its handler sees it: where the arguments stand, where the callee returns to, and the
/// slots of the caller's parameters (for a tail call).
struct Site {
  std::uint64_t* arguments;
  const Cell* return_pc;
  std::uint32_t parameter_slots;
};

DOPPEL_INLINE Site site(const Registers& r, const Cell& cell) {
  return {r.frame + cell.call.frame, &cell + 1, cell.call.extra};
}

/// Whether the callee can be entered now, after what it takes; else the engine stops.
DOPPEL_INLINE bool prepare(const Registers& r, FunctionCode& code, const std::uint64_t* frame) {
  while (!may_enter(r, frame, code)) [[unlikely]] {
    if (!slow::prepare_call(*r.thread, place(r), r.acc, code, frame)) return false;
  }
  return true;
}

/// Calls code of the same instance.
template <Way way>
DOPPEL_INLINE Flow call_here(Registers& r, FunctionCode& code, Site site) {
  if constexpr (way == Way::kSlow) {
    if (!prepare(r, code, site.arguments)) return Flow::kExit;
  } else if (!may_enter(r, site.arguments, code)) [[unlikely]] {
    return Flow::kSlow;
  }
  return enter(r, site.arguments, code, reinterpret_cast<std::uint64_t>(site.return_pc),
               reinterpret_cast<std::uint64_t>(r.frame));
}

/// A tail call: the arguments move down over the caller's frame, whose header becomes the callee's.
template <Way way>
DOPPEL_INLINE Flow tail_call_here(Registers& r, FunctionCode& code, Site site) {
  if constexpr (way == Way::kSlow) {
    if (!prepare(r, code, r.frame)) return Flow::kExit;
  } else if (!may_enter(r, r.frame, code)) [[unlikely]] {
    return Flow::kSlow;
  }
  const std::uint64_t* header = r.frame + site.parameter_slots;
  const std::uint64_t return_pc = header[kHeaderReturnPc];
  const std::uint64_t caller_frame = header[kHeaderCallerFrame];
  for (std::uint32_t i = 0; i < code.parameter_slots; ++i) {
    r.frame[i] = site.arguments[i];
    asm volatile("");  // as in move
  }
  return enter(r, r.frame, code, return_pc, caller_frame);
}

/// Calls a function of another instance or of the host.
template <bool tail>
DOPPEL_INLINE Flow call_elsewhere(Registers& r, Function& function, Site site) {
  const slow::Site where{site.arguments, site.return_pc, site.parameter_slots, r.acc};
  const slow::Transfer transfer = tail ? slow::tail_call(*r.thread, place(r), function, where)
                                       : slow::call(*r.thread, place(r), function, where);
  if (transfer.place.pc == nullptr) return Flow::kExit;
  r.pc = transfer.place.pc;
  r.frame = transfer.place.frame;
  r.context = transfer.place.context;
  r.memory = transfer.place.context->memory_base;
  r.acc = transfer.result;
  set_vec_bits(r, transfer.result);
  return Flow::kNext;
}

/// Calls a function defined in the same module.
template <bool tail, Way way>
DOPPEL_INLINE Flow call(Registers& r) {
  FunctionCode& code = r.context->codes[r.pc->call.index];
  return tail ? tail_call_here<way>(r, code, site(r, *r.pc))
              : call_here<way>(r, code, site(r, *r.pc));
}

/// Calls an imported function.
template <bool tail>
DOPPEL_INLINE Flow call_import(Registers& r) {
  return call_elsewhere<tail>(r, *r.context->functions[r.pc->call.index], site(r, *r.pc));
}

/// Calls what a reference refers to.
template <bool tail, Way way>
DOPPEL_INLINE Flow call_function(Registers& r, Function& function, Site where) {
  if (function.context != r.context) [[unlikely]] {
    if constexpr (way == Way::kUsual) return Flow::kSlow;
    return call_elsewhere<tail>(r, function, where);
  }
  FunctionCode& code = r.context->codes[function.code_index];
  return tail ? tail_call_here<way>(r, code, where) : call_here<way>(r, code, where);
}

/// The accumulator holds the element's index, call.index names the table. The next cell describes
/// the call, its call.index names the type.
template <bool tail, Way way, class Index>
DOPPEL_INLINE Flow call_indirect(Registers& r) {
  const Cell& callee = r.pc[1];
  const TableInstance& table = *r.context->tables[r.pc->call.index];
  const auto index = static_cast<Index>(r.acc);
  const auto fails = [&](TrapKind kind) {
    return way == Way::kUsual ? Flow::kSlow : trap(r, kind);
  };
  if (index >= table.size()) [[unlikely]]
    return fails(TrapKind::kUndefinedElement);
  auto* function = reinterpret_cast<Function*>(table.get(index));
  if (function == nullptr) [[unlikely]]
    return fails(TrapKind::kUninitializedElement);
  if (function->type_id != r.context->type_ids[callee.call.index]) [[unlikely]] {
    if (way == Way::kUsual || !slow::is_of_type(*r.context, *function, callee.call.index))
      return fails(TrapKind::kIndirectCallTypeMismatch);
  }
  return call_function<tail, way>(r, *function, site(r, callee));
}

/// The accumulator holds the function.
template <bool tail, Way way>
DOPPEL_INLINE Flow call_ref(Registers& r) {
  auto* function = reinterpret_cast<Function*>(r.acc);
  if (function == nullptr) [[unlikely]]
    return way == Way::kUsual ? Flow::kSlow : trap(r, TrapKind::kNullReference);
  return call_function<tail, way>(r, *function, site(r, *r.pc));
}

template <bool tail, class Index>
inline constexpr Handler kIndirect =
    kHandler<call_indirect<tail, Way::kUsual, Index>, call_indirect<tail, Way::kSlow, Index>>;

DOPPEL_INLINE Flow leave(Registers& r) {
  slow::stop(*r.thread, Stop::kFinished, place(r));
  return Flow::kExit;
}

DOPPEL_INLINE Flow restore(Registers& r) {
  const Place caller = slow::restore(*r.thread);
  r.pc = caller.pc;
  r.frame = caller.frame;
  r.context = caller.context;
  r.memory = caller.context->memory_base;
  return Flow::kNext;
}

/// A compiled function, which takes the host's stack while it runs.
DOPPEL_INLINE Flow enter_compiled(Registers& r) {
  const auto function = reinterpret_cast<EnterCompiled>(r.pc->wide);
  std::uint64_t* const frame = r.frame;
  const std::uint64_t* header = frame + r.pc[1].call.frame;
  r.pc = reinterpret_cast<const Cell*>(header[kHeaderReturnPc]);
  auto* const caller_frame = reinterpret_cast<std::uint64_t*>(header[kHeaderCallerFrame]);
  r.thread->compiled_context = r.context;
  if (r.thread->host_stack_limit == nullptr) [[unlikely]]
    slow::measure_host_stack(*r.thread);
  if (function(frame, r.thread)) [[unlikely]]
    return Flow::kExit;
  r.frame = caller_frame;
  r.acc = *frame;
  __builtin_memcpy(&r.vec, frame, sizeof(r.vec));
  return Flow::kNext;
}

DOPPEL_INLINE Flow come_back(Registers& r) {
  slow::stop(*r.thread, Stop::kCameBack, place(r));
  return Flow::kExit;
}

DOPPEL_INLINE Flow finish(Registers& r) {
  slow::stop(*r.thread, Stop::kCameBack, slow::restore(*r.thread));
  return Flow::kExit;
}

template <bool in_slot>
DOPPEL_INLINE Flow non_null(Registers& r) {
  if ((in_slot ? r.frame[r.pc->imm.a] : r.acc) == 0) [[unlikely]]
    return trap(r, TrapKind::kNullReference);
  return next(r);
}

DOPPEL_INLINE Flow unreachable(Registers& r) { return trap(r, TrapKind::kUnreachable); }

/// Takes imm.value units of fuel for the stretch of code that follows.
DOPPEL_INLINE Flow fuel(Registers& r) {
  const std::int64_t left = r.thread->fuel - r.pc->imm.value;
  if (left < 0) [[unlikely]] {
    slow::stop(*r.thread, Stop::kFuel, place(r));
    return Flow::kExit;
  }
  r.thread->fuel = left;
  return next(r);
}

DOPPEL_INLINE Flow probe(Registers& r) {
  const slow::Transfer go = slow::probe(*r.thread, place(r));
  if (go.place.pc == nullptr) return Flow::kExit;
  r.pc = go.place.pc;
  r.frame = go.place.frame;
  r.acc = go.result;
  set_vec_bits(r, go.result);
  return Flow::kNext;
}

/// An instruction of slow.h; call.frame is the slot of its first operand and of its result.
template <slow::Operation operation>
DOPPEL_INLINE Flow runtime(Registers& r) {
  std::uint64_t* operands = r.frame + r.pc->call.frame;
  const TrapKind kind = operation(*r.context, *r.pc, operands);
  if (kind != TrapKind::kNone) [[unlikely]]
    return trap(r, kind);
  r.acc = *operands;
  return next(r);
}

}  // namespace

void fill_control(HandlerTable& table) {
  const auto set = [&](Special special, Handler handler) {
    table.specials[static_cast<std::size_t>(special)] = handler;
  };
  set(Special::kCopy, kHandler<copy>);
  set(Special::kCopyPair, kHandler<copy_pair>);
  set(Special::kMove, kHandler<move>);
  set(Special::kAccToSlot, kHandler<acc_to_slot>);
  set(Special::kVecToSlot, kHandler<vec_to_slot>);
  set(Special::kSlotToAcc, kHandler<slot_to_acc>);
  set(Special::kSlotToVec, kHandler<slot_to_vec>);
  set(Special::kImmToSlot, kHandler<imm_to_slot>);
  set(Special::kWideToSlot, kHandler<wide_to_slot>);
  set(Special::kImmToAcc, kHandler<imm_to_acc>);
  set(Special::kWideToAcc, kHandler<wide_to_acc>);
  set(Special::kWideToVec, kHandler<wide_to_vec>);
  set(Special::kSelectSlot, kHandler<select<Bank::kInt, true>>);
  set(Special::kSelectAcc, kHandler<select<Bank::kInt, false>>);
  set(Special::kSelectVecSlot, kHandler<select<Bank::kVec, true>>);
  set(Special::kSelectVecAcc, kHandler<select<Bank::kVec, false>>);
  set(Special::kReturn, kHandler<return_nothing>);
  set(Special::kReturnSlot, kHandler<return_one<Result::kSlot>>);
  set(Special::kReturnAcc, kHandler<return_one<Result::kAcc>>);
  set(Special::kReturnImm, kHandler<return_one<Result::kImm>>);
  set(Special::kReturnVecSlot, kHandler<return_one<Result::kVecSlot>>);
  set(Special::kReturnVec, kHandler<return_one<Result::kVec>>);
  set(Special::kReturnMany, kHandler<return_many>);
  set(Special::kCall, kHandler<call<false, Way::kUsual>, call<false, Way::kSlow>>);
  set(Special::kReturnCall, kHandler<call<true, Way::kUsual>, call<true, Way::kSlow>>);
  set(Special::kCallImport, kHandler<call_import<false>>);
  set(Special::kReturnCallImport, kHandler<call_import<true>>);
  set(Special::kCallIndirect, kIndirect<false, std::uint32_t>);
  set(Special::kCallIndirect64, kIndirect<false, std::uint64_t>);
  set(Special::kReturnCallIndirect, kIndirect<true, std::uint32_t>);
  set(Special::kReturnCallIndirect64, kIndirect<true, std::uint64_t>);
  set(Special::kCallRef, kHandler<call_ref<false, Way::kUsual>, call_ref<false, Way::kSlow>>);
  set(Special::kReturnCallRef, kHandler<call_ref<true, Way::kUsual>, call_ref<true, Way::kSlow>>);
  set(Special::kNonNullSlot, kHandler<non_null<true>>);
  set(Special::kNonNullAcc, kHandler<non_null<false>>);
  set(Special::kUnreachable, kHandler<unreachable>);
  set(Special::kFuel, kHandler<fuel>);
  set(Special::kProbe, kHandler<probe>);
  set(Special::kMemorySize, kHandler<runtime<slow::memory_size>>);
  set(Special::kMemoryGrow, kHandler<runtime<slow::memory_grow>>);
  set(Special::kMemoryCopy, kHandler<runtime<slow::memory_copy>>);
  set(Special::kMemoryFill, kHandler<runtime<slow::memory_fill>>);
  set(Special::kMemoryInit, kHandler<runtime<slow::memory_init>>);
  set(Special::kDataDrop, kHandler<runtime<slow::data_drop>>);
  set(Special::kTableGet, kHandler<runtime<slow::table_get>>);
  set(Special::kTableSet, kHandler<runtime<slow::table_set>>);
  set(Special::kTableSize, kHandler<runtime<slow::table_size>>);
  set(Special::kTableGrow, kHandler<runtime<slow::table_grow>>);
  set(Special::kTableFill, kHandler<runtime<slow::table_fill>>);
  set(Special::kTableCopy, kHandler<runtime<slow::table_copy>>);
  set(Special::kTableInit, kHandler<runtime<slow::table_init>>);
  set(Special::kElemDrop, kHandler<runtime<slow::elem_drop>>);
  set(Special::kRefFunc, kHandler<runtime<slow::ref_func>>);
  set(Special::kLeave, kHandler<leave>);
  set(Special::kRestore, kHandler<restore>);
  set(Special::kEnter, kHandler<enter_compiled>);
  set(Special::kComeBack, kHandler<come_back>);
  set(Special::kFinish, kHandler<finish>);
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
