// SPDX-License-Identifier: Apache-2.0
// Which lines of source a module's instructions come from, by the line number programs (DWARF 2 to
// 5, section 6.2) in its custom sections. Addresses there count from the contents of the code
// section ("DWARF for WebAssembly"). What is malformed is left out and is no error.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bytecode/binary/module.h"

namespace doppel::bytecode {

/// A place in a source file.
struct SourcePlace {
  std::string file;          ///< with its folder, as far as the module says
  std::uint32_t line = 0;    ///< from 1 on
  std::uint32_t column = 0;  ///< from 1 on; 0: unknown
};

/// The places of some instructions, in their order; nothing for those of which nothing is known.
/// Reads all of the module's line numbers once, in memory for the places alone.
std::vector<std::optional<SourcePlace>> source_places(const Module& module,
                                                      std::span<const ByteOffset> instructions);

}  // namespace doppel::bytecode
