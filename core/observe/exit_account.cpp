// SPDX-License-Identifier: Apache-2.0
// Declaring and counting exits.
#include "core/observe/exit_account.h"

#include <string>

namespace doppel {

ExitAccount::ExitAccount(CounterTable& table) {
  for (std::size_t i = 0; i < kExitReasonCount; ++i) {
    exits_[i] = table.declare("exit." + std::string(name_of(static_cast<ExitReason>(i))));
  }
  instructions_ = table.declare("instructions");
}

void ExitAccount::record(Counters& counters, const Exit& exit) const noexcept {
  counters.add(exits(exit.reason));
  counters.add(instructions_, exit.instructions);
}

}  // namespace doppel
