// SPDX-License-Identifier: Apache-2.0
// Handlers of atomic operations, load-reserved and store-conditional, and cache blocks.
#include <cstring>
#include <optional>

#include "sysvm/hart/handlers/steps.h"
#include "sysvm/isa/semantics/memory.h"

namespace doppel::sysvm {
namespace {

/// A place in RAM as all harts know it.
std::uint64_t line_key(const std::byte* host) { return reinterpret_cast<std::uint64_t>(host); }

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
  std::optional<Reservations::Writing> writing;
  if (core.config.reservations != nullptr) {
    writing.emplace(*core.config.reservations, line_key(host));
  }
  HartBuilder b;
  const Type before = AtomicMeaning<opcode>::apply(b, host, static_cast<Type>(r.frame[op.rs2]));
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
  Reserved reserved{.place = line_key(host), .value = 0, .version = 0, .size = sizeof(Type)};
  if (core.config.reservations != nullptr) {
    reserved.version = core.config.reservations->version(reserved.place);
  }
  const Type value = __atomic_load_n(reinterpret_cast<Type*>(host), __ATOMIC_SEQ_CST);
  reserved.value = static_cast<std::uint64_t>(std::int64_t{value});
  core.reserved = reserved;
  r.frame[op.rd] = reserved.value;
  return next(r);
}

/// Whether the store of `value` at `host` was done.
template <class Type>
bool stores_conditionally(HartCore& core, std::byte* host, Type value) {
  const std::optional<Reserved> reserved = std::exchange(core.reserved, std::nullopt);
  if (!reserved || reserved->place != line_key(host) || reserved->size != sizeof(Type)) {
    return false;
  }
  auto expected = static_cast<Type>(reserved->value);
  const auto exchange = [&] {
    return __atomic_compare_exchange_n(reinterpret_cast<Type*>(host), &expected, value, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  };
  if (core.config.reservations == nullptr) return exchange();
  Reservations::Writing writing(*core.config.reservations, line_key(host));
  if (writing.version() == reserved->version && exchange()) return true;
  writing.unchanged();
  return false;
}

template <class Type>
DOPPEL_INLINE Flow store_conditional(Registers& r) {
  HartCore& core = *r.context;
  const CellOperands& op = r.pc->op;
  Trap trap;
  std::byte* const host = core.atomic_place(r.frame[op.rs1], sizeof(Type), Access::kStore, trap);
  if (host == nullptr) return go_to(r, core.raise_in_block(r.pc, r.acc, trap));
  const bool done = stores_conditionally(core, host, static_cast<Type>(r.frame[op.rs2]));
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
