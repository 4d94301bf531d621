// SPDX-License-Identifier: Apache-2.0
// How an instruction's one definition is written: a Meaning names the kinds of its operands and its
// result, and its `apply` computes in words of the vocabulary (core/ops/builder.h). Operands come
// in the order rs1, rs2 (or the immediate), rs3.
#pragma once

#include <type_traits>

#include "core/ops/builder.h"
#include "sysvm/isa/instruction.h"

namespace doppel::sysvm {

/// Kinds of values: a condition, an x register or immediate, the 32 bits at its low end, floats.
enum class Rep : std::uint8_t { kBool, kI64, kF32, kF64 };

namespace detail {
template <class B, Rep rep>
struct RepOf;
template <class B>
struct RepOf<B, Rep::kBool> {
  using Type = typename B::Bool;
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
}  // namespace detail

/// A Rep's type in a builder.
template <class B, Rep rep>
using In = typename detail::RepOf<B, rep>::Type;

/// The one definition of an instruction; specialized for each that computes a value or a condition.
template <Opcode opcode>
struct Meaning;

}  // namespace doppel::sysvm

/// An instruction of one operand `x`.
#define DOPPEL_RV1(OPCODE, RESULT, X)                                                   \
  template <>                                                                           \
  struct Meaning<Opcode::k##OPCODE> {                                                   \
    static constexpr int kArity = 1;                                                    \
    static constexpr Rep kResult = Rep::k##RESULT, kX = Rep::k##X;                      \
    template <class B>                                                                  \
    [[gnu::always_inline]] static In<B, kResult> apply(B& b, In<B, kX> x);              \
  };                                                                                    \
  template <class B>                                                                    \
  inline In<B, Rep::k##RESULT> Meaning<Opcode::k##OPCODE>::apply([[maybe_unused]] B& b, \
                                                                 In<B, Rep::k##X> x)

/// An instruction of two operands.
#define DOPPEL_RV2(OPCODE, RESULT, X, Y)                                                \
  template <>                                                                           \
  struct Meaning<Opcode::k##OPCODE> {                                                   \
    static constexpr int kArity = 2;                                                    \
    static constexpr Rep kResult = Rep::k##RESULT, kX = Rep::k##X, kY = Rep::k##Y;      \
    template <class B>                                                                  \
    [[gnu::always_inline]] static In<B, kResult> apply(B& b, In<B, kX> x, In<B, kY> y); \
  };                                                                                    \
  template <class B>                                                                    \
  inline In<B, Rep::k##RESULT> Meaning<Opcode::k##OPCODE>::apply(                       \
      [[maybe_unused]] B& b, In<B, Rep::k##X> x, In<B, Rep::k##Y> y)

/// An instruction of three operands of one kind, which is its result's too.
#define DOPPEL_RV3(OPCODE, KIND)                                                       \
  template <>                                                                          \
  struct Meaning<Opcode::k##OPCODE> {                                                  \
    static constexpr int kArity = 3;                                                   \
    static constexpr Rep kResult = Rep::k##KIND, kX = Rep::k##KIND, kY = Rep::k##KIND, \
                         kZ = Rep::k##KIND;                                            \
    template <class B>                                                                 \
    [[gnu::always_inline]] static In<B, kResult> apply(B& b, In<B, kX> x, In<B, kY> y, \
                                                       In<B, kZ> z);                   \
  };                                                                                   \
  template <class B>                                                                   \
  inline In<B, Rep::k##KIND> Meaning<Opcode::k##OPCODE>::apply(                        \
      [[maybe_unused]] B& b, In<B, Rep::k##KIND> x, In<B, Rep::k##KIND> y, In<B, Rep::k##KIND> z)

/// An instruction that does the same as another one, on an immediate.
#define DOPPEL_RV_SAME(OPCODE, AS) \
  template <>                      \
  struct Meaning<Opcode::k##OPCODE> : Meaning<Opcode::k##AS> {}
