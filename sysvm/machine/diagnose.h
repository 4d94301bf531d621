// SPDX-License-Identifier: Apache-2.0
// What is said of a guest that cannot go on.
#pragma once

#include <string>

#include "sysvm/boot/symbols.h"
#include "sysvm/hart/hart.h"

namespace doppel::sysvm {

/// A diagnosis of a hart that is stuck: where it is, by symbol if there is one, the cause, and a
/// hint. Several lines.
std::string diagnose(const Hart& hart, const SymbolTable& symbols);

}  // namespace doppel::sysvm
