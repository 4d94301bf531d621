// SPDX-License-Identifier: Apache-2.0
// Handlers of blocks and jumps, and of system instructions, which leave for the core.
#include "sysvm/hart/handlers/integer_steps.h"

namespace doppel::sysvm {
namespace {

DOPPEL_INLINE Flow header(Registers& r) {
  HartCore& core = *r.context;
  const std::int64_t left = core.budget - r.pc->header.count;
  if (left < 0 || core.attention->load(std::memory_order_relaxed)) [[unlikely]]
    return Flow::kSlow;
  core.budget = left;
  return next(r);
}

DOPPEL_INLINE Flow stop_before(Registers& r) {
  HartCore& core = *r.context;
  core.pc = r.acc + r.pc->header.offset;
  core.stop = core.budget < r.pc->header.count ? Stop::kBudget : Stop::kAttention;
  return Flow::kExit;
}

DOPPEL_INLINE Flow straddle(Registers& r) {
  HartCore& core = *r.context;
  if (core.straddles_as_before(r.acc, static_cast<std::uint16_t>(r.pc->op.immediate))) {
    r.pc += 2;
    return Flow::kNext;
  }
  return go_to(r, core.enter(r.acc + kPageSize - 2));
}

DOPPEL_INLINE Flow go_on(Registers& r) { return enter_block(r, r.pc[1].taken); }

/// A target in the same page is remembered in the link; others may be elsewhere the next time.
const Cell* resolve_target(HartCore& core, const Cell* cell, std::uint64_t page) {
  const CellOperands op = cell->op;
  const CodePage* const code = cell[-op.back - 1].page;
  const std::uint64_t generation = core.map_generation;
  const std::uint64_t target = page + static_cast<std::uint64_t>(std::int64_t{op.immediate});
  const Cell* const found = core.enter(target);
  const bool in_page = static_cast<std::uint32_t>(op.immediate) < kPageSize;
  if (found == nullptr || !in_page || core.pc != target || core.map_generation != generation) {
    return found;
  }
  const bool is_straddling = found->handler == handlers()[Special::kStraddle];
  if (code == nullptr || found[is_straddling ? 1 : -1].page != code) return found;
  auto* const link = const_cast<Cell*>(cell - op.rs2);
  (op.rs1 == 0 ? link->taken : link->next) = found;
  return found;
}

DOPPEL_INLINE Flow resolve(Registers& r) {
  const std::int32_t offset = r.pc->op.immediate;
  if (static_cast<std::uint32_t>(offset) >= kPageSize &&
      jump(r, r.acc + static_cast<std::uint64_t>(std::int64_t{offset}))) {
    return Flow::kNext;
  }
  return Flow::kSlow;
}

DOPPEL_INLINE Flow slow_resolve(Registers& r) {
  return go_to(r, resolve_target(*r.context, r.pc, r.acc));
}

DOPPEL_INLINE std::uint64_t register_target(const Registers& r) {
  const auto offset = static_cast<std::int16_t>(r.pc->op.immediate);
  return (r.frame[r.pc->op.rs1] + static_cast<std::uint64_t>(std::int64_t{offset})) &
         ~std::uint64_t{1};
}

DOPPEL_INLINE Flow jalr(Registers& r) {
  const CellOperands op = r.pc->op;
  const std::uint64_t page = r.acc;
  if (!jump(r, register_target(r))) [[unlikely]]
    return Flow::kSlow;
  r.frame[op.rd] = page + static_cast<std::uint64_t>(std::int64_t{op.immediate >> 16});
  return Flow::kNext;
}

DOPPEL_INLINE Flow slow_jalr(Registers& r) {
  const CellOperands op = r.pc->op;
  const std::uint64_t target = register_target(r);
  r.frame[op.rd] = r.acc + static_cast<std::uint64_t>(std::int64_t{op.immediate >> 16});
  return go_to(r, r.context->enter(target));
}

DOPPEL_INLINE Flow system(Registers& r) {
  const Cell* const cell = r.context->system(r.pc, r.acc);
  if (cell == r.pc + 1) {
    r.pc = cell;
    return Flow::kNext;
  }
  return go_to(r, cell);
}

DOPPEL_INLINE Flow illegal(Registers& r) {
  const Trap trap{Exception::kIllegalInstruction, static_cast<std::uint32_t>(r.pc->op.immediate)};
  return go_to(r, r.context->raise_in_block(r.pc, r.acc, trap));
}

}  // namespace

void fill_control(HandlerTable& table) {
  const auto special = [&](Special which) -> Handler& {
    return table.specials[static_cast<std::size_t>(which)];
  };
  special(Special::kHeader) = kHandler<header, stop_before>;
  special(Special::kStraddle) = kHandler<straddle>;
  special(Special::kGoOn) = kHandler<go_on>;
  special(Special::kResolve) = kHandler<resolve, slow_resolve>;
  special(Special::kIllegal) = kHandler<illegal>;
  set<Opcode::kJal>(table, kHandler<jal>);
  set<Opcode::kJalr>(table, kHandler<jalr, slow_jalr>);
  for_each_opcode([&]<Opcode opcode>() {
    constexpr Extension kExtension = info(opcode).extension;
    if constexpr (kExtension == Extension::kZicsr || kExtension == Extension::kPrivileged ||
                  kExtension == Extension::kSvinval || kExtension == Extension::kZawrs ||
                  kExtension == Extension::kZifencei || opcode == Opcode::kEcall ||
                  opcode == Opcode::kEbreak) {
      set<opcode>(table, kHandler<system>);
    }
  });
}

}  // namespace doppel::sysvm
