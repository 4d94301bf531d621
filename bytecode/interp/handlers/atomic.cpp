// SPDX-License-Identifier: Apache-2.0
// Handlers of atomic accesses, on every memory with a bounds check: index and operands in
// consecutive slots from call.frame on, the result replaces them. call.extra says whether the index
// has 64 bits, call.index names the memory, and the next cell holds the offset.
#include "bytecode/isa/semantics/atomic.h"
#include "bytecode/interp/handlers/general_access.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

template <Opcode opcode>
concept Atomic = requires { Meaning<opcode>::kAtomicOperands; };

template <Opcode opcode>
DOPPEL_INLINE Flow atomic(Registers& r) {
  using Definition = Meaning<opcode>;
  using Int = Host<Definition::kType>;
  constexpr std::uint64_t kBytes = sizeof(typename Definition::AtomicAccess);
  std::uint64_t* slots = &r.frame[r.pc->call.frame];
  const std::uint64_t index =
      r.pc->call.extra != 0 ? slots[0] : static_cast<std::uint32_t>(slots[0]);
  std::byte* address = checked(r, index, kBytes);
  if (address == nullptr) [[unlikely]]
    return trap(r, TrapKind::kMemoryOutOfBounds);
  if (reinterpret_cast<std::uintptr_t>(address) % kBytes != 0) [[unlikely]]
    return trap(r, TrapKind::kUnalignedAtomic);
  EvalBuilder b;
  const Int x = Definition::kAtomicOperands > 0 ? static_cast<Int>(slots[1]) : 0;
  const Int y = Definition::kAtomicOperands > 1 ? static_cast<Int>(slots[2]) : 0;
  const Int result = Definition::apply(b, address, x, y);
  if constexpr (Definition::kAtomicResults == 1) slots[0] = result;
  r.pc += 2;
  return Flow::kNext;
}

/// Waits and notifications, which slow.h carries out.
template <auto operation>
DOPPEL_INLINE Flow parking(Registers& r) {
  if (!operation(*r.thread, place(r), &r.frame[r.pc->call.frame])) [[unlikely]]
    return Flow::kExit;
  r.pc += 2;
  return Flow::kNext;
}

DOPPEL_INLINE Flow fence(Registers& r) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  ++r.pc;
  return Flow::kNext;
}

}  // namespace

void fill_atomics(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (Atomic<opcode>) {
      table.on_slots[static_cast<std::size_t>(opcode)] = kHandler<atomic<opcode>>;
    }
  });
  const auto set = [&](Opcode opcode, Handler handler) {
    table.on_slots[static_cast<std::size_t>(opcode)] = handler;
  };
  set(Opcode::kMemoryAtomicNotify, kHandler<parking<slow::atomic_notify>>);
  set(Opcode::kMemoryAtomicWait32, kHandler<parking<slow::atomic_wait32>>);
  set(Opcode::kMemoryAtomicWait64, kHandler<parking<slow::atomic_wait64>>);
  set(Opcode::kAtomicFence, kHandler<fence>);
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
