// SPDX-License-Identifier: Apache-2.0
// Handlers of the vector instructions on integer lanes.
#include "bytecode/isa/semantics/vector_integer.h"
#include "bytecode/interp/handlers/vector.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {

void fill_vector_integer(HandlerTable& table) { fill_vectors<Feature::kSimd>(table); }

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
