// SPDX-License-Identifier: Apache-2.0
// From instruction bits to an Instruction, by the tables alone.
#pragma once

#include <cstdint>
#include <optional>

#include "sysvm/isa/instruction.h"

namespace doppel::sysvm {

/// How many bytes an instruction has that begins with these 16 bits: 2 or 4. Longer formats are
/// reserved and decode to nothing as four bytes.
constexpr unsigned instruction_length(std::uint16_t first) { return (first & 3) == 3 ? 4 : 2; }

/// Decodes the instruction that `bits` begin with; the upper half is looked at only where the lower
/// says that there is one. Nothing: an illegal instruction.
[[nodiscard]] std::optional<Instruction> decode(std::uint32_t bits);

}  // namespace doppel::sysvm
