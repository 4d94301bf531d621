// SPDX-License-Identifier: Apache-2.0
// Relaxed vector instructions (specification 4.3.6) as the deterministic profile has them: the same
// results on every host. Each is the instruction that it relaxes; products are rounded before they
// are added; the sums of relaxed dot products saturate.
#pragma once

#include "bytecode/isa/semantics/vector_float.h"
#include "bytecode/isa/semantics/vector_integer.h"
#include "bytecode/isa/semantics/vector_lanes.h"

namespace doppel::bytecode {

DOPPEL_SAME(I8x16RelaxedSwizzle, I8x16Swizzle);
DOPPEL_SAME(I32x4RelaxedTruncF32x4S, I32x4TruncSatF32x4S);
DOPPEL_SAME(I32x4RelaxedTruncF32x4U, I32x4TruncSatF32x4U);
DOPPEL_SAME(I32x4RelaxedTruncF64x2SZero, I32x4TruncSatF64x2SZero);
DOPPEL_SAME(I32x4RelaxedTruncF64x2UZero, I32x4TruncSatF64x2UZero);
DOPPEL_SAME(I8x16RelaxedLaneselect, V128Bitselect);
DOPPEL_SAME(I16x8RelaxedLaneselect, V128Bitselect);
DOPPEL_SAME(I32x4RelaxedLaneselect, V128Bitselect);
DOPPEL_SAME(I64x2RelaxedLaneselect, V128Bitselect);
DOPPEL_SAME(F32x4RelaxedMin, F32x4Min);
DOPPEL_SAME(F32x4RelaxedMax, F32x4Max);
DOPPEL_SAME(F64x2RelaxedMin, F64x2Min);
DOPPEL_SAME(F64x2RelaxedMax, F64x2Max);
DOPPEL_SAME(I16x8RelaxedQ15mulrS, I16x8Q15mulrSatS);

#define DOPPEL_GROUP(SHAPE)                                                            \
  DOPPEL_TERNARY(SHAPE##RelaxedMadd, SHAPE, SHAPE) { return b.fadd(b.fmul(x, y), z); } \
  DOPPEL_TERNARY(SHAPE##RelaxedNmadd, SHAPE, SHAPE) { return b.fadd(b.fmul(b.fneg(x), y), z); }
DOPPEL_FLOAT_SHAPES(DOPPEL_GROUP)
#undef DOPPEL_GROUP

DOPPEL_BINARY(I16x8RelaxedDotI8x16I7x16S, I16x8, I8x16) {
  using To = DOPPEL_SHAPE(I16x8);
  return b.add_sat_s(b.mul(b.template extend_even_s<To>(x), b.template extend_even_s<To>(y)),
                     b.mul(b.template extend_odd_s<To>(x), b.template extend_odd_s<To>(y)));
}
DOPPEL_TERNARY(I32x4RelaxedDotI8x16I7x16AddS, I32x4, I8x16) {
  using To = DOPPEL_SHAPE(I32x4);
  const auto sums = Meaning<Opcode::kI16x8RelaxedDotI8x16I7x16S>::apply(b, x, y);
  return b.add(Meaning<Opcode::kI32x4ExtaddPairwiseI16x8S>::apply(b, sums),
               b.template reshape<To>(z));
}

}  // namespace doppel::bytecode
