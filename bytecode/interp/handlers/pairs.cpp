// SPDX-License-Identifier: Apache-2.0
// Handlers that do the work of two cells. Both cells stay as they are, so that a branch may lead to
// the second: only the first one's handler is exchanged. Which pairs are worth a handler was
// counted over integer and float kernels, sqlite, bzip2 and zstd (pairs.inc); each saves a
// dispatch.
#include "bytecode/interp/handlers/access.h"
#include "bytecode/interp/handlers/branch.h"
#include "bytecode/interp/handlers/moves.h"
#include "bytecode/isa/semantics/convert.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

/// One half of a pair: a body, and the handler that does it alone.
template <Opcode opcode, Form form, Dest dest>
struct Operation {
  DOPPEL_INLINE static Flow body(Registers& r) {
    if constexpr (!Access<opcode>) {
      return numeric<opcode, form, dest>(r);
    } else if constexpr (Meaning<opcode>::kArity == 1) {
      return load<opcode, form, dest>(r);
    } else {
      return store<opcode, form>(r);
    }
  }
  static Handler handler(const HandlerTable& table) { return table.operation(opcode, form, dest); }
};

template <Opcode opcode, Form form, Sense sense>
struct Branch {
  DOPPEL_INLINE static Flow body(Registers& r) { return branch<opcode, form, sense>(r); }
  static Handler handler(const HandlerTable& table) { return table.branch(opcode, form, sense); }
};

template <Special special>
struct Move {
  DOPPEL_INLINE static Flow body(Registers& r) {
    if constexpr (special == Special::kCopy) return copy(r);
    if constexpr (special == Special::kCopyPair) return copy_pair(r);
    if constexpr (special == Special::kAccToSlot) return acc_to_slot(r);
    if constexpr (special == Special::kVecToSlot) return vec_to_slot(r);
    if constexpr (special == Special::kImmToSlot) return imm_to_slot(r);
    if constexpr (special == Special::kBranch) return always<false>(r);
    if constexpr (special == Special::kBranchBackward) return always<true>(r);
  }
  static Handler handler(const HandlerTable& table) { return table.special(special); }
};

template <class First, class Second>
DOPPEL_INLINE Flow both(Registers& r) {
  const Cell* const second = r.pc + 1;
  if (First::body(r) == Flow::kExit) return Flow::kExit;
  if (r.pc != second) return Flow::kNext;  // a branch was taken
  return Second::body(r);
}

template <class First, class Second>
void add(HandlerTable& table) {
  table.add_pair(First::handler(table), Second::handler(table), kHandler<both<First, Second>>);
}

}  // namespace

void fill_pairs(HandlerTable& table) {
#define OPERATION(opcode, form, dest) Operation<Opcode::opcode, Form::form, Dest::dest>
#define BRANCH(opcode, form, sense) Branch<Opcode::opcode, Form::form, Sense::sense>
#define MOVE(special) Move<Special::special>
#define PAIR(...) add<__VA_ARGS__>(table);
#include "bytecode/interp/handlers/pairs.inc"
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
