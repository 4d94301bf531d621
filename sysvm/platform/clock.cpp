// SPDX-License-Identifier: Apache-2.0
// Alarms: there are a few a hart, so they are searched.
#include "sysvm/platform/clock.h"

#include <algorithm>
#include <utility>

namespace doppel::sysvm {

AlarmId Alarms::add(std::function<void()> ring) {
  alarms_.push_back({std::move(ring)});
  return AlarmId(static_cast<std::uint32_t>(alarms_.size() - 1));
}

void Alarms::set(AlarmId alarm, std::uint64_t tick) {
  bool is_earlier = false;
  {
    const std::scoped_lock lock(mutex_);
    is_earlier = tick < locked_next();
    alarms_[alarm.value()].tick = tick;
  }
  if (is_earlier && hear_) hear_();
}

std::uint64_t Alarms::tick_of(AlarmId alarm) const {
  const std::scoped_lock lock(mutex_);
  return alarms_[alarm.value()].tick;
}

std::uint64_t Alarms::next() const {
  const std::scoped_lock lock(mutex_);
  return locked_next();
}

std::uint64_t Alarms::locked_next() const {
  std::uint64_t next = kNoTick;
  for (const Alarm& alarm : alarms_) next = std::min(next, alarm.tick);
  return next;
}

void Alarms::ring(std::uint64_t now) {
  const auto earlier = [](const Alarm& a, const Alarm& b) { return a.tick < b.tick; };
  while (true) {
    std::unique_lock lock(mutex_);
    const auto due = std::min_element(alarms_.begin(), alarms_.end(), earlier);
    if (due == alarms_.end() || due->tick > now || due->tick == kNoTick) return;
    due->tick = kNoTick;
    lock.unlock();
    due->ring();
  }
}

}  // namespace doppel::sysvm
