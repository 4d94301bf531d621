// SPDX-License-Identifier: Apache-2.0
// The names of exit reasons.
#include "core/vcpu/virtual_processor.h"

#include <array>

namespace doppel {

std::string_view name_of(ExitReason reason) {
  static constexpr std::array<std::string_view, kExitReasonCount> kNames = {
      "budget", "interrupted", "halted",     "waiting",  "hypercall",
      "io",     "fault",       "breakpoint", "finished",
  };
  return kNames[static_cast<std::size_t>(reason)];
}

}  // namespace doppel
