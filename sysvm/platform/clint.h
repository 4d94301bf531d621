// SPDX-License-Identifier: Apache-2.0
// The core-local interruptor, in the ACLINT's layout: software interrupts and timers of M-mode.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sysvm/platform/bus.h"
#include "sysvm/platform/clock.h"
#include "sysvm/platform/interrupts.h"
#include "sysvm/platform/saved.h"

namespace doppel::sysvm {

/// msip, mtimecmp and mtime. Accesses of 4 bytes, and of 8 to the timers.
class Clint final : public Device, public Saved {
 public:
  /// Register h belongs to harts[h]. All arguments outlive the device.
  Clint(std::span<InterruptPins* const> harts, const MachineClock& clock, Alarms& alarms);

  std::uint64_t read(std::uint64_t offset, unsigned size) override;
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override;

  /// Whether a hart's timer is to come, or has.
  [[nodiscard]] bool is_set(std::uint64_t hart) const { return timers_[hart].compare != kNoTick; }

  void save(StateWriter& writer) const override;
  void restore(StateReader& reader) override;

 private:
  struct Timer {
    InterruptPins* pins;
    AlarmId alarm;
    std::uint64_t compare = kNoTick;
    bool software = false;
  };

  [[nodiscard]] std::uint64_t time() const { return clock_.ticks() + offset_; }
  void arm(const Timer& timer);

  const MachineClock& clock_;
  Alarms& alarms_;
  std::vector<Timer> timers_;
  std::uint64_t offset_ = 0;  ///< mtime less the clock's ticks: what the guest has set it to
};

}  // namespace doppel::sysvm
