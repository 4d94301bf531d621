// SPDX-License-Identifier: Apache-2.0
// Wide arithmetic (proposal wide-arithmetic): 128-bit integers as two 64-bit halves, low half
// first.
#pragma once

#include "bytecode/isa/semantics/meaning.h"

namespace doppel::bytecode {

/// A 128-bit result.
template <class B>
struct WidePair {
  typename B::I64 low;
  typename B::I64 high;
};

}  // namespace doppel::bytecode

/// An instruction of OPERANDS 64-bit integers `x`, deepest first, whose result is a WidePair.
#define DOPPEL_WIDE(OPCODE, OPERANDS)                                                             \
  template <>                                                                                     \
  struct Meaning<Opcode::k##OPCODE> {                                                             \
    static constexpr int kWideOperands = OPERANDS;                                                \
    template <class B>                                                                            \
    [[gnu::always_inline]] static WidePair<B> apply(B& b, const In<B, Rep::kI64> (&x)[OPERANDS]); \
  };                                                                                              \
  template <class B>                                                                              \
  inline WidePair<B> Meaning<Opcode::k##OPCODE>::apply(B& b, const In<B, Rep::kI64>(&x)[OPERANDS])

namespace doppel::bytecode {

DOPPEL_WIDE(I64Add128, 4) {
  using Int = In<B, Rep::kI64>;
  const Int low = b.add(x[0], x[2]);
  const Int carry = b.select(b.lt_u(low, x[0]), b.template imm<Int>(1), b.template imm<Int>(0));
  return {low, b.add(b.add(x[1], x[3]), carry)};
}
DOPPEL_WIDE(I64Sub128, 4) {
  using Int = In<B, Rep::kI64>;
  const Int borrow = b.select(b.lt_u(x[0], x[2]), b.template imm<Int>(1), b.template imm<Int>(0));
  return {b.sub(x[0], x[2]), b.sub(b.sub(x[1], x[3]), borrow)};
}
DOPPEL_WIDE(I64MulWideS, 2) { return {b.mul(x[0], x[1]), b.mul_high_s(x[0], x[1])}; }
DOPPEL_WIDE(I64MulWideU, 2) { return {b.mul(x[0], x[1]), b.mul_high_u(x[0], x[1])}; }

}  // namespace doppel::bytecode
