// SPDX-License-Identifier: Apache-2.0
// The text of instructions, in the assembler's syntax, without aliases.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sysvm/isa/instruction.h"

namespace doppel::sysvm {

/// The ABI name of x register `number` (0–31): "zero", "ra", …
[[nodiscard]] std::string_view x_name(unsigned number);
/// The ABI name of f register `number` (0–31): "ft0", …
[[nodiscard]] std::string_view f_name(unsigned number);

/// "addi a0, a1, -1". Compressed instructions read as what they expand to. With the instruction's
/// address, targets are absolute, in hexadecimal; without, relative, in decimal.
[[nodiscard]] std::string disassemble(const Instruction& instruction,
                                      std::optional<std::uint64_t> address = std::nullopt);

}  // namespace doppel::sysvm
