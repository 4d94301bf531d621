// SPDX-License-Identifier: Apache-2.0
// Bodies of integer computation, branches and direct jumps, made from their Meanings.
#pragma once

#include "sysvm/hart/handlers/steps.h"
#include "sysvm/isa/semantics/bits.h"
#include "sysvm/isa/semantics/integer.h"

namespace doppel::sysvm {
namespace {

constexpr bool has_immediate(Opcode opcode) {
  const Format format = info(opcode).format;
  return format == Format::kI || format == Format::kShift6 || format == Format::kShift5;
}

template <Opcode opcode>
concept Computes = requires { Meaning<opcode>::kArity; };

template <Opcode opcode>
DOPPEL_INLINE auto evaluate(const Registers& r) {
  using Definition = Meaning<opcode>;
  const CellOperands& op = r.pc->op;
  HartBuilder b;
  const std::uint64_t x = r.frame[op.rs1];
  if constexpr (Definition::kArity == 1) {
    return Definition::apply(b, x);
  } else if constexpr (has_immediate(opcode)) {
    return Definition::apply(b, x, static_cast<std::uint64_t>(std::int64_t{op.immediate}));
  } else {
    return Definition::apply(b, x, r.frame[op.rs2]);
  }
}

template <Opcode opcode>
DOPPEL_INLINE Flow compute(Registers& r) {
  r.frame[r.pc->op.rd] = evaluate<opcode>(r);
  return next(r);
}

template <Opcode opcode>
DOPPEL_INLINE Flow branch(Registers& r) {
  const Cell* const link = r.pc + 1;
  if (evaluate<opcode>(r)) {
    // A jump, not a selection: the host predicts where to go on, and need not wait for the
    // operands.
    asm volatile("");
    return enter_block(r, link->taken);
  }
  return enter_block(r, link->next);
}

DOPPEL_INLINE Flow lui(Registers& r) {
  r.frame[r.pc->op.rd] = static_cast<std::uint64_t>(std::int64_t{r.pc->op.immediate});
  return next(r);
}

/// The immediate has the instruction's own place in its low bits, the accumulator the page.
DOPPEL_INLINE Flow auipc(Registers& r) {
  r.frame[r.pc->op.rd] = r.acc + static_cast<std::uint64_t>(std::int64_t{r.pc->op.immediate});
  return next(r);
}

DOPPEL_INLINE Flow jal(Registers& r) {
  r.frame[r.pc->op.rd] = r.acc + static_cast<std::uint64_t>(std::int64_t{r.pc->op.immediate});
  return enter_block(r, r.pc[1].taken);
}

}  // namespace
}  // namespace doppel::sysvm
