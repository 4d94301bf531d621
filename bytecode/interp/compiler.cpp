// SPDX-License-Identifier: Apache-2.0
// What this program offers compiled code.
#include "bytecode/interp/compiler.h"

#include <array>
#include <utility>

#include "bytecode/interp/casts.h"
#include "bytecode/interp/slow.h"
#include "bytecode/interp/slow_objects.h"
#include "bytecode/runtime/instance.h"
#include "bytecode/runtime/table.h"
#include "bytecode/runtime/thread.h"
#include "core/trap/catch_faults.h"
#include "core/trap/fault_code.h"

namespace doppel::bytecode::interp {

namespace compiled {
namespace {

Thread& self(ThreadState& thread) { return static_cast<Thread&>(thread); }

void trap(ThreadState& thread, std::uint32_t kind, const Cell* pc, std::uint64_t* frame,
          Context* context) {
  slow::trap(thread, static_cast<TrapKind>(kind), {pc, frame, context});
  leave_guest_code();
}

const Cell* interrupted(ThreadState& thread, const Cell* pc, std::uint64_t* frame,
                        Context* context) {
  return self(thread).interrupted_in_compiled({pc, frame, context});
}

void entered(ThreadState& thread, const Cell* pc, std::uint64_t* frame, Context* context) {
  self(thread).check_entered({pc, frame, context});
}

/// The index of the function that a call leads to among those that its module defines, if it is
/// one.
std::optional<std::size_t> callee_of(Handler handler, const Cell& cell, const Context& context,
                                     std::uint64_t acc) {
  const auto is = [&](Special special) { return handler == handlers().special(special); };
  if (is(Special::kCall)) return cell.call.index;
  std::uint64_t reference = is(Special::kCallRef) ? acc : 0;
  if (is(Special::kCallIndirect) || is(Special::kCallIndirect64)) {
    const TableInstance& table = *context.tables[cell.call.index];
    if (acc < table.size()) reference = table.get(acc);
  }
  const auto* function = reinterpret_cast<const FunctionHead*>(reference);
  if (function == nullptr || function->context != &context) return std::nullopt;
  return function->code_index;
}

bool step(ThreadState& thread, Handler handler, const Cell* pc, std::uint64_t* frame,
          Context* context, std::uint64_t acc) {
  if (const auto callee = callee_of(handler, *pc, *context, acc))
    context->instance->module->code().called_from_compiled(*callee);
  return self(thread).interpret_step({pc, frame, context}, handler, acc);
}

bool finish(ThreadState& thread, Handler handler, const Cell* pc, std::uint64_t* frame,
            Context* context, std::uint64_t acc) {
  return self(thread).interpret_rest({pc, frame, context}, handler, acc);
}

void out_of_fuel(ThreadState& thread, const Cell* pc, std::uint64_t* frame, Context* context) {
  self(thread).out_of_fuel_in_compiled({pc, frame, context});
}

bool switches(ThreadState& thread, Context* context) {
  return self(thread).leaves_compiled(*context->instance->module->code().switches());
}

bool matches_type(CastTarget target, const Context& context, std::uint64_t reference,
                  std::uint32_t index) {
  return matches(target, context, reference, index);
}

void overwrites(gc::Heap& heap, const std::uint64_t* slot) { heap.overwrites(slot); }
void wrote(gc::Heap& heap, std::uint64_t* slot) { heap.wrote(slot); }

bool catch_exception(ThreadState& thread) {
  const Place at = slow::catch_exception(thread);
  return self(thread).interpret_rest(at, at.pc->handler, 0);
}

}  // namespace
}  // namespace compiled

namespace {

/// Measures a thread's layout.
struct Sample : ThreadState {
  Exit run(Budget) override { return {ExitReason::kFinished, 0, {}}; }
  [[nodiscard]] std::size_t distance(const void* member) const {
    return static_cast<std::size_t>(
        static_cast<const char*>(member) -
        reinterpret_cast<const char*>(static_cast<const ThreadState*>(this)));
  }
  [[nodiscard]] std::size_t interrupt_flag() const { return distance(&interrupt_requested()); }
  [[nodiscard]] std::size_t limit() const {
    return distance(static_cast<const void*>(&stack_limit));
  }
};

std::size_t distance_of_table_view() {
  std::uint64_t left = 0;
  const TableInstance table(TableType{}, 0, left);
  return static_cast<std::size_t>(reinterpret_cast<const char*>(&table.view()) -
                                  reinterpret_cast<const char*>(&table));
}

MemoryInstance::Distances distances_of_memory() {
  MemoryType empty;
  empty.page_log2 = 0;
  // Where nothing can be mapped nothing can be compiled either.
  return MemoryInstance::create(empty, 0).value()->distances();
}

std::array<slow::Operation, kSpecials> all_operations() {
  std::array<slow::Operation, kSpecials> all{};
  constexpr std::pair<Special, slow::Operation> kOperations[] = {
      {Special::kMemorySize, slow::memory_size},
      {Special::kMemoryGrow, slow::memory_grow},
      {Special::kMemoryCopy, slow::memory_copy},
      {Special::kMemoryFill, slow::memory_fill},
      {Special::kMemoryInit, slow::memory_init},
      {Special::kDataDrop, slow::data_drop},
      {Special::kTableGet, slow::table_get},
      {Special::kTableSet, slow::table_set},
      {Special::kTableSize, slow::table_size},
      {Special::kTableGrow, slow::table_grow},
      {Special::kTableFill, slow::table_fill},
      {Special::kTableCopy, slow::table_copy},
      {Special::kTableInit, slow::table_init},
      {Special::kElemDrop, slow::elem_drop},
      {Special::kRefFunc, slow::ref_func},
      {Special::kStructNew, slow::struct_new},
      {Special::kStructNewDefault, slow::struct_new_default},
      {Special::kArrayNew, slow::array_new},
      {Special::kArrayNewDefault, slow::array_new_default},
      {Special::kArrayNewFixed, slow::array_new_fixed},
      {Special::kArrayNewData, slow::array_new_data},
      {Special::kArrayNewElem, slow::array_new_elem},
      {Special::kArrayFill, slow::array_fill},
      {Special::kArrayCopy, slow::array_copy},
      {Special::kArrayInitData, slow::array_init_data},
      {Special::kArrayInitElem, slow::array_init_elem}};
  for (const auto& [special, operation] : kOperations) {
    all[static_cast<std::size_t>(special)] = operation;
  }
  return all;
}

}  // namespace

const CompilerHost& CompilerHost::get() {
  static const auto operations_of_slow = all_operations();
  static const CompilerHost host = [] {
    const Sample sample;
    return CompilerHost{&interp::handlers(),
                        compiled::trap,
                        compiled::interrupted,
                        compiled::entered,
                        compiled::step,
                        compiled::finish,
                        compiled::catch_exception,
                        operations_of_slow.data(),
                        compiled::out_of_fuel,
                        compiled::switches,
                        compiled::matches_type,
                        compiled::overwrites,
                        compiled::wrote,
                        FaultCode::add,
                        FaultCode::remove,
                        sample.interrupt_flag(),
                        sample.limit(),
                        sample.distance(&sample.call_gate()),
                        sample.distance(&sample.place),
                        sample.distance(static_cast<const void*>(&sample.compiled_context)),
                        sample.distance(static_cast<const void*>(&sample.compiled_frame)),
                        sample.distance(&sample.compiled_loop),
                        sample.distance(&sample.fuel),
                        distance_of_table_view(),
                        distances_of_memory(),
                        gc::Heap({}, {}).distances()};
  }();
  return host;
}

}  // namespace doppel::bytecode::interp
