// SPDX-License-Identifier: Apache-2.0
// Exit accounting: how often each reason ended a run, and how many instructions the runs executed.
#pragma once

#include <array>

#include "core/observe/counters.h"
#include "core/vcpu/virtual_processor.h"

namespace doppel {

/// Where exits are counted in a table: counters "exit.budget", "exit.interrupted", … and
/// "instructions". Immutable.
class ExitAccount {
 public:
  /// Declares the counters.
  explicit ExitAccount(CounterTable& table);

  /// Counts one exit for the processor that `counters` belongs to.
  void record(Counters& counters, const Exit& exit) const noexcept;

  [[nodiscard]] CounterId exits(ExitReason reason) const {
    return exits_[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] CounterId instructions() const { return instructions_; }

 private:
  std::array<CounterId, kExitReasonCount> exits_;
  CounterId instructions_;
};

}  // namespace doppel
