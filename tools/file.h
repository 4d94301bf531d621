// SPDX-License-Identifier: Apache-2.0
// Files read whole into private memory, so that what happens to the file afterwards does no harm,
// and files written whole.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

namespace doppel::tools {

/// The contents of a file, a pipe or a device; fails with kSystem, and with kLimit beyond 1 GiB.
Result<std::vector<std::byte>> read_file(const std::string& path);

/// A module in the binary format from a file in the binary or the text format; which one it is,
/// the ending .wasm tells, or the first byte. Errors besides read_file()'s are those of assemble().
Result<std::vector<std::byte>> read_module(const std::string& path);

/// Writes a file, or with the path "-" the standard output.
Result<void> write_file(const std::string& path, std::span<const std::byte> bytes);

}  // namespace doppel::tools
