// SPDX-License-Identifier: Apache-2.0
// Waiting at an address of a shared memory, and waking those that wait (proposal threads).
#include "bytecode/interp/slow.h"
#include "bytecode/runtime/instance.h"
#include "bytecode/runtime/parking.h"

namespace doppel::bytecode::interp::slow {

namespace {

/// The address that the first operand and the cells at `place` name; null after a trap.
template <class Value>
std::byte* aligned(ThreadState& thread, Place place, std::uint64_t index) {
  const MemoryInstance& memory = *place.context->memories[place.pc->call.index];
  if (!memory.is_64()) index = static_cast<std::uint32_t>(index);
  std::uint64_t address = 0;
  if (__builtin_add_overflow(index, place.pc[1].wide, &address) ||
      !memory.contains(address, sizeof(Value))) {
    trap(thread, TrapKind::kMemoryOutOfBounds, place);
    return nullptr;
  }
  if (address % sizeof(Value) != 0) {
    trap(thread, TrapKind::kUnalignedAtomic, place);
    return nullptr;
  }
  return memory.base() + address;
}

/// operands: index, expected value, timeout in nanoseconds (negative: none). An interrupted wait
/// leaves the rest of its timeout there and is tried again.
template <class Value>
bool wait(ThreadState& thread, Place place, std::uint64_t* operands) {
  using Clock = std::chrono::steady_clock;
  const auto expected = static_cast<Value>(operands[1]);
  const auto timeout = static_cast<std::int64_t>(operands[2]);
  std::byte* address = aligned<Value>(thread, place, operands[0]);
  if (address == nullptr) return false;
  if (!place.context->memories[place.pc->call.index]->is_shared()) {
    trap(thread, TrapKind::kWaitOnUnsharedMemory, place);
    return false;
  }
  // A deadline beyond the clock's range is none.
  parking::Deadline deadline;
  const Clock::time_point now = Clock::now();
  if (timeout >= 0 && timeout < (Clock::time_point::max() - now).count())
    deadline = now + std::chrono::nanoseconds(timeout);
  const parking::Outcome outcome = parking::wait(
      address,
      [&] {
        return __atomic_load_n(reinterpret_cast<Value*>(address), __ATOMIC_SEQ_CST) == expected;
      },
      deadline, [&] { return thread.interrupt_requested().load(std::memory_order_relaxed); });
  if (outcome == parking::Outcome::kStopped) {
    if (deadline) {
      const std::int64_t left = std::chrono::nanoseconds(*deadline - Clock::now()).count();
      operands[2] = static_cast<std::uint64_t>(std::max<std::int64_t>(left, 0));
    }
    stop(thread, Stop::kInterrupted, place);
    return false;
  }
  operands[0] = static_cast<std::uint64_t>(outcome);
  return true;
}

}  // namespace

bool atomic_wait32(ThreadState& thread, Place place, std::uint64_t* operands) {
  return wait<std::uint32_t>(thread, place, operands);
}

bool atomic_wait64(ThreadState& thread, Place place, std::uint64_t* operands) {
  return wait<std::uint64_t>(thread, place, operands);
}

bool atomic_notify(ThreadState& thread, Place place, std::uint64_t* operands) {
  const std::byte* address = aligned<std::uint32_t>(thread, place, operands[0]);
  if (address == nullptr) return false;
  operands[0] = parking::notify(address, static_cast<std::uint32_t>(operands[1]));
  return true;
}

}  // namespace doppel::bytecode::interp::slow
