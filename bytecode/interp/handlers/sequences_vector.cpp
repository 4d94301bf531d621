// SPDX-License-Identifier: Apache-2.0
// Sequences with vector instructions: counted over kernels that clang vectorized and loops of
// intrinsics.
#include "bytecode/interp/handlers/sequences.h"
#include "bytecode/isa/semantics/convert.h"
#include "bytecode/isa/semantics/vector_float.h"
#include "bytecode/isa/semantics/vector_integer.h"
#include "bytecode/isa/semantics/vector_lanes.h"
#include "bytecode/isa/semantics/vector_memory.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {

void fill_sequences_vector(HandlerTable& table) {
#include "bytecode/interp/handlers/sequences_vector.inc"
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
