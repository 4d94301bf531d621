// SPDX-License-Identifier: Apache-2.0
// Modules read in either format, and files written whole.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

namespace doppel::tools {

/// A module in the binary format from a file in the binary or the text format; which one it is,
/// the ending .wasm tells, or the first byte. Errors besides read_file()'s are those of assemble().
Result<std::vector<std::byte>> read_module(const std::string& path);

/// Writes a file, or with the path "-" the standard output.
Result<void> write_file(const std::string& path, std::span<const std::byte> bytes);

}  // namespace doppel::tools
