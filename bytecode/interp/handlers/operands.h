// SPDX-License-Identifier: Apache-2.0
// How handlers read operands and write results, by Form and Dest. Handler files are compiled once
// for each processor level, so everything here is internal to the file that includes it.
#pragma once

#include <utility>

#include "bytecode/interp/handler_table.h"
#include "bytecode/interp/machine.h"
#include "bytecode/interp/slow.h"
#include "bytecode/isa/semantics/meaning.h"

/// Asks for a conditional move where the compiler can be asked.
#if defined(__clang__)
#define DOPPEL_UNPREDICTABLE(condition) __builtin_unpredictable(condition)
#else
#define DOPPEL_UNPREDICTABLE(condition) (condition)
#endif

/// The namespace of one level's handlers.
#define DOPPEL_CONCAT_(a, b) a##b
#define DOPPEL_CONCAT(a, b) DOPPEL_CONCAT_(a, b)
#define DOPPEL_LEVEL DOPPEL_CONCAT(level_, DOPPEL_HANDLER_LEVEL)

namespace doppel::bytecode::interp::DOPPEL_LEVEL {

void fill_integer(HandlerTable& table);
void fill_float(HandlerTable& table);
void fill_branches(HandlerTable& table);
void fill_memory(HandlerTable& table);
void fill_vector_integer(HandlerTable& table);
void fill_vector_float(HandlerTable& table);
void fill_vector_lanes(HandlerTable& table);
void fill_vector_relaxed(HandlerTable& table);
void fill_vector_memory(HandlerTable& table);
void fill_vector_moves(HandlerTable& table);
void fill_general_accesses(HandlerTable& table);
void fill_wide(HandlerTable& table);
void fill_atomics(HandlerTable& table);
void fill_exceptions(HandlerTable& table);
void fill_control(HandlerTable& table);
void fill_objects(HandlerTable& table);
/// After all others.
void fill_sequences(HandlerTable& table);
void fill_sequences_vector(HandlerTable& table);

namespace {

using ops::EvalBuilder;

/// The handler made of a body, and of one for the slow way.
template <auto body, auto slow = nullptr>
inline constexpr Handler kHandler = &threaded::Wrap<Machine, body, slow>::handler;

template <Rep rep>
using Host = In<EvalBuilder, rep>;

DOPPEL_INLINE Place place(const Registers& r) { return {r.pc, r.frame, r.context}; }

DOPPEL_INLINE Flow trap(const Registers& r, TrapKind kind) {
  slow::trap(*r.thread, kind, place(r));
  return Flow::kExit;
}

DOPPEL_INLINE EvalBuilder evaluator(const Registers& r) {
  EvalBuilder b;
  b.place = {r.pc, r.frame, r.context};
  return b;
}

typedef float FloatVector __attribute__((vector_size(16)));

template <Rep rep>
DOPPEL_INLINE Host<rep> from_slot(const std::uint64_t* slot) {
  if constexpr (is_float(rep) || is_vector(rep)) {
    Host<rep> value;
    __builtin_memcpy(&value, slot, sizeof(value));
    return value;
  } else {
    return static_cast<Host<rep>>(*slot);
  }
}

template <Rep rep>
DOPPEL_INLINE Host<rep> from_accumulator(const Registers& r) {
  if constexpr (is_vector(rep)) {
    return reinterpret_cast<Host<rep>>(r.vec);
  } else if constexpr (rep == Rep::kF64) {
    return r.vec[0];
  } else if constexpr (rep == Rep::kF32) {
    return reinterpret_cast<FloatVector>(r.vec)[0];
  } else {
    return static_cast<Host<rep>>(r.acc);
  }
}

/// An immediate: 32 bits in the cell (integers sign-extended); a double's 64 in the next cell.
template <Rep rep>
DOPPEL_INLINE Host<rep> from_immediate(const Registers& r) {
  if constexpr (rep == Rep::kF64) {
    return from_slot<rep>(&r.pc[1].wide);
  } else if constexpr (rep == Rep::kF32) {
    return __builtin_bit_cast(float, r.pc->imm.value);
  } else {
    return static_cast<Host<rep>>(static_cast<std::int64_t>(r.pc->imm.value));
  }
}

/// Sets an accumulator. The lanes that a float does not use are left undefined where the compiler
/// can.
DOPPEL_INLINE void set_vec(Registers& r, double value) {
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wuninitialized"
  threaded::Vector vector;
  vector[0] = value;
#pragma clang diagnostic pop
#else
  const threaded::Vector vector = {value, 0.0};
#endif
  r.vec = vector;
}
DOPPEL_INLINE void set_vec(Registers& r, float value) {
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wuninitialized"
  FloatVector vector;
  vector[0] = value;
#pragma clang diagnostic pop
#else
  const FloatVector vector = {value, 0.0F, 0.0F, 0.0F};
#endif
  r.vec = reinterpret_cast<threaded::Vector>(vector);
}
/// Sets the vector accumulator from a slot's 64 bits, whatever float they are.
DOPPEL_INLINE void set_vec_bits(Registers& r, std::uint64_t bits) {
  set_vec(r, __builtin_bit_cast(double, bits));
}
DOPPEL_INLINE std::uint64_t vec_bits(const Registers& r) {
  return __builtin_bit_cast(std::uint64_t, double{r.vec[0]});
}

/// Writes a result to its accumulator, and to the slot `slot` if the Dest says so.
template <Rep rep, Dest dest>
DOPPEL_INLINE void put(Registers& r, Host<rep> value, std::uint16_t slot) {
  if constexpr (is_vector(rep)) {
    r.vec = reinterpret_cast<threaded::Vector>(value);
    if constexpr (dest == Dest::kSlot) __builtin_memcpy(&r.frame[slot], &r.vec, sizeof(r.vec));
  } else if constexpr (is_float(rep)) {
    set_vec(r, value);
    if constexpr (dest == Dest::kSlot) {
      const double low = r.vec[0];
      __builtin_memcpy(&r.frame[slot], &low, sizeof(low));
    }
  } else {
    r.acc = static_cast<std::uint64_t>(value);
    if constexpr (dest == Dest::kSlot) r.frame[slot] = r.acc;
  }
}

/// Calls `visit.template operator()<opcode>()` for every row of the opcode table.
template <class Visit>
DOPPEL_INLINE void for_each_opcode(Visit visit) {
  [&]<std::size_t... rows>(std::index_sequence<rows...>) {
    // An array, since a fold over so many rows nests too deeply for the compiler.
    [[maybe_unused]] const int done[] = {
      (visit.template operator()<static_cast<Opcode>(rows)>(), 0)...
    };
  }(std::make_index_sequence<kOpcodeCount>());
}

}  // namespace
}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
