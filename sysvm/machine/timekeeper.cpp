// SPDX-License-Identifier: Apache-2.0
// One turn of the timekeeper.
#include "sysvm/machine/timekeeper.h"

#include <algorithm>

namespace doppel::sysvm {

Exit Timekeeper::run(Budget) {
  take_interrupt();
  if (on_run_) on_run_();
  {
    const auto lock = bus_.lock();
    alarms_.ring(time_.ticks());
  }
  std::uint64_t next = alarms_.next();
  if (period_wanted_ && period_wanted_()) next = std::min(next, time_.ticks() + period_);
  const ClockTime moment = time_.moment_of(next);
  if (moment == kNever) return {ExitReason::kHalted, 0, std::nullopt};
  return {ExitReason::kWaiting, 0, moment};
}

}  // namespace doppel::sysvm
