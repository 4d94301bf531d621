// SPDX-License-Identifier: Apache-2.0
// The layout of code as text: one instruction a line, or folded into expressions.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "bytecode/text/disassemble.h"
#include "bytecode/text/instruction_printer.h"

namespace doppel::bytecode::text {

/// Branch hints by the offset of their instruction in the module's bytes.
using HintsByOffset = std::unordered_map<std::uint32_t, std::uint8_t>;

/// Prints the instructions of `range`, without the final `end`, each line indented by `indent`.
/// Fails where they cannot be read.
Result<std::string> print_code(const Module& module, const PrintedNames& names,
                               const PrintedScope& scope, const HintsByOffset& hints,
                               ByteRange range, PrintStyle style, unsigned indent);

/// The instructions of a constant expression on one line: "i32.const 1", without the final `end`.
/// `count` receives their number.
Result<std::string> print_expression(const Module& module, const PrintedNames& names,
                                     ByteRange range, std::uint32_t& count);

}  // namespace doppel::bytecode::text
