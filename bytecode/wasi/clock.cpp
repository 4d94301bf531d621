// SPDX-License-Identifier: Apache-2.0
// The host's clocks and random numbers.
#include "bytecode/wasi/clock.h"

#include <sys/random.h>

#include <cerrno>
#include <ctime>

#include "core/result.h"

namespace doppel::bytecode::wasi {
namespace {

Attempt<clockid_t> host_clock_id(ClockId id) {
  switch (id) {
    case ClockId::kRealtime: return CLOCK_REALTIME;
    case ClockId::kMonotonic: return CLOCK_MONOTONIC;
    case ClockId::kProcessCputime: return CLOCK_PROCESS_CPUTIME_ID;
    case ClockId::kThreadCputime: return CLOCK_THREAD_CPUTIME_ID;
  }
  return failed(Errno::kInval);
}

Timestamp nanoseconds(const timespec& time) {
  return static_cast<Timestamp>(time.tv_sec) * 1'000'000'000 + static_cast<Timestamp>(time.tv_nsec);
}

class HostClock final : public Clock {
 public:
  Attempt<Timestamp> now(ClockId id) override {
    timespec time{};
    if (::clock_gettime(DOPPEL_TRY(host_clock_id(id)), &time) != 0) return host_failed();
    return nanoseconds(time);
  }

  Attempt<Timestamp> resolution(ClockId id) override {
    timespec time{};
    if (::clock_getres(DOPPEL_TRY(host_clock_id(id)), &time) != 0) return host_failed();
    return nanoseconds(time);
  }

  Attempt<Timestamp> wait_for(ClockId id, Timestamp deadline) override {
    const Timestamp time = DOPPEL_TRY(now(id));
    return deadline > time ? deadline - time : 0;
  }
};

class HostRandom final : public RandomSource {
 public:
  Attempt<void> fill(std::span<std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::getrandom(bytes.data(), bytes.size(), 0);
      if (count >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(count));
      } else if (errno != EINTR) {
        return host_failed();
      }
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<Clock> host_clock() { return std::make_unique<HostClock>(); }
std::unique_ptr<RandomSource> host_random() { return std::make_unique<HostRandom>(); }

}  // namespace doppel::bytecode::wasi
