// SPDX-License-Identifier: Apache-2.0
// The texts of the report.
#include "tools/vm/report.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace doppel::tools {

namespace {

double rounded(double value) { return std::round(value * 1000) / 1000; }

}  // namespace

std::string format(const sysvm::MachineStatistics& statistics, double seconds,
                   std::optional<std::uint64_t> state_hash, bool json) {
  const auto instructions = static_cast<double>(statistics.instructions);
  nlohmann::ordered_json figures = {
      {"instructions", statistics.instructions},
      {"seconds", rounded(seconds)},
      {"MIPS", seconds > 0 ? rounded(instructions / seconds / 1e6) : 0},
      {"page table walks", statistics.walks},
      {"exceptions", statistics.exceptions},
      {"interrupts", statistics.interrupts},
      {"translated blocks", statistics.blocks},
      {"device accesses", statistics.device_accesses},
  };
  for (const CounterTotal& total : statistics.exits) figures.emplace(total.name, total.value);
  if (state_hash) figures.emplace("state hash", fmt::format("{:016x}", *state_hash));
  if (json) return figures.dump() + "\n";
  std::string text;
  for (const auto& [name, value] : figures.items())
    text += fmt::format("doppel: {:<22}{}\n", name, value.dump());
  return text;
}

std::uint64_t hash_of(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325;
  for (const std::byte byte : bytes)
    hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100'0000'01B3;
  return hash;
}

}  // namespace doppel::tools
