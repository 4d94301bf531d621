// SPDX-License-Identifier: Apache-2.0
// Handlers of atomic operations, load-reserved and store-conditional, and cache blocks.
#include <cstring>
#include <optional>
#include <utility>

#include "sysvm/hart/handlers/steps.h"
#include "sysvm/isa/semantics/memory.h"

namespace doppel::sysvm {
namespace {

/// A place in RAM as all harts know it.
std::uint64_t place_of(const std::byte* host) { return reinterpret_cast<std::uint64_t>(host); }

/// The number of an instruction in the middle of a block, in the order of execution.
std::uint64_t position(const HartCore& core, const Cell* cell) {
  const Cell* const header = cell - cell->op.back;
  return core.retired() - header->header.count + cell->op.back;
}

template <Opcode opcode>
concept HasAtomic = requires { typename AtomicMeaning<opcode>::Type; };

template <Opcode opcode>
DOPPEL_INLINE Flow atomic(Registers& r) {
  using Type = typename AtomicMeaning<opcode>::Type;
  using Signed = std::make_signed_t<Type>;
  HartCore& core = *r.context;
  const CellOperands& op = r.pc->op;
  Trap trap;
  std::byte* const host = core.atomic_place(r.frame[op.rs1], sizeof(Type), Access::kStore, trap);
  if (host == nullptr) return go_to(r, core.raise_in_block(r.pc, r.acc, trap));
  const auto operand = static_cast<Type>(r.frame[op.rs2]);
  Type before{};
  core.write_noticed(host, sizeof(Type), [&before, host, operand] {
    HartBuilder b;
    before = AtomicMeaning<opcode>::apply(b, host, operand);
  });
  r.frame[op.rd] = static_cast<std::uint64_t>(std::int64_t{static_cast<Signed>(before)});
  return next(r);
}

template <class Type>
DOPPEL_INLINE Flow load_reserved(Registers& r) {
  HartCore& core = *r.context;
  const CellOperands& op = r.pc->op;
  Trap trap;
  std::byte* const host = core.atomic_place(r.frame[op.rs1], sizeof(Type), Access::kLoad, trap);
  if (host == nullptr) return go_to(r, core.raise_in_block(r.pc, r.acc, trap));
  core.unreserve();
  Reserved reserved{.place = place_of(host), .size = sizeof(Type)};
  if (Reservations* const shared = core.config.reservations; shared != nullptr) {
    // The immediate is how far the store-conditional is; 0: it must be watched for.
    if (op.immediate != 0) {
      reserved.holds_at =
          position(core, r.pc) + static_cast<std::uint64_t>(std::int64_t{op.immediate});
    } else {
      shared->watch(core.tlb.gate, reserved.place);
    }
  }
  const Type value = __atomic_load_n(reinterpret_cast<Type*>(host), __ATOMIC_SEQ_CST);
  reserved.value = static_cast<std::uint64_t>(std::int64_t{value});
  core.reserved = reserved;
  r.frame[op.rd] = reserved.value;
  return next(r);
}

/// Whether the store of `value` at `host` was done; `at` is the position of the instruction.
template <class Type>
bool stores_conditionally(HartCore& core, std::byte* host, Type value, std::uint64_t at) {
  const std::optional<Reserved> reserved = std::exchange(core.reserved, std::nullopt);
  if (!reserved) return false;
  const bool fits = reserved->place == place_of(host) && reserved->size == sizeof(Type) &&
                    (reserved->is_watched() || reserved->holds_at == at);
  const auto exchange = [&] {
    auto expected = static_cast<Type>(reserved->value);
    return fits && __atomic_compare_exchange_n(reinterpret_cast<Type*>(host), &expected, value,
                                               false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  };
  if (reserved->is_watched() && core.config.reservations != nullptr) {
    return core.config.reservations->write_conditionally(core.tlb.gate, place_of(host),
                                                         sizeof(Type), exchange);
  }
  bool done = false;
  core.write_noticed(host, sizeof(Type), [&] { done = exchange(); });
  return done;
}

template <class Type>
DOPPEL_INLINE Flow store_conditional(Registers& r) {
  HartCore& core = *r.context;
  const CellOperands& op = r.pc->op;
  Trap trap;
  std::byte* const host = core.atomic_place(r.frame[op.rs1], sizeof(Type), Access::kStore, trap);
  if (host == nullptr) return go_to(r, core.raise_in_block(r.pc, r.acc, trap));
  const bool done =
      stores_conditionally(core, host, static_cast<Type>(r.frame[op.rs2]), position(core, r.pc));
  r.frame[op.rd] = done ? 0 : 1;
  return next(r);
}

/// Whether the level below allows cbo instructions that need `machine_bits` of menvcfg and of
/// senvcfg to be set, all or one of them.
bool is_enabled(const HartCore& core, std::uint64_t bits) {
  const Privilege privilege = core.mode.privilege;
  if (privilege == Privilege::kMachine) return true;
  if ((core.csrs.menvcfg & bits) == 0) return false;
  return privilege == Privilege::kSupervisor || (core.csrs.senvcfg & bits) != 0;
}

template <std::uint64_t bits, bool zero>
DOPPEL_INLINE Flow cache_block(Registers& r) {
  HartCore& core = *r.context;
  Trap trap;
  if (!is_enabled(core, bits)) {
    trap = {Exception::kIllegalInstruction, core.instruction_at(r.acc + page_offset(r.pc))};
  } else if (core.cache_block(r.frame[r.pc->op.rs1], zero, trap)) {
    return next(r);
  }
  return go_to(r, core.raise_in_block(r.pc, r.acc, trap));
}

}  // namespace

void fill_atomic(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (HasAtomic<opcode>) set<opcode>(table, kHandler<atomic<opcode>>);
  });
  set<Opcode::kLrW>(table, kHandler<load_reserved<std::int32_t>>);
  set<Opcode::kLrD>(table, kHandler<load_reserved<std::int64_t>>);
  set<Opcode::kScW>(table, kHandler<store_conditional<std::int32_t>>);
  set<Opcode::kScD>(table, kHandler<store_conditional<std::int64_t>>);
  set<Opcode::kCboInval>(table, kHandler<cache_block<environment::kCbie, false>>);
  set<Opcode::kCboClean>(table, kHandler<cache_block<environment::kCbcfe, false>>);
  set<Opcode::kCboFlush>(table, kHandler<cache_block<environment::kCbcfe, false>>);
  set<Opcode::kCboZero>(table, kHandler<cache_block<environment::kCbze, true>>);
}

}  // namespace doppel::sysvm
