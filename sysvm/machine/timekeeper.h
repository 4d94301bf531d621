// SPDX-License-Identifier: Apache-2.0
// The virtual processor that executes no instructions: it rings alarms when they are due, and on
// the instruction clock brings input from the host, so that both happen at instruction counts.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "core/vcpu/virtual_processor.h"
#include "sysvm/machine/time.h"
#include "sysvm/platform/bus.h"
#include "sysvm/platform/clock.h"

namespace doppel::sysvm {

/// Waits for the next alarm, and for the next turn of what is done from time to time.
class Timekeeper final : public VirtualProcessor {
 public:
  /// All arguments outlive the timekeeper.
  Timekeeper(Bus& bus, Alarms& alarms, const SchedulerTime& time)
      : bus_(bus), alarms_(alarms), time_(time) {}

  /// Called at the beginning of each run, without locks; before the machine runs.
  void on_run(std::function<void()> call) { on_run_ = std::move(call); }
  /// Runs at least every so many ticks, as long as `wanted` says so.
  void run_every(std::uint64_t ticks, std::function<bool()> wanted) {
    period_ = ticks;
    period_wanted_ = std::move(wanted);
  }

  Exit run(Budget budget) override;

 private:
  Bus& bus_;
  Alarms& alarms_;
  const SchedulerTime& time_;
  std::function<void()> on_run_;
  std::function<bool()> period_wanted_;
  std::uint64_t period_ = 0;
};

}  // namespace doppel::sysvm
