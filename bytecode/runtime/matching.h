// SPDX-License-Identifier: Apache-2.0
// Whether what is given for an import is of the type that the import asks for
// (specification 4.5.2).
#pragma once

#include "bytecode/runtime/instance.h"

namespace doppel::bytecode {

/// The given limits are at least as tight as the wanted ones.
bool limits_match(const Limits& given, const Limits& wanted);

/// Checks one import of `instance`'s module; fails with kUnlinkable and says what was wanted and
/// found.
Result<void> match_import(const Instance& instance, const Import& import, const Extern& given);

/// "function of type [i32] -> []", "memory of at least 1 page": an import's type in words.
std::string describe_import(const Module& module, const Import& import);

}  // namespace doppel::bytecode
