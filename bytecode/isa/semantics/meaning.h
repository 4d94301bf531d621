// SPDX-License-Identifier: Apache-2.0
// How an instruction's one definition is written: a Meaning names the operand and result types in
// the builder's terms, and its `apply` computes the result in words of the vocabulary
// (core/ops/builder.h). Opcode::k… names the row of the opcode table that it defines.
#pragma once

#include "bytecode/isa/opcode.h"
#include "bytecode/isa/trap_kind.h"
#include "core/ops/builder.h"

namespace doppel::bytecode {

/// The builder types by name, for Meanings' signatures.
enum class Rep : std::uint8_t {
  kBool,
  kI32,
  kI64,
  kF32,
  kF64,
  // Shapes of vectors.
  kI8x16,
  kI16x8,
  kI32x4,
  kI64x2,
  kF32x4,
  kF64x2,
};

namespace detail {
template <class B, Rep rep>
struct RepOf;
template <class B>
struct RepOf<B, Rep::kBool> {
  using Type = typename B::Bool;
};
template <class B>
struct RepOf<B, Rep::kI32> {
  using Type = typename B::I32;
};
template <class B>
struct RepOf<B, Rep::kI64> {
  using Type = typename B::I64;
};
template <class B>
struct RepOf<B, Rep::kF32> {
  using Type = typename B::F32;
};
template <class B>
struct RepOf<B, Rep::kF64> {
  using Type = typename B::F64;
};
template <class B>
struct RepOf<B, Rep::kI8x16> {
  using Type = typename B::I8x16;
};
template <class B>
struct RepOf<B, Rep::kI16x8> {
  using Type = typename B::I16x8;
};
template <class B>
struct RepOf<B, Rep::kI32x4> {
  using Type = typename B::I32x4;
};
template <class B>
struct RepOf<B, Rep::kI64x2> {
  using Type = typename B::I64x2;
};
template <class B>
struct RepOf<B, Rep::kF32x4> {
  using Type = typename B::F32x4;
};
template <class B>
struct RepOf<B, Rep::kF64x2> {
  using Type = typename B::F64x2;
};
}  // namespace detail

/// A Rep's type in a builder.
template <class B, Rep rep>
using In = typename detail::RepOf<B, rep>::Type;

/// The one definition of an instruction; specialized below for each.
template <Opcode opcode>
struct Meaning;

/// Whether an instruction is defined by a Meaning (control, calls and references are not).
template <Opcode opcode>
concept HasMeaning = requires { Meaning<opcode>::kResult; };

constexpr bool is_float(Rep rep) { return rep == Rep::kF32 || rep == Rep::kF64; }
constexpr bool is_vector(Rep rep) { return rep >= Rep::kI8x16; }

}  // namespace doppel::bytecode

/// An instruction of one operand `x`.
#define DOPPEL_UNARY(OPCODE, RESULT, OPERAND)                                           \
  template <>                                                                           \
  struct Meaning<Opcode::k##OPCODE> {                                                   \
    static constexpr int kArity = 1;                                                    \
    static constexpr Rep kResult = Rep::k##RESULT;                                      \
    static constexpr Rep kOperand = Rep::k##OPERAND;                                    \
    template <class B>                                                                  \
    [[gnu::always_inline]] static In<B, kResult> apply(B& b, In<B, kOperand> x);        \
  };                                                                                    \
  template <class B>                                                                    \
  inline In<B, Rep::k##RESULT> Meaning<Opcode::k##OPCODE>::apply([[maybe_unused]] B& b, \
                                                                 In<B, Rep::k##OPERAND> x)

/// An instruction of two operands of one type, `x` below `y` on the stack.
#define DOPPEL_BINARY(OPCODE, RESULT, OPERAND)                                  \
  template <>                                                                   \
  struct Meaning<Opcode::k##OPCODE> {                                           \
    static constexpr int kArity = 2;                                            \
    static constexpr Rep kResult = Rep::k##RESULT;                              \
    static constexpr Rep kOperand = Rep::k##OPERAND;                            \
    template <class B>                                                          \
    [[gnu::always_inline]] static In<B, kResult> apply(B& b, In<B, kOperand> x, \
                                                       In<B, kOperand> y);      \
  };                                                                            \
  template <class B>                                                            \
  inline In<B, Rep::k##RESULT> Meaning<Opcode::k##OPCODE>::apply(               \
      [[maybe_unused]] B& b, In<B, Rep::k##OPERAND> x, In<B, Rep::k##OPERAND> y)

/// A load: an `ACCESS` (C++ integer or float type) from memory, extended to the result.
#define DOPPEL_LOAD(OPCODE, RESULT, ACCESS)                                                \
  template <>                                                                              \
  struct Meaning<Opcode::k##OPCODE> {                                                      \
    static constexpr int kArity = 1;                                                       \
    static constexpr Rep kResult = Rep::k##RESULT;                                         \
    using Access = ACCESS;                                                                 \
    template <class B>                                                                     \
    [[gnu::always_inline]] static In<B, kResult> load(B& b, typename B::Address address) { \
      return b.template load<Access, In<B, kResult>>(address);                             \
    }                                                                                      \
  }

/// A store of the low bits of the operand.
#define DOPPEL_STORE(OPCODE, OPERAND, ACCESS)                                   \
  template <>                                                                   \
  struct Meaning<Opcode::k##OPCODE> {                                           \
    static constexpr int kArity = 2;                                            \
    static constexpr Rep kResult = Rep::k##OPERAND;                             \
    static constexpr Rep kOperand = Rep::k##OPERAND;                            \
    using Access = ACCESS;                                                      \
    template <class B>                                                          \
    [[gnu::always_inline]] static void store(B& b, typename B::Address address, \
                                             In<B, kOperand> x) {               \
      b.template store<Access>(address, x);                                     \
    }                                                                           \
  }
