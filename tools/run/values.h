// SPDX-License-Identifier: Apache-2.0
// Arguments and results of an invoked function, as text.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bytecode/isa/types.h"
#include "core/result.h"

namespace doppel::tools {

/// Reads a number of the type: integers decimal or 0x…, with sign, in the signed or unsigned range;
/// floats also as nan, inf; vectors as 0x and up to 32 digits, lane 0 in the last ones. Other
/// types, and text that is no such number, are kUsage. The second slot is a vector's.
Result<std::array<std::uint64_t, 2>> parse_value(bytecode::ValType type, std::string_view text);

/// The value in the slots that the type takes: integers signed, floats by the shortest digits that
/// read back the same, vectors as 0x and 32 digits.
std::string format_value(bytecode::ValType type, std::span<const std::uint64_t> slots);

}  // namespace doppel::tools
