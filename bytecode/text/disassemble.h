// SPDX-License-Identifier: Apache-2.0
// From the binary format to the text format.
#pragma once

#include <cstdint>
#include <string>

#include "bytecode/binary/module.h"
#include "core/result.h"

namespace doppel::bytecode {

/// How code is laid out.
enum class PrintStyle : std::uint8_t {
  kFlat,    ///< one instruction a line
  kFolded,  ///< operands inside of their instruction's parentheses
};

/// The module as text, which assemble() turns into the same module again. Names come from the name
/// section. The module need not be valid; an instruction that cannot be read is an error.
Result<std::string> disassemble(const Module& module, PrintStyle style = PrintStyle::kFlat);

}  // namespace doppel::bytecode
