// SPDX-License-Identifier: Apache-2.0
// The one form of messages about a module: "malformed module at offset 0x1f in the type section:
// found …, expected …".
#pragma once

#include <string>
#include <string_view>

#include "bytecode/isa/indices.h"
#include "core/result.h"

namespace doppel::bytecode {

/// "found …, expected …".
std::string found_but_expected(std::string_view found, std::string_view expected);

/// The Error for a module that is wrong at `offset`. `place` says where that is, such as "the type
/// section" or "function 3"; it may be empty.
Error module_error(ErrorKind kind, ByteOffset offset, std::string_view place,
                   std::string_view detail);

}  // namespace doppel::bytecode
