// SPDX-License-Identifier: Apache-2.0
// Bodies of moves between slots, accumulators and immediates.
#pragma once

#include "bytecode/interp/handlers/operands.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

DOPPEL_INLINE Flow next(Registers& r, int cells = 1) {
  r.pc += cells;
  return Flow::kNext;
}

DOPPEL_INLINE Flow copy(Registers& r) {
  r.frame[r.pc->slots.dst] = r.frame[r.pc->slots.a];
  return next(r);
}
/// dst <- a, then b <- c.
DOPPEL_INLINE Flow copy_pair(Registers& r) {
  r.frame[r.pc->slots.dst] = r.frame[r.pc->slots.a];
  r.frame[r.pc->slots.b] = r.frame[r.pc->slots.c];
  return next(r);
}
/// slots.b slots from a on move down to dst.
DOPPEL_INLINE Flow move(Registers& r) {
  std::uint64_t* to = &r.frame[r.pc->slots.dst];
  const std::uint64_t* from = &r.frame[r.pc->slots.a];
  const std::uint32_t count = r.pc->slots.b;
  for (std::uint32_t i = 0; i < count; ++i) {
    to[i] = from[i];
    asm volatile("");  // a loop, not a library call: that would spill every register of the handler
  }
  return next(r);
}
DOPPEL_INLINE Flow acc_to_slot(Registers& r) {
  r.frame[r.pc->slots.dst] = r.acc;
  return next(r);
}
DOPPEL_INLINE Flow vec_to_slot(Registers& r) {
  r.frame[r.pc->slots.dst] = vec_bits(r);
  return next(r);
}
DOPPEL_INLINE Flow slot_to_acc(Registers& r) {
  r.acc = r.frame[r.pc->slots.a];
  return next(r);
}
DOPPEL_INLINE Flow slot_to_vec(Registers& r) {
  set_vec_bits(r, r.frame[r.pc->slots.a]);
  return next(r);
}
DOPPEL_INLINE std::uint64_t immediate(const Registers& r) {
  return static_cast<std::uint64_t>(std::int64_t{r.pc->imm.value});
}
DOPPEL_INLINE Flow imm_to_slot(Registers& r) {
  r.frame[r.pc->imm.dst] = immediate(r);
  return next(r);
}
DOPPEL_INLINE Flow wide_to_slot(Registers& r) {
  r.frame[r.pc->imm.dst] = r.pc[1].wide;
  return next(r, 2);
}
DOPPEL_INLINE Flow imm_to_acc(Registers& r) {
  r.acc = immediate(r);
  return next(r);
}
DOPPEL_INLINE Flow wide_to_acc(Registers& r) {
  r.acc = r.pc[1].wide;
  return next(r, 2);
}
DOPPEL_INLINE Flow wide_to_vec(Registers& r) {
  set_vec_bits(r, r.pc[1].wide);
  return next(r, 2);
}
/// Goes back to the caller; slots.dst is the place of the header, that is the number of parameter
/// slots.
DOPPEL_INLINE void leave_frame(Registers& r) {
  const std::uint64_t* header = &r.frame[r.pc->slots.dst];
  r.pc = reinterpret_cast<const Cell*>(header[kHeaderReturnPc]);
  r.frame = reinterpret_cast<std::uint64_t*>(header[kHeaderCallerFrame]);
}

}  // namespace
}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
