// SPDX-License-Identifier: Apache-2.0
// How the definitions of vector instructions are written, where meaning.h does not say it yet: with
// three operands, with a scalar and a vector, with a lane number. The shapes of operands and
// results are Reps.
#pragma once

#include "bytecode/isa/semantics/meaning.h"

/// Applies GROUP, a macro of definitions, to shapes.
#define DOPPEL_INTEGER_SHAPES(GROUP) GROUP(I8x16) GROUP(I16x8) GROUP(I32x4) GROUP(I64x2)
#define DOPPEL_FLOAT_SHAPES(GROUP) GROUP(F32x4) GROUP(F64x2)

/// A shape as a template argument of a word.
#define DOPPEL_SHAPE(SHAPE) In<B, Rep::k##SHAPE>

/// An instruction of three operands of one shape, `x`, `y` and `z` from the bottom of the stack.
#define DOPPEL_TERNARY(OPCODE, RESULT, OPERAND)                                                    \
  template <>                                                                                      \
  struct Meaning<Opcode::k##OPCODE> {                                                              \
    static constexpr int kArity = 3;                                                               \
    static constexpr Rep kResult = Rep::k##RESULT;                                                 \
    static constexpr Rep kOperand = Rep::k##OPERAND;                                               \
    template <class B>                                                                             \
    [[gnu::always_inline]] static In<B, kResult> apply(B& b, In<B, kOperand> x, In<B, kOperand> y, \
                                                       In<B, kOperand> z);                         \
  };                                                                                               \
  template <class B>                                                                               \
  inline In<B, Rep::k##RESULT> Meaning<Opcode::k##OPCODE>::apply(                                  \
      [[maybe_unused]] B& b, In<B, Rep::k##OPERAND> x, In<B, Rep::k##OPERAND> y,                   \
      In<B, Rep::k##OPERAND> z)

/// A shift of all lanes of `x` by the scalar `n`.
#define DOPPEL_SHIFT(OPCODE, SHAPE)                                                               \
  template <>                                                                                     \
  struct Meaning<Opcode::k##OPCODE> {                                                             \
    static constexpr int kArity = 2;                                                              \
    static constexpr Rep kResult = Rep::k##SHAPE;                                                 \
    static constexpr Rep kOperand = Rep::k##SHAPE;                                                \
    static constexpr Rep kCount = Rep::kI32;                                                      \
    template <class B>                                                                            \
    [[gnu::always_inline]] static In<B, kResult> apply(B& b, In<B, kOperand> x, In<B, kCount> n); \
  };                                                                                              \
  template <class B>                                                                              \
  inline In<B, Rep::k##SHAPE> Meaning<Opcode::k##OPCODE>::apply(                                  \
      [[maybe_unused]] B& b, In<B, Rep::k##SHAPE> x, In<B, Rep::kI32> n)

/// A scalar from lane number `lane` of `x`.
#define DOPPEL_EXTRACT(OPCODE, RESULT, SHAPE)                                                     \
  template <>                                                                                     \
  struct Meaning<Opcode::k##OPCODE> {                                                             \
    static constexpr int kArity = 1;                                                              \
    static constexpr Rep kResult = Rep::k##RESULT;                                                \
    static constexpr Rep kLanesOf = Rep::k##SHAPE;                                                \
    template <class B>                                                                            \
    [[gnu::always_inline]] static In<B, kResult> extract(B& b, In<B, kLanesOf> x, unsigned lane); \
  };                                                                                              \
  template <class B>                                                                              \
  inline In<B, Rep::k##RESULT> Meaning<Opcode::k##OPCODE>::extract(                               \
      [[maybe_unused]] B& b, In<B, Rep::k##SHAPE> x, unsigned lane)

/// `x` with the scalar `value` in lane number `lane`.
#define DOPPEL_REPLACE(OPCODE, SHAPE, SCALAR)                                                   \
  template <>                                                                                   \
  struct Meaning<Opcode::k##OPCODE> {                                                           \
    static constexpr int kArity = 2;                                                            \
    static constexpr Rep kResult = Rep::k##SHAPE;                                               \
    static constexpr Rep kLanesOf = Rep::k##SHAPE;                                              \
    static constexpr Rep kScalar = Rep::k##SCALAR;                                              \
    template <class B>                                                                          \
    [[gnu::always_inline]] static In<B, kResult> replace(B& b, In<B, kLanesOf> x,               \
                                                         In<B, kScalar> value, unsigned lane) { \
      return b.replace(x, lane, value);                                                         \
    }                                                                                           \
  }

/// An instruction that is defined as another one.
#define DOPPEL_SAME(OPCODE, OTHER) \
  template <>                      \
  struct Meaning<Opcode::k##OPCODE> : Meaning<Opcode::k##OTHER> {}
