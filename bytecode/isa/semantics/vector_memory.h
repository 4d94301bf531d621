// SPDX-License-Identifier: Apache-2.0
// Loads and stores of vectors and of their lanes (specification 4.6.12).
#pragma once

#include <cstdint>

#include "bytecode/isa/semantics/memory.h"
#include "bytecode/isa/semantics/vector.h"
#include "core/ops/vector.h"

/// A load of an `ACCESS` that becomes a vector in a way of its own.
#define DOPPEL_VECTOR_LOAD(OPCODE, RESULT, ACCESS)                                        \
  template <>                                                                             \
  struct Meaning<Opcode::k##OPCODE> {                                                     \
    static constexpr int kArity = 1;                                                      \
    static constexpr Rep kResult = Rep::k##RESULT;                                        \
    using Access = ACCESS;                                                                \
    template <class B>                                                                    \
    [[gnu::always_inline]] static In<B, kResult> load(B& b, typename B::Address address); \
  };                                                                                      \
  template <class B>                                                                      \
  inline In<B, Rep::k##RESULT> Meaning<Opcode::k##OPCODE>::load(B& b, typename B::Address address)

/// A load into, and a store of, lane number `lane` of `x`, as a SCALAR.
#define DOPPEL_LANE_ACCESSES(WIDTH, SHAPE, ACCESS, SCALAR)                                        \
  template <>                                                                                     \
  struct Meaning<Opcode::kV128Load##WIDTH##Lane> {                                                \
    static constexpr int kArity = 2;                                                              \
    static constexpr Rep kResult = Rep::k##SHAPE;                                                 \
    static constexpr bool kLoadsLane = true;                                                      \
    using Lane = ACCESS;                                                                          \
    template <class B>                                                                            \
    [[gnu::always_inline]] static In<B, kResult> load(B& b, typename B::Address address,          \
                                                      In<B, kResult> x, unsigned lane) {          \
      return b.replace(x, lane, b.template load<Lane, In<B, Rep::k##SCALAR>>(address));           \
    }                                                                                             \
  };                                                                                              \
  template <>                                                                                     \
  struct Meaning<Opcode::kV128Store##WIDTH##Lane> {                                               \
    static constexpr int kArity = 2;                                                              \
    static constexpr Rep kResult = Rep::k##SHAPE;                                                 \
    static constexpr bool kLoadsLane = false;                                                     \
    using Lane = ACCESS;                                                                          \
    template <class B>                                                                            \
    [[gnu::always_inline]] static void store(B& b, typename B::Address address, In<B, kResult> x, \
                                             unsigned lane) {                                     \
      b.template store<Lane>(address, b.extract(x, lane));                                        \
    }                                                                                             \
  }

namespace doppel::bytecode {

DOPPEL_LOAD(V128Load, I64x2, ops::I64x2);
DOPPEL_STORE(V128Store, I64x2, ops::I64x2);

// Eight bytes whose lanes are extended.
#define DOPPEL_GROUP(LANES, TO, FROM)                                     \
  DOPPEL_VECTOR_LOAD(V128Load##LANES##S, TO, std::uint64_t) {             \
    const auto bytes = b.template load_low<DOPPEL_SHAPE(I64x2)>(address); \
    return b.template extend_low_s<DOPPEL_SHAPE(TO)>(                     \
        b.template reshape<DOPPEL_SHAPE(FROM)>(bytes));                   \
  }                                                                       \
  DOPPEL_VECTOR_LOAD(V128Load##LANES##U, TO, std::uint64_t) {             \
    const auto bytes = b.template load_low<DOPPEL_SHAPE(I64x2)>(address); \
    return b.template extend_low_u<DOPPEL_SHAPE(TO)>(                     \
        b.template reshape<DOPPEL_SHAPE(FROM)>(bytes));                   \
  }
DOPPEL_GROUP(8x8, I16x8, I8x16)
DOPPEL_GROUP(16x4, I32x4, I16x8)
DOPPEL_GROUP(32x2, I64x2, I32x4)
#undef DOPPEL_GROUP

#define DOPPEL_GROUP(WIDTH, SHAPE, ACCESS, SCALAR)                \
  DOPPEL_VECTOR_LOAD(V128Load##WIDTH##Splat, SHAPE, ACCESS) {     \
    return b.template splat<DOPPEL_SHAPE(SHAPE)>(                 \
        b.template load<ACCESS, In<B, Rep::k##SCALAR>>(address)); \
  }
DOPPEL_GROUP(8, I8x16, std::uint8_t, I32)
DOPPEL_GROUP(16, I16x8, std::uint16_t, I32)
DOPPEL_GROUP(32, F32x4, float, F32)
DOPPEL_GROUP(64, F64x2, double, F64)
#undef DOPPEL_GROUP

DOPPEL_VECTOR_LOAD(V128Load32Zero, I32x4, std::uint32_t) {
  return b.template load_low<DOPPEL_SHAPE(I32x4)>(address);
}
DOPPEL_VECTOR_LOAD(V128Load64Zero, I64x2, std::uint64_t) {
  return b.template load_low<DOPPEL_SHAPE(I64x2)>(address);
}

DOPPEL_LANE_ACCESSES(8, I8x16, std::uint8_t, I32);
DOPPEL_LANE_ACCESSES(16, I16x8, std::uint16_t, I32);
DOPPEL_LANE_ACCESSES(32, I32x4, std::uint32_t, I32);
DOPPEL_LANE_ACCESSES(64, I64x2, std::uint64_t, I64);

/// Whether an instruction is a load (store) of a lane.
template <Opcode opcode>
concept LaneLoad = HasMeaning<opcode> && requires { requires Meaning<opcode>::kLoadsLane; };
template <Opcode opcode>
concept LaneStore = HasMeaning<opcode> && requires { requires !Meaning<opcode>::kLoadsLane; };

}  // namespace doppel::bytecode
