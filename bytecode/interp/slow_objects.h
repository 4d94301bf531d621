// SPDX-License-Identifier: Apache-2.0
// Instructions on structs and arrays that are more than an access: allocation, and what touches
// many elements. They may collect, so that the thread's `place` is set before.
#pragma once

#include "bytecode/interp/machine.h"

namespace doppel::bytecode::interp::slow {

/// Operands stand in consecutive slots from `operands`, the result replaces the first. `cell` names
/// the type (call.index) and what else the instruction has; a segment beside a type is in the next
/// cell. They answer a trap, or kNone.
using ObjectOperation = TrapKind (*)(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind struct_new(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind struct_new_default(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind array_new(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind array_new_default(Context& context, const Cell& cell, std::uint64_t* operands);
/// call.extra: how many elements.
TrapKind array_new_fixed(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind array_new_data(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind array_new_elem(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind array_fill(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind array_copy(Context& context, const Cell& cell, std::uint64_t* operands);
/// call.index: the segment.
TrapKind array_init_data(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind array_init_elem(Context& context, const Cell& cell, std::uint64_t* operands);

/// Accesses to vectors, which take two slots. call.extra: the field.
TrapKind struct_get_vector(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind struct_set_vector(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind array_get_vector(Context& context, const Cell& cell, std::uint64_t* operands);
TrapKind array_set_vector(Context& context, const Cell& cell, std::uint64_t* operands);

}  // namespace doppel::bytecode::interp::slow
