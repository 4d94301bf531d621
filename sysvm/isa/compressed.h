// SPDX-License-Identifier: Apache-2.0
// Expansion of compressed instructions.
#pragma once

#include <cstdint>
#include <optional>

#include "sysvm/isa/instruction.h"

namespace doppel::sysvm {

/// Decodes a 16-bit encoding, whose low two bits are not 3. Nothing: an illegal instruction.
[[nodiscard]] std::optional<Instruction> decode_compressed(std::uint16_t bits);

}  // namespace doppel::sysvm
