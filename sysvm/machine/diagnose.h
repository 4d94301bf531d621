// SPDX-License-Identifier: Apache-2.0
// What the user is told of harts that trap.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sysvm/boot/symbols.h"
#include "sysvm/hart/hart.h"

namespace doppel::sysvm {

/// A diagnosis of a hart that is stuck: where it is, by symbol if there is one, the cause, and a
/// hint. Several lines.
std::string diagnose(const Hart& hart, const SymbolTable& symbols);

/// Where harts are, by symbol if there is one, and what they do there: a line for each of the first
/// ones. While none of them runs, or of those that are deaf.
std::string describe_places(std::span<Hart* const> harts, const SymbolTable& symbols);

/// A diagnosis of a machine whose harts all rest for good. As describe_places.
std::string diagnose_waiting(std::span<Hart* const> harts, const SymbolTable& symbols);

/// An exception in a line: hart, mode, cause, pc with symbol, tval.
std::string describe(std::uint64_t hart, std::uint64_t pc, Mode mode, const Trap& trap,
                     const SymbolTable& symbols);

}  // namespace doppel::sysvm
