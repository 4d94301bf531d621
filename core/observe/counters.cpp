// SPDX-License-Identifier: Apache-2.0
// Declaring counters and adding them up.
#include "core/observe/counters.h"

#include <algorithm>

namespace doppel {

CounterId CounterTable::declare(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(names_.begin(), names_.end(), name);
  const CounterId id(static_cast<std::uint32_t>(found - names_.begin()));
  if (found == names_.end()) names_.emplace_back(name);
  return id;
}

Counters& CounterTable::add_processor() {
  const std::lock_guard lock(mutex_);
  return processors_.emplace_back(names_.size());
}

std::uint64_t CounterTable::locked_total(CounterId id) const {
  std::uint64_t sum = 0;
  for (const Counters& processor : processors_) sum += processor.read(id);
  return sum;
}

std::uint64_t CounterTable::total(CounterId id) const {
  const std::lock_guard lock(mutex_);
  return locked_total(id);
}

std::vector<CounterTotal> CounterTable::totals() const {
  const std::lock_guard lock(mutex_);
  std::vector<CounterTotal> totals;
  totals.reserve(names_.size());
  for (std::uint32_t i = 0; i < names_.size(); ++i) {
    totals.push_back({names_[i], locked_total(CounterId(i))});
  }
  return totals;
}

}  // namespace doppel
