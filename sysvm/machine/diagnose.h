// SPDX-License-Identifier: Apache-2.0
// What the user is told of harts that trap.
#pragma once

#include <cstdint>
#include <string>

#include "sysvm/boot/symbols.h"
#include "sysvm/hart/hart.h"

namespace doppel::sysvm {

/// A diagnosis of a hart that is stuck: where it is, by symbol if there is one, the cause, and a
/// hint. Several lines.
std::string diagnose(const Hart& hart, const SymbolTable& symbols);

/// An exception in a line: hart, mode, cause, pc with symbol, tval.
std::string describe(std::uint64_t hart, std::uint64_t pc, Mode mode, const Trap& trap,
                     const SymbolTable& symbols);

}  // namespace doppel::sysvm
