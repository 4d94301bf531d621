// SPDX-License-Identifier: Apache-2.0
// goldfish-rtc's registers, each of 4 bytes. Halves of 64 bits are read low first, written high
// first.
#include "sysvm/platform/rtc.h"

namespace doppel::sysvm {

namespace {

enum Register : std::uint64_t {
  kTimeLow = 0x00,
  kTimeHigh = 0x04,
  kAlarmLow = 0x08,
  kAlarmHigh = 0x0C,
  kInterruptEnable = 0x10,
  kClearAlarm = 0x14,
  kAlarmStatus = 0x18,
  kClearInterrupt = 0x1C,
};

constexpr std::uint64_t kNanosecondsPerTick = 1'000'000'000 / kTicksPerSecond;

std::uint64_t join(std::uint64_t high, std::uint64_t low) { return high << 32U | low; }

}  // namespace

Rtc::Rtc(InterruptLine line, const MachineClock& clock, Alarms& alarms)
    : line_(line), clock_(clock), alarms_(alarms), alarm_(alarms.add([this] { ring(); })) {}

std::uint64_t Rtc::now() const {
  return clock_.epoch_nanoseconds() + clock_.ticks() * kNanosecondsPerTick + adjustment_;
}

std::uint64_t Rtc::read(std::uint64_t offset, unsigned size) {
  if (size != 4) return 0;
  switch (offset) {
    case kTimeLow: latched_time_ = now(); return latched_time_ & 0xFFFF'FFFF;
    case kTimeHigh: return latched_time_ >> 32U;
    case kAlarmLow: return alarm_time_ & 0xFFFF'FFFF;
    case kAlarmHigh: return alarm_time_ >> 32U;
    case kInterruptEnable: return enabled_ ? 1 : 0;
    case kAlarmStatus: return armed_ ? 1 : 0;
    default: return 0;
  }
}

void Rtc::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (size != 4) return;
  switch (offset) {
    case kTimeLow:
      adjustment_ += join(time_high_, value) - now();
      if (armed_) arm();
      break;
    case kTimeHigh: time_high_ = static_cast<std::uint32_t>(value); break;
    case kAlarmLow:
      alarm_time_ = join(alarm_high_, value);
      armed_ = true;
      arm();
      break;
    case kAlarmHigh: alarm_high_ = static_cast<std::uint32_t>(value); break;
    case kInterruptEnable: enabled_ = (value & 1) != 0; break;
    case kClearAlarm:
      armed_ = false;
      alarms_.set(alarm_, kNoTick);
      break;
    case kClearInterrupt: pending_ = false; break;
    default: break;
  }
  update_line();
}

void Rtc::save(StateWriter& writer) const {
  writer.begin("rtc", 1);
  for (const std::uint64_t value : {adjustment_, latched_time_, alarm_time_}) writer.u64(value);
  for (const std::uint32_t value : {time_high_, alarm_high_}) writer.u32(value);
  for (const bool value : {armed_, pending_, enabled_}) writer.boolean(value);
}

/// The machine's clock has been restored before.
void Rtc::restore(StateReader& reader) {
  reader.begin("rtc", 1);
  for (std::uint64_t* value : {&adjustment_, &latched_time_, &alarm_time_}) *value = reader.u64();
  for (std::uint32_t* value : {&time_high_, &alarm_high_}) *value = reader.u32();
  for (bool* value : {&armed_, &pending_, &enabled_}) *value = reader.boolean();
  if (armed_) arm();
  update_line();
}

void Rtc::arm() {
  const std::uint64_t time = now();
  if (alarm_time_ <= time) return ring();
  const std::uint64_t ahead = alarm_time_ - time;
  alarms_.set(alarm_, clock_.ticks() + ahead / kNanosecondsPerTick +
                          (ahead % kNanosecondsPerTick != 0 ? 1 : 0));
}

void Rtc::ring() {
  armed_ = false;
  pending_ = true;
  update_line();
}

}  // namespace doppel::sysvm
