// SPDX-License-Identifier: Apache-2.0
// What a heap counts, and how long its collections took, as a distribution.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace doppel::bytecode::gc {

/// Durations in steps of an eighth: relative precision is 12 %.
class Pauses {
 public:
  using Duration = std::chrono::nanoseconds;

  void add(Duration pause) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(pause.count(), 8));
    ++counts_[step_of(ns)];
    ++count_;
    longest_ = std::max(longest_, pause);
    total_ += pause;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Duration longest() const { return longest_; }
  [[nodiscard]] Duration total() const { return total_; }
  /// The duration that `percent` of the pauses do not exceed.
  [[nodiscard]] Duration percentile(unsigned percent) const {
    std::uint64_t left = (count_ * percent + 99) / 100;
    for (std::size_t step = 0; step < counts_.size(); ++step) {
      if (counts_[step] >= left) return std::min(longest_, upper_bound(step));
      left -= counts_[step];
    }
    return longest_;
  }

 private:
  static constexpr std::size_t kMagnitudes = 40;
  static std::size_t step_of(std::uint64_t ns) {
    const auto magnitude = static_cast<unsigned>(std::bit_width(ns)) - 4;
    const std::size_t step = std::size_t{magnitude} * 8 + ((ns >> magnitude) - 8);
    return std::min<std::size_t>(step, kMagnitudes * 8 - 1);
  }
  static Duration upper_bound(std::size_t step) {
    return Duration(static_cast<std::int64_t>((step % 8 + 9) << (step / 8)));
  }

  std::array<std::uint64_t, kMagnitudes * 8> counts_{};
  std::uint64_t count_ = 0;
  Duration longest_{};
  Duration total_{};
};

struct HeapStatistics {
  std::uint64_t allocated_bytes = 0;  ///< in completed nurseries, and of large objects
  std::uint64_t promoted_bytes = 0;   ///< that survived their first collection
  std::uint64_t cycles = 0;           ///< in which the old space was marked step by step, and swept
  Pauses minor_pauses;                ///< with the steps of marking and the sweep that went along
  Pauses major_pauses;                ///< of collections of the old space at once
};

}  // namespace doppel::bytecode::gc
