// SPDX-License-Identifier: Apache-2.0
// The real-time clock: goldfish-rtc, nanoseconds since 1970 with an alarm.
#pragma once

#include <cstdint>

#include "sysvm/platform/bus.h"
#include "sysvm/platform/clock.h"
#include "sysvm/platform/interrupts.h"
#include "sysvm/platform/saved.h"

namespace doppel::sysvm {

/// A goldfish-rtc, whose time is the machine's clock from its epoch on until the guest sets it.
class Rtc final : public Device, public Saved {
 public:
  Rtc(InterruptLine line, const MachineClock& clock, Alarms& alarms);

  std::uint64_t read(std::uint64_t offset, unsigned size) override;
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override;

  void save(StateWriter& writer) const override;
  void restore(StateReader& reader) override;

 private:
  [[nodiscard]] std::uint64_t now() const;
  void arm();
  void ring();
  void update_line() const { line_.set(pending_ && enabled_); }

  InterruptLine line_;
  const MachineClock& clock_;
  Alarms& alarms_;
  AlarmId alarm_;

  std::uint64_t adjustment_ = 0;    ///< what the guest's setting the time has added
  std::uint64_t latched_time_ = 0;  ///< the time when its low half was read
  std::uint64_t alarm_time_ = 0;
  std::uint32_t time_high_ = 0;  ///< written before the low half, which sets the time
  std::uint32_t alarm_high_ = 0;
  bool armed_ = false;
  bool pending_ = false;
  bool enabled_ = false;
};

}  // namespace doppel::sysvm
