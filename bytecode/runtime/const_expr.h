// SPDX-License-Identifier: Apache-2.0
// Evaluation of constant expressions (specification 3.3.11).
#pragma once

#include <array>

#include "bytecode/runtime/instance.h"
#include "core/result.h"

namespace doppel::bytecode {

/// The value of a validated constant expression, in one slot, or in two for a vector. It sees the
/// functions and globals that `instance` has so far, and may allocate objects. Fails (kLimit) when
/// the heap is exhausted.
Result<std::array<std::uint64_t, 2>> evaluate(Instance& instance, const ConstExpr& expression);

}  // namespace doppel::bytecode
