// SPDX-License-Identifier: Apache-2.0
// Arguments and results of an invoked function, as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bytecode/isa/types.h"
#include "core/result.h"

namespace doppel::tools {

/// Reads a number of the type: integers decimal or 0x…, with sign, in the signed or unsigned range;
/// floats also as nan, inf. Other types, and text that is no such number, are kUsage.
Result<std::uint64_t> parse_value(bytecode::ValType type, std::string_view text);

/// The value in a slot: integers signed, floats by the shortest digits that read back the same.
std::string format_value(bytecode::ValType type, std::uint64_t slot);

}  // namespace doppel::tools
