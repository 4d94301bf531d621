// SPDX-License-Identifier: Apache-2.0
// Integer computation: RV64I, M and Zicond (unprivileged specification 2, 4, 13), and the
// conditions of branches. Words of 32 bits are computed as such and sign-extended.
#pragma once

#include "sysvm/isa/semantics/meaning.h"

namespace doppel::sysvm {

// clang-format off
DOPPEL_RV2(Add, I64, I64, I64) { return b.add(x, y); }
DOPPEL_RV2(Sub, I64, I64, I64) { return b.sub(x, y); }
DOPPEL_RV2(Sll, I64, I64, I64) { return b.shl(x, y); }
DOPPEL_RV2(Srl, I64, I64, I64) { return b.shr_u(x, y); }
DOPPEL_RV2(Sra, I64, I64, I64) { return b.shr_s(x, y); }
DOPPEL_RV2(Slt, I64, I64, I64) { return b.from_bool(b.lt_s(x, y)); }
DOPPEL_RV2(Sltu, I64, I64, I64) { return b.from_bool(b.lt_u(x, y)); }
DOPPEL_RV2(Xor, I64, I64, I64) { return b.bxor(x, y); }
DOPPEL_RV2(Or, I64, I64, I64) { return b.bor(x, y); }
DOPPEL_RV2(And, I64, I64, I64) { return b.band(x, y); }
DOPPEL_RV_SAME(Addi, Add);
DOPPEL_RV_SAME(Slli, Sll);
DOPPEL_RV_SAME(Srli, Srl);
DOPPEL_RV_SAME(Srai, Sra);
DOPPEL_RV_SAME(Slti, Slt);
DOPPEL_RV_SAME(Sltiu, Sltu);
DOPPEL_RV_SAME(Xori, Xor);
DOPPEL_RV_SAME(Ori, Or);
DOPPEL_RV_SAME(Andi, And);

DOPPEL_RV2(Addw, I64, I64, I64) { return b.extend_s(b.add(b.wrap(x), b.wrap(y))); }
DOPPEL_RV2(Subw, I64, I64, I64) { return b.extend_s(b.sub(b.wrap(x), b.wrap(y))); }
DOPPEL_RV2(Sllw, I64, I64, I64) { return b.extend_s(b.shl(b.wrap(x), b.wrap(y))); }
DOPPEL_RV2(Srlw, I64, I64, I64) { return b.extend_s(b.shr_u(b.wrap(x), b.wrap(y))); }
DOPPEL_RV2(Sraw, I64, I64, I64) { return b.extend_s(b.shr_s(b.wrap(x), b.wrap(y))); }
DOPPEL_RV_SAME(Addiw, Addw);
DOPPEL_RV_SAME(Slliw, Sllw);
DOPPEL_RV_SAME(Srliw, Srlw);
DOPPEL_RV_SAME(Sraiw, Sraw);

DOPPEL_RV2(Beq, Bool, I64, I64) { return b.eq(x, y); }
DOPPEL_RV2(Bne, Bool, I64, I64) { return b.ne(x, y); }
DOPPEL_RV2(Blt, Bool, I64, I64) { return b.lt_s(x, y); }
DOPPEL_RV2(Bge, Bool, I64, I64) { return b.ge_s(x, y); }
DOPPEL_RV2(Bltu, Bool, I64, I64) { return b.lt_u(x, y); }
DOPPEL_RV2(Bgeu, Bool, I64, I64) { return b.ge_u(x, y); }

DOPPEL_RV2(Mul, I64, I64, I64) { return b.mul(x, y); }
DOPPEL_RV2(Mulh, I64, I64, I64) { return b.mul_high_ss(x, y); }
DOPPEL_RV2(Mulhsu, I64, I64, I64) { return b.mul_high_su(x, y); }
DOPPEL_RV2(Mulhu, I64, I64, I64) { return b.mul_high_uu(x, y); }
DOPPEL_RV2(Mulw, I64, I64, I64) { return b.extend_s(b.mul(b.wrap(x), b.wrap(y))); }
// clang-format on

namespace detail {

// Division by zero gives all ones and the dividend; an overflowing quotient wraps.
template <class B, class T>
[[gnu::always_inline]] inline T divide_signed(B& b, T x, T y) {
  if (b.is_true(b.eq(y, T{0}))) return static_cast<T>(-1);
  if (b.is_true(b.eq(y, static_cast<T>(-1)))) return b.sub(T{0}, x);
  return b.div_s(x, y);
}
template <class B, class T>
[[gnu::always_inline]] inline T remainder_signed(B& b, T x, T y) {
  return b.is_true(b.eq(y, T{0})) ? x : b.rem_s(x, y);
}
template <class B, class T>
[[gnu::always_inline]] inline T divide_unsigned(B& b, T x, T y) {
  return b.is_true(b.eq(y, T{0})) ? static_cast<T>(-1) : b.div_u(x, y);
}
template <class B, class T>
[[gnu::always_inline]] inline T remainder_unsigned(B& b, T x, T y) {
  return b.is_true(b.eq(y, T{0})) ? x : b.rem_u(x, y);
}

}  // namespace detail

// clang-format off
DOPPEL_RV2(Div, I64, I64, I64) { return detail::divide_signed(b, x, y); }
DOPPEL_RV2(Divu, I64, I64, I64) { return detail::divide_unsigned(b, x, y); }
DOPPEL_RV2(Rem, I64, I64, I64) { return detail::remainder_signed(b, x, y); }
DOPPEL_RV2(Remu, I64, I64, I64) { return detail::remainder_unsigned(b, x, y); }
DOPPEL_RV2(Divw, I64, I64, I64) { return b.extend_s(detail::divide_signed(b, b.wrap(x), b.wrap(y))); }
DOPPEL_RV2(Divuw, I64, I64, I64) { return b.extend_s(detail::divide_unsigned(b, b.wrap(x), b.wrap(y))); }
DOPPEL_RV2(Remw, I64, I64, I64) { return b.extend_s(detail::remainder_signed(b, b.wrap(x), b.wrap(y))); }
DOPPEL_RV2(Remuw, I64, I64, I64) { return b.extend_s(detail::remainder_unsigned(b, b.wrap(x), b.wrap(y))); }

DOPPEL_RV2(CzeroEqz, I64, I64, I64) { return b.select(b.eq(y, b.template imm<In<B, Rep::kI64>>(0)), y, x); }
DOPPEL_RV2(CzeroNez, I64, I64, I64) {
  const auto zero = b.template imm<In<B, Rep::kI64>>(0);
  return b.select(b.eq(y, zero), x, zero);
}
// clang-format on

}  // namespace doppel::sysvm
