// SPDX-License-Identifier: Apache-2.0
// Handlers of wide arithmetic: operands in consecutive slots from call.frame on, which the two
// halves of the result replace.
#include "bytecode/isa/semantics/wide.h"

#include "bytecode/interp/handlers/operands.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

template <Opcode opcode>
concept Wide = requires { Meaning<opcode>::kWideOperands; };

template <Opcode opcode>
DOPPEL_INLINE Flow wide(Registers& r) {
  std::uint64_t* slots = &r.frame[r.pc->call.frame];
  std::uint64_t operands[Meaning<opcode>::kWideOperands];
  for (int i = 0; i < Meaning<opcode>::kWideOperands; ++i) operands[i] = slots[i];
  EvalBuilder b;
  const WidePair<EvalBuilder> result = Meaning<opcode>::apply(b, operands);
  slots[0] = result.low;
  slots[1] = result.high;
  ++r.pc;
  return Flow::kNext;
}

}  // namespace

void fill_wide(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (Wide<opcode>) {
      table.on_slots[static_cast<std::size_t>(opcode)] = kHandler<wide<opcode>>;
    }
  });
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
