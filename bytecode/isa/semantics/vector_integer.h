// SPDX-License-Identifier: Apache-2.0
// Vector instructions on integer lanes (specification 4.3.5).
#pragma once

#include "bytecode/isa/semantics/vector.h"

namespace doppel::bytecode {

// All shapes.
#define DOPPEL_GROUP(SHAPE)                                             \
  DOPPEL_UNARY(SHAPE##Abs, SHAPE, SHAPE) { return b.abs(x); }           \
  DOPPEL_UNARY(SHAPE##Neg, SHAPE, SHAPE) { return b.neg(x); }           \
  DOPPEL_UNARY(SHAPE##AllTrue, Bool, SHAPE) { return b.all_true(x); }   \
  DOPPEL_UNARY(SHAPE##Bitmask, I32, SHAPE) { return b.bitmask(x); }     \
  DOPPEL_BINARY(SHAPE##Add, SHAPE, SHAPE) { return b.add(x, y); }       \
  DOPPEL_BINARY(SHAPE##Sub, SHAPE, SHAPE) { return b.sub(x, y); }       \
  DOPPEL_BINARY(SHAPE##Eq, SHAPE, SHAPE) { return b.mask_eq(x, y); }    \
  DOPPEL_BINARY(SHAPE##Ne, SHAPE, SHAPE) { return b.mask_ne(x, y); }    \
  DOPPEL_BINARY(SHAPE##LtS, SHAPE, SHAPE) { return b.mask_lt_s(x, y); } \
  DOPPEL_BINARY(SHAPE##GtS, SHAPE, SHAPE) { return b.mask_lt_s(y, x); } \
  DOPPEL_BINARY(SHAPE##LeS, SHAPE, SHAPE) { return b.mask_le_s(x, y); } \
  DOPPEL_BINARY(SHAPE##GeS, SHAPE, SHAPE) { return b.mask_le_s(y, x); } \
  DOPPEL_SHIFT(SHAPE##Shl, SHAPE) { return b.shl(x, n); }               \
  DOPPEL_SHIFT(SHAPE##ShrS, SHAPE) { return b.shr_s(x, n); }            \
  DOPPEL_SHIFT(SHAPE##ShrU, SHAPE) { return b.shr_u(x, n); }
DOPPEL_INTEGER_SHAPES(DOPPEL_GROUP)
#undef DOPPEL_GROUP

// All but the widest lanes.
#define DOPPEL_GROUP(SHAPE)                                             \
  DOPPEL_BINARY(SHAPE##LtU, SHAPE, SHAPE) { return b.mask_lt_u(x, y); } \
  DOPPEL_BINARY(SHAPE##GtU, SHAPE, SHAPE) { return b.mask_lt_u(y, x); } \
  DOPPEL_BINARY(SHAPE##LeU, SHAPE, SHAPE) { return b.mask_le_u(x, y); } \
  DOPPEL_BINARY(SHAPE##GeU, SHAPE, SHAPE) { return b.mask_le_u(y, x); } \
  DOPPEL_BINARY(SHAPE##MinS, SHAPE, SHAPE) { return b.min_s(x, y); }    \
  DOPPEL_BINARY(SHAPE##MinU, SHAPE, SHAPE) { return b.min_u(x, y); }    \
  DOPPEL_BINARY(SHAPE##MaxS, SHAPE, SHAPE) { return b.max_s(x, y); }    \
  DOPPEL_BINARY(SHAPE##MaxU, SHAPE, SHAPE) { return b.max_u(x, y); }
DOPPEL_GROUP(I8x16)
DOPPEL_GROUP(I16x8)
DOPPEL_GROUP(I32x4)
#undef DOPPEL_GROUP

// Narrow lanes.
#define DOPPEL_GROUP(SHAPE)                                                 \
  DOPPEL_BINARY(SHAPE##AddSatS, SHAPE, SHAPE) { return b.add_sat_s(x, y); } \
  DOPPEL_BINARY(SHAPE##AddSatU, SHAPE, SHAPE) { return b.add_sat_u(x, y); } \
  DOPPEL_BINARY(SHAPE##SubSatS, SHAPE, SHAPE) { return b.sub_sat_s(x, y); } \
  DOPPEL_BINARY(SHAPE##SubSatU, SHAPE, SHAPE) { return b.sub_sat_u(x, y); } \
  DOPPEL_BINARY(SHAPE##AvgrU, SHAPE, SHAPE) { return b.avgr_u(x, y); }
DOPPEL_GROUP(I8x16)
DOPPEL_GROUP(I16x8)
#undef DOPPEL_GROUP

DOPPEL_UNARY(I8x16Popcnt, I8x16, I8x16) { return b.popcnt(x); }
DOPPEL_BINARY(I16x8Mul, I16x8, I16x8) { return b.mul(x, y); }
DOPPEL_BINARY(I32x4Mul, I32x4, I32x4) { return b.mul(x, y); }
DOPPEL_BINARY(I64x2Mul, I64x2, I64x2) { return b.mul(x, y); }
DOPPEL_BINARY(I16x8Q15mulrSatS, I16x8, I16x8) { return b.q15mulr_sat_s(x, y); }

DOPPEL_BINARY(I8x16NarrowI16x8S, I8x16, I16x8) {
  return b.template narrow_s<DOPPEL_SHAPE(I8x16)>(x, y);
}
DOPPEL_BINARY(I8x16NarrowI16x8U, I8x16, I16x8) {
  return b.template narrow_u<DOPPEL_SHAPE(I8x16)>(x, y);
}
DOPPEL_BINARY(I16x8NarrowI32x4S, I16x8, I32x4) {
  return b.template narrow_s<DOPPEL_SHAPE(I16x8)>(x, y);
}
DOPPEL_BINARY(I16x8NarrowI32x4U, I16x8, I32x4) {
  return b.template narrow_u<DOPPEL_SHAPE(I16x8)>(x, y);
}

// To lanes of double the width.
#define DOPPEL_GROUP(TO, FROM)                                   \
  DOPPEL_UNARY(TO##ExtendLow##FROM##S, TO, FROM) {               \
    return b.template extend_low_s<DOPPEL_SHAPE(TO)>(x);         \
  }                                                              \
  DOPPEL_UNARY(TO##ExtendHigh##FROM##S, TO, FROM) {              \
    return b.template extend_high_s<DOPPEL_SHAPE(TO)>(x);        \
  }                                                              \
  DOPPEL_UNARY(TO##ExtendLow##FROM##U, TO, FROM) {               \
    return b.template extend_low_u<DOPPEL_SHAPE(TO)>(x);         \
  }                                                              \
  DOPPEL_UNARY(TO##ExtendHigh##FROM##U, TO, FROM) {              \
    return b.template extend_high_u<DOPPEL_SHAPE(TO)>(x);        \
  }                                                              \
  DOPPEL_BINARY(TO##ExtmulLow##FROM##S, TO, FROM) {              \
    return b.mul(b.template extend_low_s<DOPPEL_SHAPE(TO)>(x),   \
                 b.template extend_low_s<DOPPEL_SHAPE(TO)>(y));  \
  }                                                              \
  DOPPEL_BINARY(TO##ExtmulHigh##FROM##S, TO, FROM) {             \
    return b.mul(b.template extend_high_s<DOPPEL_SHAPE(TO)>(x),  \
                 b.template extend_high_s<DOPPEL_SHAPE(TO)>(y)); \
  }                                                              \
  DOPPEL_BINARY(TO##ExtmulLow##FROM##U, TO, FROM) {              \
    return b.mul(b.template extend_low_u<DOPPEL_SHAPE(TO)>(x),   \
                 b.template extend_low_u<DOPPEL_SHAPE(TO)>(y));  \
  }                                                              \
  DOPPEL_BINARY(TO##ExtmulHigh##FROM##U, TO, FROM) {             \
    return b.mul(b.template extend_high_u<DOPPEL_SHAPE(TO)>(x),  \
                 b.template extend_high_u<DOPPEL_SHAPE(TO)>(y)); \
  }
DOPPEL_GROUP(I16x8, I8x16)
DOPPEL_GROUP(I32x4, I16x8)
DOPPEL_GROUP(I64x2, I32x4)
#undef DOPPEL_GROUP

#define DOPPEL_GROUP(TO, FROM)                                  \
  DOPPEL_UNARY(TO##ExtaddPairwise##FROM##S, TO, FROM) {         \
    return b.add(b.template extend_even_s<DOPPEL_SHAPE(TO)>(x), \
                 b.template extend_odd_s<DOPPEL_SHAPE(TO)>(x)); \
  }                                                             \
  DOPPEL_UNARY(TO##ExtaddPairwise##FROM##U, TO, FROM) {         \
    return b.add(b.template extend_even_u<DOPPEL_SHAPE(TO)>(x), \
                 b.template extend_odd_u<DOPPEL_SHAPE(TO)>(x)); \
  }
DOPPEL_GROUP(I16x8, I8x16)
DOPPEL_GROUP(I32x4, I16x8)
#undef DOPPEL_GROUP

DOPPEL_BINARY(I32x4DotI16x8S, I32x4, I16x8) {
  using To = DOPPEL_SHAPE(I32x4);
  return b.add(b.mul(b.template extend_even_s<To>(x), b.template extend_even_s<To>(y)),
               b.mul(b.template extend_odd_s<To>(x), b.template extend_odd_s<To>(y)));
}

}  // namespace doppel::bytecode
