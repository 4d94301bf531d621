// SPDX-License-Identifier: Apache-2.0
// Queues in a fixed number of buckets, each with its lock.
#include "bytecode/runtime/parking.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <list>
#include <mutex>

namespace doppel::bytecode::parking {

namespace {

using Clock = std::chrono::steady_clock;

/// How often a waiting thread looks whether it shall stop: whoever asks for that may be a signal
/// handler, which cannot wake it.
constexpr std::chrono::milliseconds kGlance{5};

struct Waiter {
  const std::byte* address;
  bool notified = false;  ///< under the bucket's lock; who sets it takes the waiter off the queue
  std::condition_variable woken;
};

struct Bucket {
  std::mutex mutex;
  std::list<Waiter*> waiters;  ///< the longest waiting first
};

Bucket& bucket_of(const std::byte* address) {
  static std::array<Bucket, 64> buckets;
  return buckets[(reinterpret_cast<std::uintptr_t>(address) >> 2U) * 0x9e37'79b9U >> 8U & 63U];
}

}  // namespace

Outcome wait(const std::byte* address, const std::function<bool()>& is_equal, Deadline deadline,
             const std::function<bool()>& stops) {
  Bucket& bucket = bucket_of(address);
  std::unique_lock lock(bucket.mutex);
  if (!is_equal()) return Outcome::kNotEqual;
  Waiter self{.address = address, .woken = {}};
  bucket.waiters.push_back(&self);
  const auto leave = [&](Outcome outcome) {
    bucket.waiters.remove(&self);
    return outcome;
  };
  for (;;) {
    const Clock::time_point now = Clock::now();
    if (deadline && now >= *deadline) return leave(Outcome::kTimedOut);
    if (stops()) return leave(Outcome::kStopped);
    const Clock::time_point glance = now + kGlance;
    self.woken.wait_until(lock, deadline ? std::min(*deadline, glance) : glance);
    if (self.notified) return Outcome::kNotified;
  }
}

std::uint32_t notify(const std::byte* address, std::uint32_t count) {
  Bucket& bucket = bucket_of(address);
  const std::scoped_lock lock(bucket.mutex);
  std::uint32_t woken = 0;
  for (auto at = bucket.waiters.begin(); at != bucket.waiters.end() && woken < count;) {
    Waiter& waiter = **at;
    if (waiter.address != address) {
      ++at;
      continue;
    }
    at = bucket.waiters.erase(at);
    waiter.notified = true;
    waiter.woken.notify_one();
    ++woken;
  }
  return woken;
}

}  // namespace doppel::bytecode::parking
