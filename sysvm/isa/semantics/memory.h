// SPDX-License-Identifier: Apache-2.0
// Loads, stores and atomic operations (unprivileged specification 2.6, 14): the C++ type of the
// access gives width and signedness; atomics tell what becomes of the value in memory.
#pragma once

#include <cstdint>

#include "sysvm/isa/semantics/meaning.h"

namespace doppel::sysvm {

/// Where the register that is loaded or stored lies.
enum class Bank : std::uint8_t { kInteger, kFloat };

/// The one definition of an access.
template <Opcode opcode>
struct AccessMeaning;

#define DOPPEL_RV_ACCESS(OPCODE, ACCESS, BANK)   \
  template <>                                    \
  struct AccessMeaning<Opcode::k##OPCODE> {      \
    using Type = ACCESS;                         \
    static constexpr Bank kBank = Bank::k##BANK; \
  }

DOPPEL_RV_ACCESS(Lb, std::int8_t, Integer);
DOPPEL_RV_ACCESS(Lh, std::int16_t, Integer);
DOPPEL_RV_ACCESS(Lw, std::int32_t, Integer);
DOPPEL_RV_ACCESS(Ld, std::int64_t, Integer);
DOPPEL_RV_ACCESS(Lbu, std::uint8_t, Integer);
DOPPEL_RV_ACCESS(Lhu, std::uint16_t, Integer);
DOPPEL_RV_ACCESS(Lwu, std::uint32_t, Integer);
DOPPEL_RV_ACCESS(Flw, std::uint32_t, Float);
DOPPEL_RV_ACCESS(Fld, std::uint64_t, Float);
DOPPEL_RV_ACCESS(Sb, std::uint8_t, Integer);
DOPPEL_RV_ACCESS(Sh, std::uint16_t, Integer);
DOPPEL_RV_ACCESS(Sw, std::uint32_t, Integer);
DOPPEL_RV_ACCESS(Sd, std::uint64_t, Integer);
DOPPEL_RV_ACCESS(Fsw, std::uint32_t, Float);
DOPPEL_RV_ACCESS(Fsd, std::uint64_t, Float);
#undef DOPPEL_RV_ACCESS

/// The one definition of an atomic operation: the word of the builder that performs it.
template <Opcode opcode>
struct AtomicMeaning;

#define DOPPEL_RV_ATOMIC(OPCODE, ACCESS, WORD)                                             \
  template <>                                                                              \
  struct AtomicMeaning<Opcode::k##OPCODE> {                                                \
    using Type = ACCESS;                                                                   \
    template <class B>                                                                     \
    [[gnu::always_inline]] static Type apply(B& b, typename B::Address at, Type operand) { \
      return b.template WORD<Type>(at, operand);                                           \
    }                                                                                      \
  }
#define DOPPEL_RV_ATOMICS(NAME, WORD)            \
  DOPPEL_RV_ATOMIC(NAME##W, std::int32_t, WORD); \
  DOPPEL_RV_ATOMIC(NAME##D, std::int64_t, WORD)

DOPPEL_RV_ATOMICS(Amoswap, atomic_exchange);
DOPPEL_RV_ATOMICS(Amoadd, atomic_add);
DOPPEL_RV_ATOMICS(Amoxor, atomic_xor);
DOPPEL_RV_ATOMICS(Amoand, atomic_and);
DOPPEL_RV_ATOMICS(Amoor, atomic_or);
DOPPEL_RV_ATOMICS(Amomin, atomic_min);
DOPPEL_RV_ATOMICS(Amomax, atomic_max);
DOPPEL_RV_ATOMIC(AmominuW, std::uint32_t, atomic_min);
DOPPEL_RV_ATOMIC(AmominuD, std::uint64_t, atomic_min);
DOPPEL_RV_ATOMIC(AmomaxuW, std::uint32_t, atomic_max);
DOPPEL_RV_ATOMIC(AmomaxuD, std::uint64_t, atomic_max);
#undef DOPPEL_RV_ATOMICS
#undef DOPPEL_RV_ATOMIC

}  // namespace doppel::sysvm
