// SPDX-License-Identifier: Apache-2.0
// A decoder written without the tables' index: for each row in turn it asks whether the bits fit,
// and the one with the most fixed bits wins.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "sysvm/isa/instruction.h"

namespace doppel::sysvm::test {

inline std::optional<Opcode> naive_decode(std::uint32_t bits) {
  std::optional<Opcode> best;
  for (std::size_t i = 0; i < kOpcodeCount; ++i) {
    const InstructionInfo& row = kInstructions[i];
    if ((bits & row.mask) != row.match) continue;
    if (row.mask != 0 && (!best || std::popcount(row.mask) > std::popcount(info(*best).mask))) {
      best = static_cast<Opcode>(i);
    }
  }
  if (best) {
    const bool rounds = syntax(info(*best).format).find('m') != std::string_view::npos;
    const unsigned mode = bits >> 12 & 7;
    if (rounds && (mode == 5 || mode == 6)) return std::nullopt;
  }
  return best;
}

}  // namespace doppel::sysvm::test
