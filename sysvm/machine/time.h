// SPDX-License-Identifier: Apache-2.0
// The machine's clock on either of the scheduler's clocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "core/schedule/run_queue.h"
#include "sysvm/hart/hart.h"
#include "sysvm/platform/clock.h"

namespace doppel::sysvm {

/// A machine's clock that can be converted to the scheduler's.
class SchedulerTime : public MachineClock {
 public:
  /// The moment of a tick; kNever for those that no run lives to see, or while time stands still.
  [[nodiscard]] ClockTime moment_of(std::uint64_t tick) const {
    constexpr std::uint64_t kFarthest = std::uint64_t{1} << 56;
    const bool comes = tick < kFarthest && held_at_ == kNoTick;
    return comes ? ClockTime(start_ + tick * kClockUnitsPerTick) : kNever;
  }

 protected:
  std::atomic<std::uint64_t> start_ = 0;          ///< the scheduler's time at tick 0
  std::atomic<std::uint64_t> held_at_ = kNoTick;  ///< the tick at which time stands still
};

/// Time is the host's.
class HostTime final : public SchedulerTime {
 public:
  HostTime();
  /// Time stands still from now on, or goes on. While no hart runs; one thread at a time.
  void hold(bool held);
  [[nodiscard]] std::uint64_t ticks() const override;
  [[nodiscard]] std::uint64_t epoch_nanoseconds() const override { return epoch_; }

 private:
  std::uint64_t epoch_;
};

/// Time is the number of instructions that all harts have executed, and leaps over idle time. One
/// thread runs everything.
class InstructionTime final : public SchedulerTime {
 public:
  /// 2025-01-01, so that guests find a date that is not absurd.
  static constexpr std::uint64_t kEpochNanoseconds = 1'735'689'600'000'000'000;

  /// The harts outlive the clock's use.
  void count(std::span<Hart* const> harts) { harts_ = harts; }
  /// Tells the scheduler's time while no hart runs: what harts have not executed were leaps.
  void catch_up(ClockTime now) { leaps_ = now.value() - start_ - executed(); }
  [[nodiscard]] std::uint64_t leaps() const { return leaps_; }
  /// Goes on from a saved machine, whose harts have been restored, with a scheduler that begins at
  /// 0.
  void restore(std::uint64_t leaps) {
    leaps_ = leaps;
    start_ = 0 - (leaps_ + executed());
  }

  [[nodiscard]] std::uint64_t ticks() const override {
    return (leaps_ + executed()) / kClockUnitsPerTick;
  }
  [[nodiscard]] std::uint64_t epoch_nanoseconds() const override { return kEpochNanoseconds; }
  /// Instructions of all harts.
  [[nodiscard]] std::uint64_t executed() const;

 private:
  std::span<Hart* const> harts_;
  std::uint64_t leaps_ = 0;
};

}  // namespace doppel::sysvm
