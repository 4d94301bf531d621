// SPDX-License-Identifier: Apache-2.0
// Named counters, one set per virtual processor: counting is a plain addition by the processor's
// thread, any other thread may read and add up. Where there is no set, counting costs one test.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

namespace doppel {

/// A counter of one CounterTable.
using CounterId = Ordinal<struct CounterIdTag, std::uint32_t>;

/// The counters of one virtual processor. Only the thread that runs the processor adds.
class Counters {
 public:
  explicit Counters(std::size_t count) : values_(count) {}

  void add(CounterId id, std::uint64_t amount = 1) noexcept {
    std::atomic<std::uint64_t>& value = values_[id.value()];
    value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  /// Any thread; the value may be about to grow.
  [[nodiscard]] std::uint64_t read(CounterId id) const noexcept {
    return values_[id.value()].load(std::memory_order_relaxed);
  }

 private:
  std::vector<std::atomic<std::uint64_t>> values_;
};

/// Counts where counters are kept: `counters` is null when they are off.
inline void count(Counters* counters, CounterId id, std::uint64_t amount = 1) noexcept {
  if (counters != nullptr) counters->add(id, amount);
}

/// A counter's name with its sum over all processors.
struct CounterTotal {
  std::string name;
  std::uint64_t value = 0;
};

/// The counters of a machine: their names, declared first, and a set for each processor. Every
/// member may be called from any thread.
class CounterTable {
 public:
  /// The counter called `name`, declared now or before. All are declared before the first
  /// processor comes.
  CounterId declare(std::string_view name);

  /// A set for one more processor; the table owns it.
  Counters& add_processor();

  /// The sum of a counter over all processors.
  [[nodiscard]] std::uint64_t total(CounterId id) const;
  /// The sums of all counters, in the order of declaration.
  [[nodiscard]] std::vector<CounterTotal> totals() const;

 private:
  [[nodiscard]] std::uint64_t locked_total(CounterId id) const;

  mutable std::mutex mutex_;
  std::vector<std::string> names_;
  std::deque<Counters> processors_;  // a deque, so that references stay
};

}  // namespace doppel
