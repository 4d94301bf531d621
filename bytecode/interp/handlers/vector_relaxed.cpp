// SPDX-License-Identifier: Apache-2.0
// Handlers of the relaxed vector instructions.
#include "bytecode/isa/semantics/vector_relaxed.h"
#include "bytecode/interp/handlers/vector.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {

void fill_vector_relaxed(HandlerTable& table) { fill_vectors<Feature::kRelaxedSimd>(table); }

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
