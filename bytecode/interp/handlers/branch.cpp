// SPDX-License-Identifier: Apache-2.0
// Handlers of branches: a comparison followed by its branch is one cell.
#include "bytecode/interp/handlers/branch.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

template <Opcode opcode, Form... forms>
void add_branches(HandlerTable& table) {
  auto& row = table.branches[static_cast<std::size_t>(opcode)];
  ((row[static_cast<std::size_t>(forms)] =
        {kHandler<branch<opcode, forms, Sense::kIfTrue>>,
         kHandler<branch<opcode, forms, Sense::kIfFalse>>,
         kHandler<branch<opcode, forms, Sense::kIfTrueBackward>>,
         kHandler<branch<opcode, forms, Sense::kIfFalseBackward>>}),
   ...);
}

/// imm.value is the index of the last target; the targets' cells follow.
template <bool from_slot>
DOPPEL_INLINE Flow branch_table(Registers& r) {
  const auto index = static_cast<std::uint32_t>(from_slot ? r.frame[r.pc->imm.a] : r.acc);
  const auto last = static_cast<std::uint32_t>(r.pc->imm.value);
  r.pc += 1 + (index < last ? index : last);
  return jump<true>(r, r.pc->branch.target);
}

}  // namespace

void fill_branches(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (Numeric<opcode>) {
      if constexpr (Meaning<opcode>::kResult == Rep::kBool) {
        if constexpr (Unary<opcode>) {
          add_branches<opcode, Form::kSS, Form::kAS>(table);
        } else if constexpr (is_float(Meaning<opcode>::kOperand)) {
          add_branches<opcode, Form::kSS, Form::kSA, Form::kAS>(table);
        } else {
          add_branches<opcode, Form::kSS, Form::kSA, Form::kAS, Form::kSI, Form::kAI>(table);
        }
      }
    }
  });
  const auto set = [&](Special special, Handler handler) {
    table.specials[static_cast<std::size_t>(special)] = handler;
  };
  set(Special::kBranch, kHandler<always<false>>);
  set(Special::kBranchBackward, kHandler<always<true>>);
  set(Special::kBranchTableSlot, kHandler<branch_table<true>>);
  set(Special::kBranchTableAcc, kHandler<branch_table<false>>);
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
