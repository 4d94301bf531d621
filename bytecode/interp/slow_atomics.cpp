// SPDX-License-Identifier: Apache-2.0
// Waiting at an address of a shared memory, and waking those that wait (proposal threads).
#include <algorithm>
#include <chrono>

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

using Clock = std::chrono::steady_clock;
constexpr std::int64_t kForEver = INT64_MAX;  ///< nanoseconds

/// A deadline beyond the clock's range is none.
parking::Deadline after(Clock::time_point now, std::int64_t nanoseconds) {
  if (nanoseconds >= (Clock::time_point::max() - now).count()) return std::nullopt;
  return now + std::chrono::nanoseconds(nanoseconds);
}

/// operands: index, expected value, timeout in nanoseconds (negative: none). Code with fuel pays
/// for the time, one instruction a nanosecond, and waits no longer than it can pay for; a wait that
/// times out costs its timeout, so that the price is the same each time. A wait that is
/// interrupted, or out of fuel, leaves the rest of its timeout there and is tried again.
template <class Value>
bool wait(ThreadState& thread, Place place, std::uint64_t* operands) {
  const auto expected = static_cast<Value>(operands[1]);
  const auto wanted = static_cast<std::int64_t>(operands[2]);
  const std::int64_t timeout = wanted < 0 ? kForEver : wanted;
  std::byte* address = aligned<Value>(thread, place, operands[0]);
  if (address == nullptr) return false;
  if (!place.context->memories[place.pc->call.index]->is_shared()) {
    trap(thread, TrapKind::kWaitOnUnsharedMemory, place);
    return false;
  }
  const bool pays = place.context->instance->module->code().counts_fuel();
  const std::int64_t longest = pays ? std::min(timeout, thread.fuel) : timeout;
  const Clock::time_point begin = Clock::now();
  const parking::Outcome outcome = parking::wait(
      address,
      [&] {
        return __atomic_load_n(reinterpret_cast<Value*>(address), __ATOMIC_SEQ_CST) == expected;
      },
      after(begin, longest),
      [&] { return thread.interrupt_requested().load(std::memory_order_relaxed); });
  const bool has_expired = outcome == parking::Outcome::kTimedOut;
  const std::int64_t waited =
      has_expired ? longest
                  : std::min(std::chrono::nanoseconds(Clock::now() - begin).count(), longest);
  if (pays && outcome != parking::Outcome::kNotEqual) thread.fuel -= waited;
  const bool is_out_of_fuel = has_expired && longest < timeout;
  if (outcome == parking::Outcome::kStopped || is_out_of_fuel) {
    if (timeout != kForEver) operands[2] = static_cast<std::uint64_t>(timeout - waited);
    stop(thread, is_out_of_fuel ? Stop::kFuel : Stop::kInterrupted, place);
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
