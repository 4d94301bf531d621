// SPDX-License-Identifier: Apache-2.0
// Moving past code that cannot be reached.
#pragma once

#include <cstddef>

#include "bytecode/binary/instruction.h"

namespace doppel::bytecode {

/// Moves to what ends the rest of the innermost open block: its else, catch, delegate or end.
inline void skip_rest_of_block(TrustedCodeReader& reader) {
  for (std::size_t depth = 0;;) {
    const ByteOffset before = reader.offset();
    const Opcode opcode = reader.read_opcode();
    switch (opcode) {
      case Opcode::kBlock:
      case Opcode::kLoop:
      case Opcode::kIf:
      case Opcode::kTryTable:
      case Opcode::kTry: ++depth; break;
      case Opcode::kElse:
      case Opcode::kCatch:
      case Opcode::kCatchAll:
      case Opcode::kDelegate:
      case Opcode::kEnd:
        if (depth == 0) return reader.seek(before);
        if (opcode == Opcode::kDelegate || opcode == Opcode::kEnd) --depth;
        break;
      default: break;
    }
    reader.skip_immediates(opcode);
  }
}

}  // namespace doppel::bytecode
