// SPDX-License-Identifier: Apache-2.0
// Handlers of the numeric instructions with float operands.
#include "bytecode/isa/semantics/float.h"
#include "bytecode/interp/handlers/numeric.h"
#include "bytecode/isa/semantics/convert.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {

void fill_float(HandlerTable& table) { fill_numeric<true>(table); }

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
