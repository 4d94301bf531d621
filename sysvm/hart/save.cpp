// SPDX-License-Identifier: Apache-2.0
// A hart's section of the state stream.
#include <fmt/format.h>

#include "core/state/stream.h"
#include "sysvm/hart/core.h"

namespace doppel::sysvm {

namespace {

constexpr std::string_view kSection = "hart";
constexpr std::uint32_t kVersion = 3;

/// The values of all registers that are plain numbers, in the order of the section.
template <class State, class Visit>
void for_each_csr(State& csrs, Visit visit) {
  for (auto* value :
       {&csrs.mstatus,  &csrs.medeleg,      &csrs.mideleg,       &csrs.mie,        &csrs.mip,
        &csrs.mtvec,    &csrs.mcounteren,   &csrs.menvcfg,       &csrs.mscratch,   &csrs.mepc,
        &csrs.mcause,   &csrs.mtval,        &csrs.stvec,         &csrs.scounteren, &csrs.senvcfg,
        &csrs.sscratch, &csrs.sepc,         &csrs.scause,        &csrs.stval,      &csrs.stimecmp,
        &csrs.satp,     &csrs.cycle.offset, &csrs.instret.offset}) {
    visit(*value);
  }
}

/// Where RAM begins in the host's memory.
std::uint64_t ram_address(const HartCore& core) {
  return reinterpret_cast<std::uint64_t>(core.config.bus->ram(kRamBase, 0));
}

}  // namespace

void Hart::save(StateWriter& writer) const {
  const HartCore& core = *core_;
  writer.begin(kSection, kVersion);
  writer.u64(core.config.id);
  for (unsigned i = 0; i < 32; ++i) writer.u64(x(i));
  for (unsigned i = 0; i < 32; ++i) writer.u64(f(i));
  writer.u64(core.pc);
  writer.u8(static_cast<std::uint8_t>(core.mode.privilege));
  writer.boolean(core.mode.is_virtual);
  writer.boolean(core.is_waiting);
  writer.u64(core.retired());
  writer.u64(core.pins.pending());
  writer.u8(core.rounding);
  writer.u8(core.float_flags);
  for_each_csr(core.csrs, [&](std::uint64_t value) { writer.u64(value); });
  writer.boolean(core.csrs.cycle.stopped);
  writer.boolean(core.csrs.instret.stopped);
  for (unsigned i = 0; i < PhysicalProtection::kEntries; ++i) {
    writer.u8(core.pmp.config(i));
    writer.u64(core.pmp.address(i));
  }
  // A reservation is saved by its place in RAM.
  const bool is_lost = core.reserved && core.reserved->is_watched() &&
                       core.config.reservations != nullptr && !core.tlb.gate.watches;
  const bool keeps = core.reserved && !is_lost;
  writer.boolean(keeps);
  if (keeps) {
    writer.u64(core.reserved->place - ram_address(core));
    writer.u64(core.reserved->value);
    writer.u32(core.reserved->size);
    writer.u64(core.reserved->holds_at);
    writer.u64(core.reserved->is_watched() ? core.tlb.gate.stores : 0);
  }
}

Result<void> Hart::restore(StateReader& reader) {
  HartCore& core = *core_;
  reset(GuestPhys{0});
  if (const std::uint32_t version = reader.begin(kSection, kVersion); version != kVersion) {
    reader.reject(fmt::format("found version {}, expected {}", version, kVersion));
  }
  if (const std::uint64_t id = reader.u64(); id != core.config.id) {
    reader.reject("found the state of another hart");
  }
  for (unsigned i = 0; i < 32; ++i) set_x(i, reader.u64());
  for (unsigned i = 0; i < 32; ++i) set_f(i, reader.u64());
  core.pc = reader.u64() & ~std::uint64_t{1};
  const std::uint8_t privilege = reader.u8();
  if (privilege > 3 || privilege == 2) reader.reject("found no privilege");
  const bool is_virtual = reader.boolean();
  core.is_waiting = reader.boolean();
  core.retire_limit = reader.u64() + static_cast<std::uint64_t>(core.budget);
  const std::uint64_t pending = reader.u64();
  core.rounding = reader.u8() & 7;
  core.float_flags = reader.u8() & 31;
  for_each_csr(core.csrs, [&](std::uint64_t& value) { value = reader.u64(); });
  core.csrs.cycle.stopped = reader.boolean();
  core.csrs.instret.stopped = reader.boolean();
  for (unsigned i = 0; i < PhysicalProtection::kEntries; ++i) {
    const std::uint8_t config = reader.u8();
    core.pmp.set(i, config, reader.u64());
  }
  std::uint64_t stores = 0;
  if (reader.boolean()) {
    const std::uint64_t offset = reader.u64();
    const std::uint64_t value = reader.u64();
    const std::uint32_t size = reader.u32();
    if ((size != 4 && size != 8) || offset % size != 0 || offset >= core.config.bus->ram_bytes()) {
      reader.reject("found no reservation");
    }
    core.reserved = Reserved{.place = ram_address(core) + offset,
                             .value = value,
                             .size = size,
                             .holds_at = reader.u64()};
    stores = reader.u64();
  }
  const auto paging = static_cast<Paging>(core.csrs.satp >> 60);
  if (paging != Paging::kBare && paging != Paging::kSv39 && paging != Paging::kSv48) {
    reader.reject("found an unknown mode of paging");
  }
  if ((core.csrs.mstatus & status::kMpp) >> status::kMppShift == 2) {
    reader.reject("found no privilege to return to");
  }
  if (reader.failed()) {
    reset(GuestPhys{0});
    return reader.status();
  }
  core.pins.lower(~pending);
  core.pins.raise(pending);
  core.mode = {static_cast<Privilege>(privilege), is_virtual};
  core.update_float();
  core.flush_all();
  if (core.reserved && core.reserved->is_watched() && core.config.reservations != nullptr) {
    core.config.reservations->watch(core.tlb.gate, core.reserved->place);
    core.tlb.gate.stores = stores;
  }
  return {};
}

}  // namespace doppel::sysvm
