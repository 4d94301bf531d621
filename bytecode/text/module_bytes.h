// SPDX-License-Identifier: Apache-2.0
// Modules in either format.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace doppel::bytecode {

/// The module in the binary format: `bytes` themselves, or, where they are text, what the assembler
/// makes of them. The binary format begins with a zero byte, which no text contains; a `name` that
/// ends in .wasm promises it. Errors are those of assemble().
Result<std::vector<std::byte>> module_bytes(std::vector<std::byte> bytes, std::string_view name);

}  // namespace doppel::bytecode
