// SPDX-License-Identifier: Apache-2.0
// Why a guest instruction could not complete. The number's meaning belongs to the machine that
// raises it (bytecode/runtime/trap.h, later the hart's exception causes); core only carries it.
#pragma once

#include "core/types.h"

namespace doppel {

/// A machine's own trap number. Zero means "no trap".
using TrapCode = Ordinal<struct TrapCodeTag, std::uint16_t>;

inline constexpr TrapCode kNoTrap{};

}  // namespace doppel
