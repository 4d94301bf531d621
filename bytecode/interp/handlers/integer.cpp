// SPDX-License-Identifier: Apache-2.0
// Handlers of the numeric instructions with integer operands.
#include "bytecode/isa/semantics/integer.h"
#include "bytecode/interp/handlers/numeric.h"
#include "bytecode/isa/semantics/convert.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {

void fill_integer(HandlerTable& table) { fill_numeric<false>(table); }

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
