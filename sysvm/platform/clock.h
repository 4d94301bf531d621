// SPDX-License-Identifier: Apache-2.0
// The machine's time: one counter at 10 MHz that mtime, the time CSR and the real-time clock read,
// whichever clock drives it, and alarms on it.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "core/types.h"

namespace doppel::sysvm {

/// How often mtime counts in a second; the device tree's timebase-frequency.
inline constexpr std::uint64_t kTicksPerSecond = 10'000'000;
/// What a tick lasts in the units of the scheduler: nanoseconds, or instructions, of which a
/// machine on the instruction clock executes one a nanosecond.
inline constexpr std::uint64_t kClockUnitsPerTick = 100;
/// Later than every tick.
inline constexpr std::uint64_t kNoTick = UINT64_MAX;

/// The machine's time. Any thread.
class MachineClock {
 public:
  virtual ~MachineClock() = default;
  /// Ticks of 100 ns since the machine was made; never less than before.
  [[nodiscard]] virtual std::uint64_t ticks() const = 0;
  /// The wall clock's time at tick 0, in nanoseconds since 1970; fixed on the instruction clock.
  [[nodiscard]] virtual std::uint64_t epoch_nanoseconds() const = 0;
};

/// An alarm of a machine.
using AlarmId = Ordinal<struct AlarmIdTag, std::uint32_t>;

/// The alarms of a machine: each is a function, called at a tick. Alarms are added before the
/// machine runs; then any thread may set them. Whoever drives the clock calls `ring`.
class Alarms {
 public:
  /// A new alarm, not set. `ring` is called without any lock of this class; it may set alarms.
  AlarmId add(std::function<void()> ring);

  /// Lets the alarm ring when the clock reaches `tick`, at once if that is past; kNoTick: never.
  void set(AlarmId alarm, std::uint64_t tick);
  /// When the alarm is set to ring; kNoTick once it has rung.
  [[nodiscard]] std::uint64_t tick_of(AlarmId alarm) const;

  /// When the next alarm rings, or kNoTick.
  [[nodiscard]] std::uint64_t next() const;
  /// Rings what is due at `now`, in the order of their ticks.
  void ring(std::uint64_t now);

  /// Who hears that an alarm was set that is due before all others; before the machine runs.
  void on_earlier(std::function<void()> hear) { hear_ = std::move(hear); }

 private:
  struct Alarm {
    std::function<void()> ring;
    std::uint64_t tick = kNoTick;
  };

  [[nodiscard]] std::uint64_t locked_next() const;

  mutable std::mutex mutex_;  // protects the ticks
  std::vector<Alarm> alarms_;
  std::function<void()> hear_;
};

}  // namespace doppel::sysvm
