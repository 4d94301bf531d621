// SPDX-License-Identifier: Apache-2.0
// Handlers of the vector instructions on bits and on lanes as such.
#include "bytecode/isa/semantics/vector_lanes.h"
#include "bytecode/interp/handlers/vector.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {

void fill_vector_lanes(HandlerTable& table) { fill_vectors<Feature::kSimd>(table); }

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
