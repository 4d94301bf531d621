// SPDX-License-Identifier: Apache-2.0
// What this program offers compiled code.
#include "bytecode/interp/compiler.h"

#include <array>
#include <utility>

#include "bytecode/interp/slow.h"
#include "core/trap/fault_code.h"

namespace doppel::bytecode::interp {

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
};

std::array<slow::Operation, kSpecials> all_operations() {
  std::array<slow::Operation, kSpecials> all{};
  constexpr std::pair<Special, slow::Operation> kOperations[] = {
      {Special::kMemorySize, slow::memory_size}, {Special::kMemoryGrow, slow::memory_grow},
      {Special::kMemoryCopy, slow::memory_copy}, {Special::kMemoryFill, slow::memory_fill},
      {Special::kMemoryInit, slow::memory_init}, {Special::kDataDrop, slow::data_drop},
      {Special::kTableGet, slow::table_get},     {Special::kTableSet, slow::table_set},
      {Special::kTableSize, slow::table_size},   {Special::kTableGrow, slow::table_grow},
      {Special::kTableFill, slow::table_fill},   {Special::kTableCopy, slow::table_copy},
      {Special::kTableInit, slow::table_init},   {Special::kElemDrop, slow::elem_drop},
      {Special::kRefFunc, slow::ref_func}};
  for (const auto& [special, operation] : kOperations) {
    all[static_cast<std::size_t>(special)] = operation;
  }
  return all;
}

void stop_by_trap(ThreadState& thread, std::uint32_t kind, const Cell* pc, std::uint64_t* frame,
                  Context* context) {
  slow::trap(thread, static_cast<TrapKind>(kind), {pc, frame, context});
}

void stop_interrupted(ThreadState& thread, const Cell* pc, std::uint64_t* frame, Context* context) {
  slow::stop(thread, Stop::kInterrupted, {pc, frame, context});
}

}  // namespace

const CompilerHost& CompilerHost::get() {
  static const auto operations_of_slow = all_operations();
  static const CompilerHost host = [] {
    const Sample sample;
    return CompilerHost{&interp::handlers(),
                        stop_by_trap,
                        stop_interrupted,
                        operations_of_slow.data(),
                        FaultCode::add,
                        FaultCode::remove,
                        sample.interrupt_flag(),
                        sample.distance(static_cast<const void*>(&sample.stack_limit)),
                        sample.distance(&sample.compiled),
                        sample.distance(&sample.compiled_site)};
  }();
  return host;
}

}  // namespace doppel::bytecode::interp
