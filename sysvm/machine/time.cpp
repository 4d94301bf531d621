// SPDX-License-Identifier: Apache-2.0
// Reading the clocks.
#include "sysvm/machine/time.h"

#include <chrono>

namespace doppel::sysvm {

namespace {

template <class Clock>
std::uint64_t nanoseconds() {
  const auto time = Clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count());
}

}  // namespace

HostTime::HostTime() : epoch_(nanoseconds<std::chrono::system_clock>()) {
  start_ = nanoseconds<std::chrono::steady_clock>();
}

std::uint64_t HostTime::ticks() const {
  const std::uint64_t held_at = held_at_;
  if (held_at != kNoTick) return held_at;
  return (nanoseconds<std::chrono::steady_clock>() - start_) / kClockUnitsPerTick;
}

void HostTime::hold(bool held) {
  if (held) {
    held_at_ = ticks();
  } else if (held_at_ != kNoTick) {
    // Who reads in between finds the tick at which time stands, or goes on from there.
    start_ = nanoseconds<std::chrono::steady_clock>() - held_at_ * kClockUnitsPerTick;
    held_at_ = kNoTick;
  }
}

std::uint64_t InstructionTime::executed() const {
  std::uint64_t sum = 0;
  for (const Hart* hart : harts_) sum += hart->retired();
  return sum;
}

}  // namespace doppel::sysvm
