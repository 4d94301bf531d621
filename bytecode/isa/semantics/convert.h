// SPDX-License-Identifier: Apache-2.0
// Conversions between integers and floats (specification 4.3.4). Every bound given here is exact in
// the float type that it is compared with.
#pragma once

#include "bytecode/isa/semantics/meaning.h"

namespace doppel::bytecode {

namespace detail {

/// The open or half-open interval of floats whose truncation is representable.
/// `low_included`: the lower bound itself still truncates into range.
struct TruncRange {
  double low;
  bool low_included;
  double high;
};

template <class B, class Float>
[[gnu::always_inline]] inline typename B::Bool in_range(B& b, Float x, TruncRange range) {
  const Float low = b.template fimm<Float>(range.low);
  const Float high = b.template fimm<Float>(range.high);
  return b.both(range.low_included ? b.fge(x, low) : b.fgt(x, low), b.flt(x, high));
}

}  // namespace detail

DOPPEL_UNARY(I32TruncF32S, I32, F32) {
  DOPPEL_GUARD(b, b.feq(x, x), trap_code(TrapKind::kInvalidConversionToInteger));
  DOPPEL_GUARD(b, detail::in_range(b, x, {-0x1p31, true, 0x1p31}),
               trap_code(TrapKind::kIntegerOverflow));
  return b.template trunc_s<In<B, Rep::kI32>>(x);
}
DOPPEL_UNARY(I32TruncSatF32S, I32, F32) { return b.template trunc_sat_s<In<B, Rep::kI32>>(x); }
DOPPEL_UNARY(I32TruncF32U, I32, F32) {
  DOPPEL_GUARD(b, b.feq(x, x), trap_code(TrapKind::kInvalidConversionToInteger));
  DOPPEL_GUARD(b, detail::in_range(b, x, {-1.0, false, 0x1p32}),
               trap_code(TrapKind::kIntegerOverflow));
  return b.template trunc_u<In<B, Rep::kI32>>(x);
}
DOPPEL_UNARY(I32TruncSatF32U, I32, F32) { return b.template trunc_sat_u<In<B, Rep::kI32>>(x); }
DOPPEL_UNARY(I32TruncF64S, I32, F64) {
  DOPPEL_GUARD(b, b.feq(x, x), trap_code(TrapKind::kInvalidConversionToInteger));
  DOPPEL_GUARD(b, detail::in_range(b, x, {-2147483649.0, false, 0x1p31}),
               trap_code(TrapKind::kIntegerOverflow));
  return b.template trunc_s<In<B, Rep::kI32>>(x);
}
DOPPEL_UNARY(I32TruncSatF64S, I32, F64) { return b.template trunc_sat_s<In<B, Rep::kI32>>(x); }
DOPPEL_UNARY(I32TruncF64U, I32, F64) {
  DOPPEL_GUARD(b, b.feq(x, x), trap_code(TrapKind::kInvalidConversionToInteger));
  DOPPEL_GUARD(b, detail::in_range(b, x, {-1.0, false, 0x1p32}),
               trap_code(TrapKind::kIntegerOverflow));
  return b.template trunc_u<In<B, Rep::kI32>>(x);
}
DOPPEL_UNARY(I32TruncSatF64U, I32, F64) { return b.template trunc_sat_u<In<B, Rep::kI32>>(x); }
DOPPEL_UNARY(I64TruncF32S, I64, F32) {
  DOPPEL_GUARD(b, b.feq(x, x), trap_code(TrapKind::kInvalidConversionToInteger));
  DOPPEL_GUARD(b, detail::in_range(b, x, {-0x1p63, true, 0x1p63}),
               trap_code(TrapKind::kIntegerOverflow));
  return b.template trunc_s<In<B, Rep::kI64>>(x);
}
DOPPEL_UNARY(I64TruncSatF32S, I64, F32) { return b.template trunc_sat_s<In<B, Rep::kI64>>(x); }
DOPPEL_UNARY(I64TruncF32U, I64, F32) {
  DOPPEL_GUARD(b, b.feq(x, x), trap_code(TrapKind::kInvalidConversionToInteger));
  DOPPEL_GUARD(b, detail::in_range(b, x, {-1.0, false, 0x1p64}),
               trap_code(TrapKind::kIntegerOverflow));
  return b.template trunc_u<In<B, Rep::kI64>>(x);
}
DOPPEL_UNARY(I64TruncSatF32U, I64, F32) { return b.template trunc_sat_u<In<B, Rep::kI64>>(x); }
DOPPEL_UNARY(I64TruncF64S, I64, F64) {
  DOPPEL_GUARD(b, b.feq(x, x), trap_code(TrapKind::kInvalidConversionToInteger));
  DOPPEL_GUARD(b, detail::in_range(b, x, {-0x1p63, true, 0x1p63}),
               trap_code(TrapKind::kIntegerOverflow));
  return b.template trunc_s<In<B, Rep::kI64>>(x);
}
DOPPEL_UNARY(I64TruncSatF64S, I64, F64) { return b.template trunc_sat_s<In<B, Rep::kI64>>(x); }
DOPPEL_UNARY(I64TruncF64U, I64, F64) {
  DOPPEL_GUARD(b, b.feq(x, x), trap_code(TrapKind::kInvalidConversionToInteger));
  DOPPEL_GUARD(b, detail::in_range(b, x, {-1.0, false, 0x1p64}),
               trap_code(TrapKind::kIntegerOverflow));
  return b.template trunc_u<In<B, Rep::kI64>>(x);
}
DOPPEL_UNARY(I64TruncSatF64U, I64, F64) { return b.template trunc_sat_u<In<B, Rep::kI64>>(x); }

DOPPEL_UNARY(F32ConvertI32S, F32, I32) { return b.template convert_s<In<B, Rep::kF32>>(x); }
DOPPEL_UNARY(F32ConvertI32U, F32, I32) { return b.template convert_u<In<B, Rep::kF32>>(x); }
DOPPEL_UNARY(F32ConvertI64S, F32, I64) { return b.template convert_s<In<B, Rep::kF32>>(x); }
DOPPEL_UNARY(F32ConvertI64U, F32, I64) { return b.template convert_u<In<B, Rep::kF32>>(x); }
DOPPEL_UNARY(F64ConvertI32S, F64, I32) { return b.template convert_s<In<B, Rep::kF64>>(x); }
DOPPEL_UNARY(F64ConvertI32U, F64, I32) { return b.template convert_u<In<B, Rep::kF64>>(x); }
DOPPEL_UNARY(F64ConvertI64S, F64, I64) { return b.template convert_s<In<B, Rep::kF64>>(x); }
DOPPEL_UNARY(F64ConvertI64U, F64, I64) { return b.template convert_u<In<B, Rep::kF64>>(x); }
DOPPEL_UNARY(F64PromoteF32, F64, F32) { return b.promote(x); }
DOPPEL_UNARY(F32DemoteF64, F32, F64) { return b.demote(x); }
DOPPEL_UNARY(I32ReinterpretF32, I32, F32) { return b.bits(x); }
DOPPEL_UNARY(I64ReinterpretF64, I64, F64) { return b.bits(x); }
DOPPEL_UNARY(F32ReinterpretI32, F32, I32) { return b.reinterpret_float(x); }
DOPPEL_UNARY(F64ReinterpretI64, F64, I64) { return b.reinterpret_float(x); }

}  // namespace doppel::bytecode
