// SPDX-License-Identifier: Apache-2.0
// The table, filled once.
#include "sysvm/hart/handler_table.h"

#include "sysvm/hart/handlers/steps.h"

namespace doppel::sysvm {

const HandlerTable& handlers() {
  static const HandlerTable* const table = [] {
    static HandlerTable filled;
    fill_integer(filled);
    fill_memory(filled);
    fill_atomic(filled);
    fill_control(filled);
    fill_float(filled);
    fill_pairs(filled);
    return &filled;
  }();
  return *table;
}

}  // namespace doppel::sysvm
