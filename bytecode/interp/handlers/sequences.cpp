// SPDX-License-Identifier: Apache-2.0
// Sequences of scalar instructions: counted over integer and float kernels, sqlite, bzip2 and zstd.
#include "bytecode/interp/handlers/sequences.h"
#include "bytecode/isa/semantics/convert.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {

void fill_sequences(HandlerTable& table) {
#include "bytecode/interp/handlers/sequences.inc"
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
