// SPDX-License-Identifier: Apache-2.0
// Module fields of the text format (specification 6.6), assembled into a binary module.
#pragma once

#include <cstddef>
#include <vector>

#include "bytecode/text/cursor.h"
#include "bytecode/text/index_space.h"

namespace doppel::bytecode::text {

/// The binary form of the fields that stand at the cursor, up to a closing parenthesis or the end,
/// neither of which is taken. `name` is the module's.
Result<std::vector<std::byte>> parse_module(Cursor& in, const Binding& name);

}  // namespace doppel::bytecode::text
