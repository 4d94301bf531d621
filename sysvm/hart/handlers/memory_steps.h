// SPDX-License-Identifier: Apache-2.0
// Bodies of loads and stores: the software TLB inline, everything else the slow way.
#pragma once

#include "sysvm/hart/handlers/steps.h"
#include "sysvm/isa/semantics/memory.h"

namespace doppel::sysvm {
namespace {

template <Opcode opcode>
concept HasAccess = requires { typename AccessMeaning<opcode>::Type; };

constexpr bool is_store(Opcode opcode) {
  const Format format = info(opcode).format;
  return format == Format::kStore || format == Format::kFloatStore;
}

/// The register's bits: floats are boxed.
template <Opcode opcode>
DOPPEL_INLINE std::uint64_t boxed(std::uint64_t value) {
  return opcode == Opcode::kFlw ? value | 0xffff'ffff'0000'0000 : value;
}

/// Whether a float access has to look at mstatus.FS first.
template <Opcode opcode>
DOPPEL_INLINE bool is_float_off(const Registers& r) {
  return AccessMeaning<opcode>::kBank == Bank::kFloat && r.context->float_off != 0;
}

template <Opcode opcode>
DOPPEL_INLINE Flow load(Registers& r) {
  using Type = typename AccessMeaning<opcode>::Type;
  const std::uint64_t address = effective(r);
  const TlbEntry& entry = tlb(r).entry(address);
  if (!tlb(r).is_readable(entry, address, sizeof(Type)) || is_float_off<opcode>(r)) [[unlikely]]
    return Flow::kSlow;
  std::byte* const host = entry.host(address);
  HartBuilder b = builder(r);
  r.frame[r.pc->op.rd] = boxed<opcode>(b.load<Type, std::uint64_t>(host));
  return next(r);
}

template <Opcode opcode>
DOPPEL_INLINE Flow store(Registers& r) {
  using Type = typename AccessMeaning<opcode>::Type;
  const std::uint64_t address = effective(r);
  const TlbEntry& entry = tlb(r).entry(address);
  if (!tlb(r).is_writable(entry, address, sizeof(Type)) || is_float_off<opcode>(r)) [[unlikely]]
    return Flow::kSlow;
  std::byte* const host = entry.host(address);
  HartBuilder b = builder(r);
  b.store<Type>(host, r.frame[r.pc->op.rs2]);
  return next(r);
}

/// With FS off, a float access is illegal; else the state becomes dirty where a register is
/// written.
[[gnu::noinline]] bool permits_float(HartCore& core, bool writes, const Registers& r, Trap& trap) {
  if ((core.csrs.mstatus & status::kFs) == 0) {
    trap = {Exception::kIllegalInstruction, core.instruction_at(r.acc + page_offset(r.pc))};
    return false;
  }
  if (writes) core.dirty_float();
  return true;
}

template <Opcode opcode>
DOPPEL_INLINE Flow slow_load(Registers& r) {
  using Type = typename AccessMeaning<opcode>::Type;
  HartCore& core = *r.context;
  Trap trap;
  std::uint64_t value = 0;
  if ((is_float_off<opcode>(r) && !permits_float(core, true, Registers(r), trap)) ||
      !core.load(effective(r), sizeof(Type), value, trap)) {
    return go_to(r, core.raise_in_block(r.pc, r.acc, trap));
  }
  r.frame[r.pc->op.rd] = boxed<opcode>(
      static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<Type>(value))));
  return next(r);
}

template <Opcode opcode>
DOPPEL_INLINE Flow slow_store(Registers& r) {
  using Type = typename AccessMeaning<opcode>::Type;
  HartCore& core = *r.context;
  Trap trap;
  if ((is_float_off<opcode>(r) && !permits_float(core, false, Registers(r), trap)) ||
      !core.store(effective(r), sizeof(Type), r.frame[r.pc->op.rs2], trap)) {
    return go_to(r, core.raise_in_block(r.pc, r.acc, trap));
  }
  return next(r);
}

}  // namespace
}  // namespace doppel::sysvm
