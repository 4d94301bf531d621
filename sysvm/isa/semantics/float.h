// SPDX-License-Identifier: Apache-2.0
// Floating point: F, D and Zfa (unprivileged specification 20, 21, 23). The builder's float words
// round in the mode and raise the flags that the instruction says, and answer a canonical NaN.
#pragma once

#include <cstdint>

#include "sysvm/isa/semantics/meaning.h"

namespace doppel::sysvm {

// clang-format off
#define DOPPEL_RV_FLOAT(F, KIND)                                                                   \
  DOPPEL_RV2(Fadd##F, KIND, KIND, KIND) { return b.fadd(x, y); }                                   \
  DOPPEL_RV2(Fsub##F, KIND, KIND, KIND) { return b.fsub(x, y); }                                   \
  DOPPEL_RV2(Fmul##F, KIND, KIND, KIND) { return b.fmul(x, y); }                                   \
  DOPPEL_RV2(Fdiv##F, KIND, KIND, KIND) { return b.fdiv(x, y); }                                   \
  DOPPEL_RV1(Fsqrt##F, KIND, KIND) { return b.fsqrt(x); }                                          \
  DOPPEL_RV3(Fmadd##F, KIND) { return b.fma(x, y, z); }                                            \
  DOPPEL_RV3(Fmsub##F, KIND) { return b.fma(x, y, b.fneg(z)); }                                    \
  DOPPEL_RV3(Fnmsub##F, KIND) { return b.fma(b.fneg(x), y, z); }                                   \
  DOPPEL_RV3(Fnmadd##F, KIND) { return b.fma(b.fneg(x), y, b.fneg(z)); }                           \
  DOPPEL_RV2(Fsgnj##F, KIND, KIND, KIND) { return b.fcopysign(x, y); }                             \
  DOPPEL_RV2(Fsgnjn##F, KIND, KIND, KIND) { return b.fcopysign(x, b.fneg(y)); }                    \
  DOPPEL_RV2(Fsgnjx##F, KIND, KIND, KIND) { return b.fxorsign(x, y); }                             \
  DOPPEL_RV2(Fmin##F, KIND, KIND, KIND) { return b.fmin_number(x, y); }                            \
  DOPPEL_RV2(Fmax##F, KIND, KIND, KIND) { return b.fmax_number(x, y); }                            \
  DOPPEL_RV2(Fminm##F, KIND, KIND, KIND) { return b.fmin_nan(x, y); }                              \
  DOPPEL_RV2(Fmaxm##F, KIND, KIND, KIND) { return b.fmax_nan(x, y); }                              \
  DOPPEL_RV2(Feq##F, I64, KIND, KIND) { return b.from_bool(b.feq(x, y)); }                         \
  DOPPEL_RV2(Flt##F, I64, KIND, KIND) { return b.from_bool(b.flt(x, y)); }                         \
  DOPPEL_RV2(Fle##F, I64, KIND, KIND) { return b.from_bool(b.fle(x, y)); }                         \
  DOPPEL_RV2(Fltq##F, I64, KIND, KIND) { return b.from_bool(b.flt_quiet(x, y)); }                  \
  DOPPEL_RV2(Fleq##F, I64, KIND, KIND) { return b.from_bool(b.fle_quiet(x, y)); }                  \
  DOPPEL_RV1(Fclass##F, I64, KIND) { return b.fclass(x); }                                         \
  DOPPEL_RV1(Fround##F, KIND, KIND) { return b.fround(x, false); }                                 \
  DOPPEL_RV1(Froundnx##F, KIND, KIND) { return b.fround(x, true); }                                \
  DOPPEL_RV1(FcvtW##F, I64, KIND) { return b.template to_integer<std::int32_t>(x); }               \
  DOPPEL_RV1(FcvtWu##F, I64, KIND) { return b.template to_integer<std::uint32_t>(x); }             \
  DOPPEL_RV1(FcvtL##F, I64, KIND) { return b.template to_integer<std::int64_t>(x); }               \
  DOPPEL_RV1(FcvtLu##F, I64, KIND) { return b.template to_integer<std::uint64_t>(x); }             \
  DOPPEL_RV1(Fcvt##F##W, KIND, I64) { return b.template from_integer<In<B, Rep::k##KIND>, std::int32_t>(x); } \
  DOPPEL_RV1(Fcvt##F##Wu, KIND, I64) { return b.template from_integer<In<B, Rep::k##KIND>, std::uint32_t>(x); } \
  DOPPEL_RV1(Fcvt##F##L, KIND, I64) { return b.template from_integer<In<B, Rep::k##KIND>, std::int64_t>(x); } \
  DOPPEL_RV1(Fcvt##F##Lu, KIND, I64) { return b.template from_integer<In<B, Rep::k##KIND>, std::uint64_t>(x); }

DOPPEL_RV_FLOAT(S, F32)
DOPPEL_RV_FLOAT(D, F64)
#undef DOPPEL_RV_FLOAT

DOPPEL_RV1(FcvtSD, F32, F64) { return b.narrow(x); }
DOPPEL_RV1(FcvtDS, F64, F32) { return b.widen(x); }
DOPPEL_RV1(FcvtmodWD, I64, F64) { return b.to_integer_modular(x); }

// Moves take the bits as they are, boxed or not.
DOPPEL_RV1(FmvXW, I64, I64) { return b.template sign_extend<std::int32_t>(x); }
DOPPEL_RV1(FmvXD, I64, I64) { return x; }
DOPPEL_RV1(FmvWX, F32, I64) { return b.reinterpret_float(b.wrap(x)); }
DOPPEL_RV1(FmvDX, I64, I64) { return x; }
// clang-format on

}  // namespace doppel::sysvm
