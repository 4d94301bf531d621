// SPDX-License-Identifier: Apache-2.0
// Float instructions (specification 4.3.3). NaN results are arithmetic NaNs, as the vocabulary
// says.
#pragma once

#include "bytecode/isa/semantics/meaning.h"

namespace doppel::bytecode {

DOPPEL_BINARY(F32Eq, Bool, F32) { return b.feq(x, y); }
DOPPEL_BINARY(F32Ne, Bool, F32) { return b.fne(x, y); }
DOPPEL_BINARY(F32Lt, Bool, F32) { return b.flt(x, y); }
DOPPEL_BINARY(F32Gt, Bool, F32) { return b.fgt(x, y); }
DOPPEL_BINARY(F32Le, Bool, F32) { return b.fle(x, y); }
DOPPEL_BINARY(F32Ge, Bool, F32) { return b.fge(x, y); }
DOPPEL_UNARY(F32Abs, F32, F32) { return b.fabs(x); }
DOPPEL_UNARY(F32Neg, F32, F32) { return b.fneg(x); }
DOPPEL_UNARY(F32Ceil, F32, F32) { return b.fceil(x); }
DOPPEL_UNARY(F32Floor, F32, F32) { return b.ffloor(x); }
DOPPEL_UNARY(F32Trunc, F32, F32) { return b.ftrunc(x); }
DOPPEL_UNARY(F32Nearest, F32, F32) { return b.fnearest(x); }
DOPPEL_UNARY(F32Sqrt, F32, F32) { return b.fsqrt(x); }
DOPPEL_BINARY(F32Add, F32, F32) { return b.fadd(x, y); }
DOPPEL_BINARY(F32Sub, F32, F32) { return b.fsub(x, y); }
DOPPEL_BINARY(F32Mul, F32, F32) { return b.fmul(x, y); }
DOPPEL_BINARY(F32Div, F32, F32) { return b.fdiv(x, y); }
DOPPEL_BINARY(F32Min, F32, F32) { return b.fmin(x, y); }
DOPPEL_BINARY(F32Max, F32, F32) { return b.fmax(x, y); }
DOPPEL_BINARY(F32Copysign, F32, F32) { return b.fcopysign(x, y); }

DOPPEL_BINARY(F64Eq, Bool, F64) { return b.feq(x, y); }
DOPPEL_BINARY(F64Ne, Bool, F64) { return b.fne(x, y); }
DOPPEL_BINARY(F64Lt, Bool, F64) { return b.flt(x, y); }
DOPPEL_BINARY(F64Gt, Bool, F64) { return b.fgt(x, y); }
DOPPEL_BINARY(F64Le, Bool, F64) { return b.fle(x, y); }
DOPPEL_BINARY(F64Ge, Bool, F64) { return b.fge(x, y); }
DOPPEL_UNARY(F64Abs, F64, F64) { return b.fabs(x); }
DOPPEL_UNARY(F64Neg, F64, F64) { return b.fneg(x); }
DOPPEL_UNARY(F64Ceil, F64, F64) { return b.fceil(x); }
DOPPEL_UNARY(F64Floor, F64, F64) { return b.ffloor(x); }
DOPPEL_UNARY(F64Trunc, F64, F64) { return b.ftrunc(x); }
DOPPEL_UNARY(F64Nearest, F64, F64) { return b.fnearest(x); }
DOPPEL_UNARY(F64Sqrt, F64, F64) { return b.fsqrt(x); }
DOPPEL_BINARY(F64Add, F64, F64) { return b.fadd(x, y); }
DOPPEL_BINARY(F64Sub, F64, F64) { return b.fsub(x, y); }
DOPPEL_BINARY(F64Mul, F64, F64) { return b.fmul(x, y); }
DOPPEL_BINARY(F64Div, F64, F64) { return b.fdiv(x, y); }
DOPPEL_BINARY(F64Min, F64, F64) { return b.fmin(x, y); }
DOPPEL_BINARY(F64Max, F64, F64) { return b.fmax(x, y); }
DOPPEL_BINARY(F64Copysign, F64, F64) { return b.fcopysign(x, y); }

}  // namespace doppel::bytecode
