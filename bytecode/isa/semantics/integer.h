// SPDX-License-Identifier: Apache-2.0
// Integer instructions (specification 4.3.2).
#pragma once

#include "bytecode/isa/semantics/meaning.h"

namespace doppel::bytecode {

DOPPEL_UNARY(I32Eqz, Bool, I32) { return b.eq(x, b.template imm<In<B, Rep::kI32>>(0)); }
DOPPEL_BINARY(I32Eq, Bool, I32) { return b.eq(x, y); }
DOPPEL_BINARY(I32Ne, Bool, I32) { return b.ne(x, y); }
DOPPEL_BINARY(I32LtS, Bool, I32) { return b.lt_s(x, y); }
DOPPEL_BINARY(I32LtU, Bool, I32) { return b.lt_u(x, y); }
DOPPEL_BINARY(I32GtS, Bool, I32) { return b.gt_s(x, y); }
DOPPEL_BINARY(I32GtU, Bool, I32) { return b.gt_u(x, y); }
DOPPEL_BINARY(I32LeS, Bool, I32) { return b.le_s(x, y); }
DOPPEL_BINARY(I32LeU, Bool, I32) { return b.le_u(x, y); }
DOPPEL_BINARY(I32GeS, Bool, I32) { return b.ge_s(x, y); }
DOPPEL_BINARY(I32GeU, Bool, I32) { return b.ge_u(x, y); }

DOPPEL_UNARY(I32Clz, I32, I32) { return b.clz(x); }
DOPPEL_UNARY(I32Ctz, I32, I32) { return b.ctz(x); }
DOPPEL_UNARY(I32Popcnt, I32, I32) { return b.popcnt(x); }
DOPPEL_BINARY(I32Add, I32, I32) { return b.add(x, y); }
DOPPEL_BINARY(I32Sub, I32, I32) { return b.sub(x, y); }
DOPPEL_BINARY(I32Mul, I32, I32) { return b.mul(x, y); }
DOPPEL_BINARY(I32DivS, I32, I32) {
  using Int = In<B, Rep::kI32>;
  DOPPEL_GUARD(b, b.ne(y, b.template imm<Int>(0)), trap_code(TrapKind::kIntegerDivideByZero));
  DOPPEL_GUARD(
      b,
      b.either(b.ne(x, b.template imm<Int>(0x80000000)), b.ne(y, b.template imm<Int>(0xffffffff))),
      trap_code(TrapKind::kIntegerOverflow));
  return b.div_s(x, y);
}
DOPPEL_BINARY(I32DivU, I32, I32) {
  DOPPEL_GUARD(b, b.ne(y, b.template imm<In<B, Rep::kI32>>(0)),
               trap_code(TrapKind::kIntegerDivideByZero));
  return b.div_u(x, y);
}
DOPPEL_BINARY(I32RemS, I32, I32) {
  DOPPEL_GUARD(b, b.ne(y, b.template imm<In<B, Rep::kI32>>(0)),
               trap_code(TrapKind::kIntegerDivideByZero));
  return b.rem_s(x, y);
}
DOPPEL_BINARY(I32RemU, I32, I32) {
  DOPPEL_GUARD(b, b.ne(y, b.template imm<In<B, Rep::kI32>>(0)),
               trap_code(TrapKind::kIntegerDivideByZero));
  return b.rem_u(x, y);
}
DOPPEL_BINARY(I32And, I32, I32) { return b.band(x, y); }
DOPPEL_BINARY(I32Or, I32, I32) { return b.bor(x, y); }
DOPPEL_BINARY(I32Xor, I32, I32) { return b.bxor(x, y); }
DOPPEL_BINARY(I32Shl, I32, I32) { return b.shl(x, y); }
DOPPEL_BINARY(I32ShrS, I32, I32) { return b.shr_s(x, y); }
DOPPEL_BINARY(I32ShrU, I32, I32) { return b.shr_u(x, y); }
DOPPEL_BINARY(I32Rotl, I32, I32) { return b.rotl(x, y); }
DOPPEL_BINARY(I32Rotr, I32, I32) { return b.rotr(x, y); }
DOPPEL_UNARY(I32Extend8S, I32, I32) { return b.template sign_extend<std::int8_t>(x); }
DOPPEL_UNARY(I32Extend16S, I32, I32) { return b.template sign_extend<std::int16_t>(x); }

DOPPEL_UNARY(I64Eqz, Bool, I64) { return b.eq(x, b.template imm<In<B, Rep::kI64>>(0)); }
DOPPEL_BINARY(I64Eq, Bool, I64) { return b.eq(x, y); }
DOPPEL_BINARY(I64Ne, Bool, I64) { return b.ne(x, y); }
DOPPEL_BINARY(I64LtS, Bool, I64) { return b.lt_s(x, y); }
DOPPEL_BINARY(I64LtU, Bool, I64) { return b.lt_u(x, y); }
DOPPEL_BINARY(I64GtS, Bool, I64) { return b.gt_s(x, y); }
DOPPEL_BINARY(I64GtU, Bool, I64) { return b.gt_u(x, y); }
DOPPEL_BINARY(I64LeS, Bool, I64) { return b.le_s(x, y); }
DOPPEL_BINARY(I64LeU, Bool, I64) { return b.le_u(x, y); }
DOPPEL_BINARY(I64GeS, Bool, I64) { return b.ge_s(x, y); }
DOPPEL_BINARY(I64GeU, Bool, I64) { return b.ge_u(x, y); }

DOPPEL_UNARY(I64Clz, I64, I64) { return b.clz(x); }
DOPPEL_UNARY(I64Ctz, I64, I64) { return b.ctz(x); }
DOPPEL_UNARY(I64Popcnt, I64, I64) { return b.popcnt(x); }
DOPPEL_BINARY(I64Add, I64, I64) { return b.add(x, y); }
DOPPEL_BINARY(I64Sub, I64, I64) { return b.sub(x, y); }
DOPPEL_BINARY(I64Mul, I64, I64) { return b.mul(x, y); }
DOPPEL_BINARY(I64DivS, I64, I64) {
  using Int = In<B, Rep::kI64>;
  DOPPEL_GUARD(b, b.ne(y, b.template imm<Int>(0)), trap_code(TrapKind::kIntegerDivideByZero));
  DOPPEL_GUARD(b,
               b.either(b.ne(x, b.template imm<Int>(0x8000000000000000)),
                        b.ne(y, b.template imm<Int>(0xffffffffffffffff))),
               trap_code(TrapKind::kIntegerOverflow));
  return b.div_s(x, y);
}
DOPPEL_BINARY(I64DivU, I64, I64) {
  DOPPEL_GUARD(b, b.ne(y, b.template imm<In<B, Rep::kI64>>(0)),
               trap_code(TrapKind::kIntegerDivideByZero));
  return b.div_u(x, y);
}
DOPPEL_BINARY(I64RemS, I64, I64) {
  DOPPEL_GUARD(b, b.ne(y, b.template imm<In<B, Rep::kI64>>(0)),
               trap_code(TrapKind::kIntegerDivideByZero));
  return b.rem_s(x, y);
}
DOPPEL_BINARY(I64RemU, I64, I64) {
  DOPPEL_GUARD(b, b.ne(y, b.template imm<In<B, Rep::kI64>>(0)),
               trap_code(TrapKind::kIntegerDivideByZero));
  return b.rem_u(x, y);
}
DOPPEL_BINARY(I64And, I64, I64) { return b.band(x, y); }
DOPPEL_BINARY(I64Or, I64, I64) { return b.bor(x, y); }
DOPPEL_BINARY(I64Xor, I64, I64) { return b.bxor(x, y); }
DOPPEL_BINARY(I64Shl, I64, I64) { return b.shl(x, y); }
DOPPEL_BINARY(I64ShrS, I64, I64) { return b.shr_s(x, y); }
DOPPEL_BINARY(I64ShrU, I64, I64) { return b.shr_u(x, y); }
DOPPEL_BINARY(I64Rotl, I64, I64) { return b.rotl(x, y); }
DOPPEL_BINARY(I64Rotr, I64, I64) { return b.rotr(x, y); }
DOPPEL_UNARY(I64Extend8S, I64, I64) { return b.template sign_extend<std::int8_t>(x); }
DOPPEL_UNARY(I64Extend16S, I64, I64) { return b.template sign_extend<std::int16_t>(x); }
DOPPEL_UNARY(I64Extend32S, I64, I64) { return b.template sign_extend<std::int32_t>(x); }

DOPPEL_UNARY(I32WrapI64, I32, I64) { return b.wrap(x); }
DOPPEL_UNARY(I64ExtendI32S, I64, I32) { return b.extend_s(x); }
DOPPEL_UNARY(I64ExtendI32U, I64, I32) { return b.extend_u(x); }

}  // namespace doppel::bytecode
