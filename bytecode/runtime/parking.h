// SPDX-License-Identifier: Apache-2.0
// Where threads wait for each other (memory.atomic.wait and notify): queues by host address, for
// all stores of the process together. Comparison and queueing are one step with regard to notify.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace doppel::bytecode::parking {

/// How a wait ended; the first three with the numbers of the instruction's result.
enum class Outcome : std::uint8_t { kNotified, kNotEqual, kTimedOut, kStopped };

/// A wait that goes on until a time, or for ever.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// Waits at `address` if `is_equal()` holds, until it is notified. `stops()` is asked now and then;
/// when it answers true, the wait ends with kStopped. Any thread.
Outcome wait(const std::byte* address, const std::function<bool()>& is_equal, Deadline deadline,
             const std::function<bool()>& stops);

/// Wakes at most `count` of those that wait at `address`, the longest waiting first; how many.
std::uint32_t notify(const std::byte* address, std::uint32_t count);

}  // namespace doppel::bytecode::parking
