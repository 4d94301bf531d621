// SPDX-License-Identifier: Apache-2.0
// Atomic accesses (proposal threads): sequentially consistent, naturally aligned. Narrow ones work
// on the low bits of their operands and extend the old value with zeros.
#pragma once

#include <cstdint>

#include "bytecode/isa/semantics/meaning.h"

/// An atomic access of an ACCESS in memory, with operands and result of the integer type TYPE. It
/// has OPERANDS operands besides the address (`x` below `y`; those that it has not are zero), and
/// answers a value if RESULTS is 1.
#define DOPPEL_ATOMIC(OPCODE, TYPE, ACCESS, OPERANDS, RESULTS, EXPRESSION)              \
  template <>                                                                           \
  struct Meaning<Opcode::k##OPCODE> {                                                   \
    static constexpr int kAtomicOperands = OPERANDS;                                    \
    static constexpr int kAtomicResults = RESULTS;                                      \
    static constexpr Rep kType = Rep::k##TYPE;                                          \
    using AtomicAccess = ACCESS;                                                        \
    template <class B>                                                                  \
    [[gnu::always_inline]] static In<B, kType> apply(B& b, typename B::Address address, \
                                                     [[maybe_unused]] In<B, kType> x,   \
                                                     [[maybe_unused]] In<B, kType> y) { \
      return EXPRESSION;                                                                \
    }                                                                                   \
  }

/// The seven widths of a read-modify-write instruction.
#define DOPPEL_ATOMIC_RMW(NAME, OPERANDS, ...)                                          \
  DOPPEL_ATOMIC(I32AtomicRmw##NAME, I32, std::uint32_t, OPERANDS, 1, __VA_ARGS__);      \
  DOPPEL_ATOMIC(I64AtomicRmw##NAME, I64, std::uint64_t, OPERANDS, 1, __VA_ARGS__);      \
  DOPPEL_ATOMIC(I32AtomicRmw8##NAME##U, I32, std::uint8_t, OPERANDS, 1, __VA_ARGS__);   \
  DOPPEL_ATOMIC(I32AtomicRmw16##NAME##U, I32, std::uint16_t, OPERANDS, 1, __VA_ARGS__); \
  DOPPEL_ATOMIC(I64AtomicRmw8##NAME##U, I64, std::uint8_t, OPERANDS, 1, __VA_ARGS__);   \
  DOPPEL_ATOMIC(I64AtomicRmw16##NAME##U, I64, std::uint16_t, OPERANDS, 1, __VA_ARGS__); \
  DOPPEL_ATOMIC(I64AtomicRmw32##NAME##U, I64, std::uint32_t, OPERANDS, 1, __VA_ARGS__)

#define DOPPEL_ATOMIC_LOAD(OPCODE, TYPE, ACCESS) \
  DOPPEL_ATOMIC(OPCODE, TYPE, ACCESS, 0, 1,      \
                (b.template atomic_load<AtomicAccess, In<B, kType>>(address)))
#define DOPPEL_ATOMIC_STORE(OPCODE, TYPE, ACCESS) \
  DOPPEL_ATOMIC(OPCODE, TYPE, ACCESS, 1, 0, (b.template atomic_store<AtomicAccess>(address, x), x))

namespace doppel::bytecode {

DOPPEL_ATOMIC_LOAD(I32AtomicLoad, I32, std::uint32_t);
DOPPEL_ATOMIC_LOAD(I64AtomicLoad, I64, std::uint64_t);
DOPPEL_ATOMIC_LOAD(I32AtomicLoad8U, I32, std::uint8_t);
DOPPEL_ATOMIC_LOAD(I32AtomicLoad16U, I32, std::uint16_t);
DOPPEL_ATOMIC_LOAD(I64AtomicLoad8U, I64, std::uint8_t);
DOPPEL_ATOMIC_LOAD(I64AtomicLoad16U, I64, std::uint16_t);
DOPPEL_ATOMIC_LOAD(I64AtomicLoad32U, I64, std::uint32_t);

DOPPEL_ATOMIC_STORE(I32AtomicStore, I32, std::uint32_t);
DOPPEL_ATOMIC_STORE(I64AtomicStore, I64, std::uint64_t);
DOPPEL_ATOMIC_STORE(I32AtomicStore8, I32, std::uint8_t);
DOPPEL_ATOMIC_STORE(I32AtomicStore16, I32, std::uint16_t);
DOPPEL_ATOMIC_STORE(I64AtomicStore8, I64, std::uint8_t);
DOPPEL_ATOMIC_STORE(I64AtomicStore16, I64, std::uint16_t);
DOPPEL_ATOMIC_STORE(I64AtomicStore32, I64, std::uint32_t);

DOPPEL_ATOMIC_RMW(Add, 1, b.template atomic_add<AtomicAccess>(address, x));
DOPPEL_ATOMIC_RMW(Sub, 1, b.template atomic_sub<AtomicAccess>(address, x));
DOPPEL_ATOMIC_RMW(And, 1, b.template atomic_and<AtomicAccess>(address, x));
DOPPEL_ATOMIC_RMW(Or, 1, b.template atomic_or<AtomicAccess>(address, x));
DOPPEL_ATOMIC_RMW(Xor, 1, b.template atomic_xor<AtomicAccess>(address, x));
DOPPEL_ATOMIC_RMW(Xchg, 1, b.template atomic_exchange<AtomicAccess>(address, x));
DOPPEL_ATOMIC_RMW(Cmpxchg, 2, b.template atomic_compare_exchange<AtomicAccess>(address, x, y));

}  // namespace doppel::bytecode
