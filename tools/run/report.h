// SPDX-License-Identifier: Apache-2.0
// What `doppel run` tells at the end: a trap with its backtrace, and statistics.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bytecode/gc/pauses.h"
#include "bytecode/interp/module_code.h"
#include "bytecode/runtime/trap.h"
#include "core/observe/counters.h"

namespace doppel::tools {

/// "trap: unreachable", and a line for each function of the backtrace, innermost first.
std::string describe(const bytecode::Trap& trap);

/// What a run counted.
struct Statistics {
  std::uint64_t instructions = 0;  ///< of WebAssembly, executed
  std::size_t functions = 0;       ///< defined in the module
  std::size_t predecoded_functions = 0;
  std::size_t predecoded_cells = 0;
  std::size_t compiled_functions = 0;
  std::size_t compiled_loops = 0;
  std::size_t kept_functions = 0;        ///< of the compiled ones, by a run before
  std::vector<std::string> interpreted;  ///< functions that the compiler left to the interpreter
  struct HotFunction {
    std::string name;
    bytecode::interp::ModuleCode::CompiledParts parts;
  };
  std::vector<HotFunction> hot;
  bool has_compiler = false;
  std::uint64_t memory_bytes = 0;    ///< of all memories at the end
  std::vector<CounterTotal> events;  ///< what the thread counted
  bytecode::gc::HeapStatistics heap;
};

/// One line for each figure, or a JSON object.
std::string format(const Statistics& statistics, bool json);

}  // namespace doppel::tools
