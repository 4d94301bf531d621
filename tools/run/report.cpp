// SPDX-License-Identifier: Apache-2.0
// The texts of the report.
#include "tools/run/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace doppel::tools {

std::string describe(const bytecode::Trap& trap) {
  std::string text = "trap: " + trap.describe();
  for (std::size_t i = 0; i < trap.backtrace.size(); ++i) {
    if (trap.omitted > 0 && i == trap.omitted_after)
      text += fmt::format("\n  … {} more …", trap.omitted);
    const bytecode::BacktraceFrame& frame = trap.backtrace[i];
    const std::size_t depth = i < trap.omitted_after ? i : i + trap.omitted;
    text += fmt::format("\n  {:>2}: {} at offset {:#x}", depth, frame.name, frame.offset.value());
  }
  return text;
}

std::string format(const Statistics& statistics, bool json) {
  nlohmann::ordered_json figures = {
      {"instructions", statistics.instructions},
      {"functions", statistics.functions},
      {"predecoded functions", statistics.predecoded_functions},
      {"predecoded cells", statistics.predecoded_cells},
      {"memory bytes", statistics.memory_bytes},
  };
  for (const CounterTotal& event : statistics.events) {
    // Runs end for reasons only where a scheduler slices them.
    if (!event.name.starts_with("exit.")) figures.emplace(event.name, event.value);
  }
  if (json) return figures.dump() + "\n";
  std::string text;
  for (const auto& [name, value] : figures.items())
    text += fmt::format("doppel: {:<22}{}\n", name, value.dump());
  return text;
}

}  // namespace doppel::tools
