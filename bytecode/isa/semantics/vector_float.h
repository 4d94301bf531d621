// SPDX-License-Identifier: Apache-2.0
// Vector instructions on float lanes, and conversions between them and integers (specification
// 4.3.5). NaN results are arithmetic NaNs, as the vocabulary says.
#pragma once

#include "bytecode/isa/semantics/vector.h"

namespace doppel::bytecode {

#define DOPPEL_GROUP(SHAPE, MASK)                                      \
  DOPPEL_BINARY(SHAPE##Eq, MASK, SHAPE) { return b.mask_eq(x, y); }    \
  DOPPEL_BINARY(SHAPE##Ne, MASK, SHAPE) { return b.mask_ne(x, y); }    \
  DOPPEL_BINARY(SHAPE##Lt, MASK, SHAPE) { return b.mask_flt(x, y); }   \
  DOPPEL_BINARY(SHAPE##Gt, MASK, SHAPE) { return b.mask_flt(y, x); }   \
  DOPPEL_BINARY(SHAPE##Le, MASK, SHAPE) { return b.mask_fle(x, y); }   \
  DOPPEL_BINARY(SHAPE##Ge, MASK, SHAPE) { return b.mask_fle(y, x); }   \
  DOPPEL_UNARY(SHAPE##Abs, SHAPE, SHAPE) { return b.fabs(x); }         \
  DOPPEL_UNARY(SHAPE##Neg, SHAPE, SHAPE) { return b.fneg(x); }         \
  DOPPEL_UNARY(SHAPE##Sqrt, SHAPE, SHAPE) { return b.fsqrt(x); }       \
  DOPPEL_UNARY(SHAPE##Ceil, SHAPE, SHAPE) { return b.fceil(x); }       \
  DOPPEL_UNARY(SHAPE##Floor, SHAPE, SHAPE) { return b.ffloor(x); }     \
  DOPPEL_UNARY(SHAPE##Trunc, SHAPE, SHAPE) { return b.ftrunc(x); }     \
  DOPPEL_UNARY(SHAPE##Nearest, SHAPE, SHAPE) { return b.fnearest(x); } \
  DOPPEL_BINARY(SHAPE##Add, SHAPE, SHAPE) { return b.fadd(x, y); }     \
  DOPPEL_BINARY(SHAPE##Sub, SHAPE, SHAPE) { return b.fsub(x, y); }     \
  DOPPEL_BINARY(SHAPE##Mul, SHAPE, SHAPE) { return b.fmul(x, y); }     \
  DOPPEL_BINARY(SHAPE##Div, SHAPE, SHAPE) { return b.fdiv(x, y); }     \
  DOPPEL_BINARY(SHAPE##Min, SHAPE, SHAPE) { return b.fmin(x, y); }     \
  DOPPEL_BINARY(SHAPE##Max, SHAPE, SHAPE) { return b.fmax(x, y); }     \
  DOPPEL_BINARY(SHAPE##Pmin, SHAPE, SHAPE) { return b.pmin(x, y); }    \
  DOPPEL_BINARY(SHAPE##Pmax, SHAPE, SHAPE) { return b.pmax(x, y); }
DOPPEL_GROUP(F32x4, I32x4)
DOPPEL_GROUP(F64x2, I64x2)
#undef DOPPEL_GROUP

DOPPEL_UNARY(F32x4ConvertI32x4S, F32x4, I32x4) { return b.convert_s(x); }
DOPPEL_UNARY(F32x4ConvertI32x4U, F32x4, I32x4) { return b.convert_u(x); }
DOPPEL_UNARY(F64x2ConvertLowI32x4S, F64x2, I32x4) { return b.convert_low_s(x); }
DOPPEL_UNARY(F64x2ConvertLowI32x4U, F64x2, I32x4) { return b.convert_low_u(x); }
DOPPEL_UNARY(I32x4TruncSatF32x4S, I32x4, F32x4) { return b.trunc_sat_s(x); }
DOPPEL_UNARY(I32x4TruncSatF32x4U, I32x4, F32x4) { return b.trunc_sat_u(x); }
DOPPEL_UNARY(I32x4TruncSatF64x2SZero, I32x4, F64x2) { return b.trunc_sat_s_zero(x); }
DOPPEL_UNARY(I32x4TruncSatF64x2UZero, I32x4, F64x2) { return b.trunc_sat_u_zero(x); }
DOPPEL_UNARY(F64x2PromoteLowF32x4, F64x2, F32x4) { return b.promote_low(x); }
DOPPEL_UNARY(F32x4DemoteF64x2Zero, F32x4, F64x2) { return b.demote_zero(x); }

}  // namespace doppel::bytecode
