// SPDX-License-Identifier: Apache-2.0
// Handlers of loads and stores on all memories but a first one that is 32-bit with 64 KiB pages:
// the same Meanings behind a bounds check. A cell names the memory in access.offset and has all
// operands in slots; the next one holds the offset.
#include "bytecode/interp/handlers/general_access.h"

#include "bytecode/interp/handlers/access.h"
#include "bytecode/isa/semantics/vector_memory.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

template <class Access, class Index>
DOPPEL_INLINE std::byte* checked(const Registers& r) {
  return checked(r, static_cast<Index>(r.frame[r.pc->access.address]), sizeof(Access));
}

template <Opcode opcode, class Index, Dest dest>
DOPPEL_INLINE Flow general_load(Registers& r) {
  using Definition = Meaning<opcode>;
  std::byte* address = checked<typename Definition::Access, Index>(r);
  if (address == nullptr) [[unlikely]]
    return trap(r, TrapKind::kMemoryOutOfBounds);
  EvalBuilder b = evaluator(r);
  put<Definition::kResult, dest>(r, Definition::load(b, address), r.pc->slots.dst);
  r.pc += 2;
  return Flow::kNext;
}

template <Opcode opcode, class Index>
DOPPEL_INLINE Flow general_store(Registers& r) {
  using Definition = Meaning<opcode>;
  std::byte* address = checked<typename Definition::Access, Index>(r);
  if (address == nullptr) [[unlikely]]
    return trap(r, TrapKind::kMemoryOutOfBounds);
  EvalBuilder b = evaluator(r);
  Definition::store(b, address, from_slot<Definition::kOperand>(&r.frame[r.pc->access.data]));
  r.pc += 2;
  return Flow::kNext;
}

/// A third cell names the vector, in slots.a, and the lane, in slots.c.
template <Opcode opcode, class Index, Dest dest>
DOPPEL_INLINE Flow general_lane(Registers& r) {
  using Definition = Meaning<opcode>;
  std::byte* address = checked<typename Definition::Lane, Index>(r);
  if (address == nullptr) [[unlikely]]
    return trap(r, TrapKind::kMemoryOutOfBounds);
  const auto& more = r.pc[2].slots;
  const auto x = from_slot<Definition::kResult>(&r.frame[more.a]);
  EvalBuilder b = evaluator(r);
  if constexpr (LaneLoad<opcode>) {
    put<Definition::kResult, dest>(r, Definition::load(b, address, x, more.c), r.pc->slots.dst);
  } else {
    Definition::store(b, address, x, more.c);
  }
  r.pc += 3;
  return Flow::kNext;
}

template <Opcode opcode, class Index>
void add(HandlerTable& table) {
  auto& row = table.general_accesses[static_cast<std::size_t>(opcode)][sizeof(Index) == 8];
  if constexpr (LaneLoad<opcode> || LaneStore<opcode>) {
    row = {kHandler<general_lane<opcode, Index, Dest::kAcc>>,
           kHandler<general_lane<opcode, Index, Dest::kSlot>>};
  } else if constexpr (Meaning<opcode>::kArity == 1) {
    row = {kHandler<general_load<opcode, Index, Dest::kAcc>>,
           kHandler<general_load<opcode, Index, Dest::kSlot>>};
  } else {
    row[0] = kHandler<general_store<opcode, Index>>;
  }
}

}  // namespace

void fill_general_accesses(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (Access<opcode> || LaneLoad<opcode> || LaneStore<opcode>) {
      add<opcode, std::uint32_t>(table);
      add<opcode, std::uint64_t>(table);
    }
  });
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
