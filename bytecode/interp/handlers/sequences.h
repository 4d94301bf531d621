// SPDX-License-Identifier: Apache-2.0
// Handlers that do the work of two to four consecutive cells. The cells stay as they are, so that a
// branch may lead to any of them: only the first one's handler is exchanged; each cell after the
// first saves a dispatch. The lists of sequences were counted over real programs.
#pragma once

#include "bytecode/interp/handlers/access.h"
#include "bytecode/interp/handlers/branch.h"
#include "bytecode/interp/handlers/moves.h"
#include "bytecode/interp/handlers/vector.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

/// One cell of a sequence: a body, and the handler that does it alone.
template <Opcode opcode, Form form, Dest dest>
struct Operation {
  DOPPEL_INLINE static Flow body(Registers& r) {
    if constexpr (!Access<opcode>) {
      return vector<opcode, form, dest>(r);
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

/// Does all parts in order, until one leaves the engine or takes a branch.
template <class First, class... Rest>
DOPPEL_INLINE Flow all(Registers& r) {
  if constexpr (sizeof...(Rest) == 0) {
    return First::body(r);
  } else {
    const Cell* const following = r.pc + 1;
    if (First::body(r) == Flow::kExit) return Flow::kExit;
    if (r.pc != following) return Flow::kNext;
    return all<Rest...>(r);
  }
}

/// Adds a sequence; the one without its last cell is there already.
template <class First, class... Rest>
void add(HandlerTable& table) {
  Handler before = First::handler(table);
  Handler last = nullptr;
  const Handler parts[] = {Rest::handler(table)...};
  for (const Handler part : parts) {
    if (last != nullptr) before = table.sequence(before, last);
    last = part;
  }
  table.add_sequence(before, last, kHandler<all<First, Rest...>>);
}

}  // namespace

#define OPERATION(opcode, form, dest) Operation<Opcode::opcode, Form::form, Dest::dest>
#define BRANCH(opcode, form, sense) Branch<Opcode::opcode, Form::form, Sense::sense>
#define MOVE(special) Move<Special::special>
#define SEQUENCE(...) add<__VA_ARGS__>(table);

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
