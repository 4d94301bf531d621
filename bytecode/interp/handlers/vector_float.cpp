// SPDX-License-Identifier: Apache-2.0
// Handlers of the vector instructions on float lanes, and of conversions.
#include "bytecode/isa/semantics/vector_float.h"
#include "bytecode/interp/handlers/vector.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {

void fill_vector_float(HandlerTable& table) { fill_vectors<Feature::kSimd>(table); }

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
