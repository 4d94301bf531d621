// SPDX-License-Identifier: Apache-2.0
// Which instructions random bodies choose from, and the constants in them.
#pragma once

#include <initializer_list>
#include <vector>

#include "bytecode/binary/encoder.h"
#include "bytecode/isa/opcode.h"
#include "bytecode/isa/types.h"
#include "tests/bytecode/interp/choices.h"

namespace doppel::bytecode {

ValType operand_type(OperandKind kind);

/// The executable instructions of fixed signature with these immediates that push or pop a number,
/// vector instructions or all others. Those with two results and the atomic ones are left out.
std::vector<Opcode> instructions(std::initializer_list<Immediates> immediates, bool vectors);

/// Whether lanes of the result may be NaNs whose bits are not the module's to choose.
bool makes_nans(Opcode opcode);

void write_i32(Encoder& out, std::int32_t value);
/// The zero of a type.
void write_zero(Encoder& out, ValType type);
/// A value at the edge of a type's range, or any.
void write_constant(Encoder& out, ValType type, Choices& choices);

}  // namespace doppel::bytecode
