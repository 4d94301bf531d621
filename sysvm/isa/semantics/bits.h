// SPDX-License-Identifier: Apache-2.0
// Bit manipulation: Zba, Zbb, Zbc, Zbs (unprivileged specification 28).
#pragma once

#include "sysvm/isa/semantics/meaning.h"

namespace doppel::sysvm {

// clang-format off
DOPPEL_RV2(AddUw, I64, I64, I64) { return b.add(b.extend_u(b.wrap(x)), y); }
DOPPEL_RV2(SlliUw, I64, I64, I64) { return b.shl(b.extend_u(b.wrap(x)), y); }
DOPPEL_RV2(Sh1add, I64, I64, I64) { return b.add(b.shl(x, In<B, Rep::kI64>(1)), y); }
DOPPEL_RV2(Sh2add, I64, I64, I64) { return b.add(b.shl(x, In<B, Rep::kI64>(2)), y); }
DOPPEL_RV2(Sh3add, I64, I64, I64) { return b.add(b.shl(x, In<B, Rep::kI64>(3)), y); }
DOPPEL_RV2(Sh1addUw, I64, I64, I64) { return b.add(b.shl(b.extend_u(b.wrap(x)), In<B, Rep::kI64>(1)), y); }
DOPPEL_RV2(Sh2addUw, I64, I64, I64) { return b.add(b.shl(b.extend_u(b.wrap(x)), In<B, Rep::kI64>(2)), y); }
DOPPEL_RV2(Sh3addUw, I64, I64, I64) { return b.add(b.shl(b.extend_u(b.wrap(x)), In<B, Rep::kI64>(3)), y); }

DOPPEL_RV2(Xnor, I64, I64, I64) { return b.bxor(b.bxor(x, y), In<B, Rep::kI64>(-1)); }
DOPPEL_RV2(Orn, I64, I64, I64) { return b.bor(x, b.bxor(y, In<B, Rep::kI64>(-1))); }
DOPPEL_RV2(Andn, I64, I64, I64) { return b.band(x, b.bxor(y, In<B, Rep::kI64>(-1))); }
DOPPEL_RV1(Clz, I64, I64) { return b.clz(x); }
DOPPEL_RV1(Ctz, I64, I64) { return b.ctz(x); }
DOPPEL_RV1(Cpop, I64, I64) { return b.popcnt(x); }
DOPPEL_RV1(Clzw, I64, I64) { return b.extend_u(b.clz(b.wrap(x))); }
DOPPEL_RV1(Ctzw, I64, I64) { return b.extend_u(b.ctz(b.wrap(x))); }
DOPPEL_RV1(Cpopw, I64, I64) { return b.extend_u(b.popcnt(b.wrap(x))); }
DOPPEL_RV1(SextB, I64, I64) { return b.template sign_extend<std::int8_t>(x); }
DOPPEL_RV1(SextH, I64, I64) { return b.template sign_extend<std::int16_t>(x); }
DOPPEL_RV1(ZextH, I64, I64) { return b.band(x, In<B, Rep::kI64>(0xffff)); }
DOPPEL_RV1(OrcB, I64, I64) { return b.or_combine_bytes(x); }
DOPPEL_RV1(Rev8, I64, I64) { return b.reverse_bytes(x); }
DOPPEL_RV2(Min, I64, I64, I64) { return b.select(b.lt_s(x, y), x, y); }
DOPPEL_RV2(Minu, I64, I64, I64) { return b.select(b.lt_u(x, y), x, y); }
DOPPEL_RV2(Max, I64, I64, I64) { return b.select(b.lt_s(x, y), y, x); }
DOPPEL_RV2(Maxu, I64, I64, I64) { return b.select(b.lt_u(x, y), y, x); }
DOPPEL_RV2(Rol, I64, I64, I64) { return b.rotl(x, y); }
DOPPEL_RV2(Ror, I64, I64, I64) { return b.rotr(x, y); }
DOPPEL_RV2(Rolw, I64, I64, I64) { return b.extend_s(b.rotl(b.wrap(x), b.wrap(y))); }
DOPPEL_RV2(Rorw, I64, I64, I64) { return b.extend_s(b.rotr(b.wrap(x), b.wrap(y))); }
DOPPEL_RV_SAME(Rori, Ror);
DOPPEL_RV_SAME(Roriw, Rorw);

DOPPEL_RV2(Clmul, I64, I64, I64) { return b.carryless_mul_low(x, y); }
DOPPEL_RV2(Clmulh, I64, I64, I64) { return b.carryless_mul_high(x, y); }
DOPPEL_RV2(Clmulr, I64, I64, I64) {
  // Bits 126:63 of the product.
  return b.bor(b.shl(b.carryless_mul_high(x, y), In<B, Rep::kI64>(1)),
               b.shr_u(b.carryless_mul_low(x, y), In<B, Rep::kI64>(63)));
}

DOPPEL_RV2(Bset, I64, I64, I64) { return b.bor(x, b.shl(In<B, Rep::kI64>(1), y)); }
DOPPEL_RV2(Bclr, I64, I64, I64) { return b.band(x, b.bxor(b.shl(In<B, Rep::kI64>(1), y), In<B, Rep::kI64>(-1))); }
DOPPEL_RV2(Binv, I64, I64, I64) { return b.bxor(x, b.shl(In<B, Rep::kI64>(1), y)); }
DOPPEL_RV2(Bext, I64, I64, I64) { return b.band(b.shr_u(x, y), In<B, Rep::kI64>(1)); }
DOPPEL_RV_SAME(Bseti, Bset);
DOPPEL_RV_SAME(Bclri, Bclr);
DOPPEL_RV_SAME(Binvi, Binv);
DOPPEL_RV_SAME(Bexti, Bext);
// clang-format on

}  // namespace doppel::sysvm
