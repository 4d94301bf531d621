// SPDX-License-Identifier: Apache-2.0
// What a bytecode thread counts for its observer, beside the exits of its runs.
#pragma once

#include "core/observe/counters.h"
#include "core/observe/exit_account.h"

namespace doppel::bytecode {

/// The counters of one thread in a table; counting is off where there is none.
struct ThreadCounters {
  explicit ThreadCounters(CounterTable& table)
      : exits(table),
        host_calls(table.declare("host calls")),
        interruptions(table.declare("interruptions")),
        traps(table.declare("traps")),
        values(table.add_processor()) {}

  ExitAccount exits;
  CounterId host_calls;
  CounterId interruptions;
  CounterId traps;
  Counters& values;
};

}  // namespace doppel::bytecode
