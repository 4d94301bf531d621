// SPDX-License-Identifier: Apache-2.0
// The texts of the report.
#include "tools/run/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "bytecode/binary/names.h"
#include "bytecode/binary/source_lines.h"
#include "bytecode/runtime/loaded_module.h"

namespace doppel::tools {

namespace {

using bytecode::BacktraceFrame;
using bytecode::SourcePlace;

/// Where the frames' instructions stand in source files, as far as their modules say.
std::vector<std::optional<SourcePlace>> places_of(std::span<const BacktraceFrame> frames) {
  std::map<const bytecode::LoadedModule*, std::vector<std::size_t>> by_module;
  for (std::size_t i = 0; i < frames.size(); ++i) by_module[frames[i].module.get()].push_back(i);
  std::vector<std::optional<SourcePlace>> places(frames.size());
  for (const auto& [module, members] : by_module) {
    std::vector<bytecode::ByteOffset> offsets;
    for (const std::size_t i : members) offsets.push_back(frames[i].offset);
    auto found = source_places(module->module(), offsets);
    for (std::size_t i = 0; i < members.size(); ++i) places[members[i]] = std::move(found[i]);
  }
  return places;
}

}  // namespace

std::string describe(const bytecode::Trap& trap) {
  std::string text = "trap: " + trap.describe();
  const auto places = places_of(trap.backtrace);
  for (std::size_t i = 0; i < trap.backtrace.size(); ++i) {
    if (trap.omitted > 0 && i == trap.omitted_after)
      text += fmt::format("\n  … {} more …", trap.omitted);
    const BacktraceFrame& frame = trap.backtrace[i];
    const std::size_t depth = i < trap.omitted_after ? i : i + trap.omitted;
    text += fmt::format("\n  {:>2}: {} at offset {:#x}", depth, frame.name, frame.offset.value());
    if (const auto& place = places[i]) {
      text += fmt::format(", {}:{}", bytecode::escape_name(place->file), place->line);
      if (place->column != 0) text += fmt::format(":{}", place->column);
    }
  }
  return text;
}

namespace {

/// Collections, and the distribution of their pauses in microseconds; nothing if there were none.
void add_heap(nlohmann::ordered_json& figures, const bytecode::gc::HeapStatistics& heap) {
  const auto add = [&](const std::string& kind, const bytecode::gc::Pauses& pauses) {
    if (pauses.count() == 0) return;
    const auto micros = [](bytecode::gc::Pauses::Duration pause) { return pause.count() / 1000; };
    figures.emplace(kind + " collections", pauses.count());
    for (const unsigned percent : {50U, 90U, 99U})
      figures.emplace(fmt::format("{} pause p{} us", kind, percent),
                      micros(pauses.percentile(percent)));
    figures.emplace(kind + " pause max us", micros(pauses.longest()));
  };
  add("minor", heap.minor_pauses);
  add("major", heap.major_pauses);
  if (heap.minor_pauses.count() == 0) return;
  figures.emplace("old space cycles", heap.cycles);
  figures.emplace("heap bytes allocated", heap.allocated_bytes);
  figures.emplace("heap bytes promoted", heap.promoted_bytes);
}

/// What was compiled, in sum and of the functions for which most was done.
void add_hot(nlohmann::ordered_json& figures, std::vector<Statistics::HotFunction> hot) {
  constexpr std::size_t kMostShown = 20;
  const auto micros = [](std::chrono::nanoseconds time) { return time.count() / 1000; };
  std::size_t bytes = 0;
  std::chrono::nanoseconds time{};
  for (const auto& [name, parts] : hot) {
    bytes += parts.bytes;
    time += parts.time;
  }
  figures.emplace("compile time us", micros(time));
  figures.emplace("code bytes", bytes);
  std::ranges::sort(hot, std::greater(), [](const auto& each) { return each.parts.time; });
  if (hot.size() > kMostShown) hot.resize(kMostShown);
  auto& rows = figures["hot functions"] = nlohmann::ordered_json::array();
  for (const auto& [name, parts] : hot) {
    const char* tier = parts.body ? "compiled" : parts.loops > 0 ? "loops compiled" : "interpreted";
    rows.push_back({{"name", name},
                    {"tier", tier},
                    {"loops", parts.loops},
                    {"code bytes", parts.bytes},
                    {"compile time us", micros(parts.time)}});
  }
}

}  // namespace

std::string format(const Statistics& statistics, bool json) {
  nlohmann::ordered_json figures = {
      {"instructions", statistics.instructions},
      {"functions", statistics.functions},
      {"predecoded functions", statistics.predecoded_functions},
      {"predecoded cells", statistics.predecoded_cells},
      {"memory bytes", statistics.memory_bytes},
  };
  if (statistics.has_compiler) {
    figures.emplace("compiled functions", statistics.compiled_functions);
    figures.emplace("compiled loops", statistics.compiled_loops);
    figures.emplace("left to interpreter", statistics.interpreted.size());
    figures.emplace("cached functions", statistics.kept_functions);
    if (!statistics.interpreted.empty()) figures.emplace("interpreted", statistics.interpreted);
    add_hot(figures, statistics.hot);
  }
  for (const CounterTotal& event : statistics.events) {
    // Runs end for reasons only where a scheduler slices them.
    if (!event.name.starts_with("exit.")) figures.emplace(event.name, event.value);
  }
  add_heap(figures, statistics.heap);
  if (json) return figures.dump() + "\n";
  std::string text;
  for (const auto& [name, value] : figures.items()) {
    if (name == "hot functions") {
      for (const auto& hot : value)
        text += fmt::format("doppel: {:<22}{} ({}; {} loops, {} bytes, {} us)\n", "hot function",
                            hot["name"].dump(), hot["tier"].get<std::string>(), hot["loops"].dump(),
                            hot["code bytes"].dump(), hot["compile time us"].dump());
    } else {
      text += fmt::format("doppel: {:<22}{}\n", name, value.dump());
    }
  }
  return text;
}

}  // namespace doppel::tools
