// SPDX-License-Identifier: Apache-2.0
// The machine's time: one counter at 10 MHz that mtime, the time CSR and the real-time clock read,
// whichever clock drives it.
#pragma once

#include <cstdint>

namespace doppel::sysvm {

/// How often mtime counts in a second; the device tree's timebase-frequency.
inline constexpr std::uint64_t kTicksPerSecond = 10'000'000;
/// What a tick lasts in the units of the scheduler: nanoseconds, or instructions, of which a
/// machine on the instruction clock executes one a nanosecond.
inline constexpr std::uint64_t kClockUnitsPerTick = 100;

/// The machine's time. Any thread.
class MachineClock {
 public:
  virtual ~MachineClock() = default;
  /// Ticks of 100 ns since the machine was made; never less than before.
  [[nodiscard]] virtual std::uint64_t ticks() const = 0;
  /// The wall clock's time at tick 0, in nanoseconds since 1970; fixed on the instruction clock.
  [[nodiscard]] virtual std::uint64_t epoch_nanoseconds() const = 0;
};

}  // namespace doppel::sysvm
