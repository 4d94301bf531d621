// SPDX-License-Identifier: Apache-2.0
// Vector instructions on bits, and on lanes as such (specification 4.3.5 and 4.6.3).
#pragma once

#include "bytecode/isa/semantics/vector.h"

namespace doppel::bytecode {

DOPPEL_UNARY(V128Not, I64x2, I64x2) { return b.bnot(x); }
DOPPEL_BINARY(V128And, I64x2, I64x2) { return b.band(x, y); }
DOPPEL_BINARY(V128Andnot, I64x2, I64x2) { return b.band(x, b.bnot(y)); }
DOPPEL_BINARY(V128Or, I64x2, I64x2) { return b.bor(x, y); }
DOPPEL_BINARY(V128Xor, I64x2, I64x2) { return b.bxor(x, y); }
DOPPEL_TERNARY(V128Bitselect, I64x2, I64x2) { return b.bitselect(x, y, z); }
DOPPEL_UNARY(V128AnyTrue, Bool, I64x2) { return b.any_true(x); }

DOPPEL_BINARY(I8x16Swizzle, I8x16, I8x16) { return b.swizzle(x, y); }
/// The third operand is the instruction's list of lanes.
DOPPEL_TERNARY(I8x16Shuffle, I8x16, I8x16) { return b.shuffle(x, y, z); }

#define DOPPEL_GROUP(SHAPE, SCALAR)                                                              \
  DOPPEL_UNARY(SHAPE##Splat, SHAPE, SCALAR) { return b.template splat<DOPPEL_SHAPE(SHAPE)>(x); } \
  DOPPEL_REPLACE(SHAPE##ReplaceLane, SHAPE, SCALAR);
DOPPEL_GROUP(I8x16, I32)
DOPPEL_GROUP(I16x8, I32)
DOPPEL_GROUP(I32x4, I32)
DOPPEL_GROUP(I64x2, I64)
DOPPEL_GROUP(F32x4, F32)
DOPPEL_GROUP(F64x2, F64)
#undef DOPPEL_GROUP

DOPPEL_EXTRACT(I8x16ExtractLaneS, I32, I8x16) {
  return b.template sign_extend<std::int8_t>(b.extract(x, lane));
}
DOPPEL_EXTRACT(I8x16ExtractLaneU, I32, I8x16) { return b.extract(x, lane); }
DOPPEL_EXTRACT(I16x8ExtractLaneS, I32, I16x8) {
  return b.template sign_extend<std::int16_t>(b.extract(x, lane));
}
DOPPEL_EXTRACT(I16x8ExtractLaneU, I32, I16x8) { return b.extract(x, lane); }
DOPPEL_EXTRACT(I32x4ExtractLane, I32, I32x4) { return b.extract(x, lane); }
DOPPEL_EXTRACT(I64x2ExtractLane, I64, I64x2) { return b.extract(x, lane); }
DOPPEL_EXTRACT(F32x4ExtractLane, F32, F32x4) { return b.extract(x, lane); }
DOPPEL_EXTRACT(F64x2ExtractLane, F64, F64x2) { return b.extract(x, lane); }

}  // namespace doppel::bytecode
