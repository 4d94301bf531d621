// SPDX-License-Identifier: Apache-2.0
// From the text format to the binary format.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace doppel::bytecode {

/// The binary module that `text` describes: "(module ...)", or its fields alone. Identifiers go
/// into the name section. `file_name` is what messages call the text. Errors are of kind
/// kMalformed (against the grammar) or kInvalid (where the binary format cannot express it); their
/// messages show the line. Validation is the caller's.
Result<std::vector<std::byte>> assemble(std::string_view text, std::string_view file_name);

}  // namespace doppel::bytecode
