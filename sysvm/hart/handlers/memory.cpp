// SPDX-License-Identifier: Apache-2.0
// Handlers of loads and stores.
#include "sysvm/hart/handlers/memory_steps.h"

namespace doppel::sysvm {

void fill_memory(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (HasAccess<opcode>) {
      if constexpr (is_store(opcode)) {
        set<opcode>(table, kHandler<store<opcode>, slow_store<opcode>>);
      } else {
        set<opcode>(table, kHandler<load<opcode>, slow_load<opcode>>);
      }
    }
  });
}

}  // namespace doppel::sysvm
