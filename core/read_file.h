// SPDX-License-Identifier: Apache-2.0
// Files read whole into private memory, so that what happens to the file afterwards does no harm.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/memory/file_descriptor.h"
#include "core/result.h"

namespace doppel {

/// The contents of a file, a pipe or a device. Errors: kSystem, and kLimit beyond 1 GiB.
Result<std::vector<std::byte>> read_file(const std::string& path);
/// The same of an open file; `name` is for messages.
Result<std::vector<std::byte>> read_file(const FileDescriptor& file, const std::string& name);

}  // namespace doppel
