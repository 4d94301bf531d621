// SPDX-License-Identifier: Apache-2.0
// Which translations are current: contexts of the software TLB, and fences.
#include "sysvm/hart/core.h"

namespace doppel::sysvm {

namespace {

constexpr std::uint64_t kSatpMode = std::uint64_t{15} << 60;

}  // namespace

Privilege HartCore::data_privilege() const {
  if (mode.privilege == Privilege::kMachine && (csrs.mstatus & status::kMprv) != 0) {
    return static_cast<Privilege>((csrs.mstatus & status::kMpp) >> status::kMppShift);
  }
  return mode.privilege;
}

WalkContext HartCore::walk_context(Privilege privilege) const {
  WalkContext context;
  context.privilege = privilege;
  if (privilege == Privilege::kMachine) return context;
  context.paging = static_cast<Paging>(csrs.satp >> 60);
  context.root = (csrs.satp & 0xfff'ffff'ffff) << 12;
  context.sum = (csrs.mstatus & status::kSum) != 0;
  context.mxr = (csrs.mstatus & status::kMxr) != 0;
  context.updates_bits = (csrs.menvcfg & environment::kAdue) != 0;
  context.has_memory_types = (csrs.menvcfg & environment::kPbmte) != 0;
  return context;
}

void HartCore::update_translation() {
  bool wrapped = false;
  const auto number = [&](Privilege privilege) {
    const bool machine = privilege == Privilege::kMachine;
    const bool shared = privilege == Privilege::kSupervisor && shares_supervisor;
    return contexts.number({.satp = machine ? 0 : csrs.satp & (shared ? kSatpMode : UINT64_MAX),
                            .privilege = static_cast<std::uint8_t>(privilege),
                            .is_virtual = mode.is_virtual,
                            .mxr = !machine && (csrs.mstatus & status::kMxr) != 0},
                           wrapped);
  };
  std::uint64_t fetch = number(mode.privilege);
  const std::uint64_t data = number(data_privilege());
  if (wrapped) {
    tlb.forget_all();
    ++map_generation;
    code_pages = {};
    fetch = number(mode.privilege);
  }
  // Entries that the supervisor filled under SUM hold in their own mode only.
  tlb.fetch_context = fetch;
  tlb.data_context = data;
  if (config.reservations == nullptr) {
    tlb.gate.context.store(data, std::memory_order_relaxed);
  } else {
    config.reservations->open(tlb.gate, data);
  }
  jump_key = map_generation << 12 | fetch;
}

void HartCore::forget_user_pages() {
  for (const std::uint64_t tag : user_pages) tlb.forget_data(tag);
  user_pages.clear();
}

void HartCore::separate_supervisor() {
  shares_supervisor = false;
  forget_user_pages();
  contexts.forget([](const TranslationContext& context) {
    return context.privilege == static_cast<std::uint8_t>(Privilege::kSupervisor);
  });
  update_translation();
}

void HartCore::forget_jumps() {
  ++map_generation;
  code_pages = {};
  update_translation();
}

void HartCore::flush_address(std::uint64_t address) {
  const AddressSpan& large = large_pages[address >> 63];
  if (address >= large.first && address <= large.last) return flush_all();
  tlb.forget(address);
  walks.forget(address);
  if ((code_pages[address >> 12 & 63] >> (address >> 18 & 63) & 1) != 0) forget_jumps();
}

void HartCore::flush_space(std::optional<std::uint16_t> asid) {
  forget_user_pages();
  contexts.forget([&](const TranslationContext& context) {
    switch (static_cast<Privilege>(context.privilege)) {
      case Privilege::kMachine: return false;
      case Privilege::kSupervisor: return !asid || (!shares_supervisor && context.asid() == *asid);
      default: return !asid || context.asid() == *asid;
    }
  });
  walks.forget_all();
  update_translation();  // jumps are kept by context
}

void HartCore::flush_all() {
  large_pages = {};
  shares_supervisor = true;
  forget_user_pages();
  contexts.forget([](const TranslationContext&) { return true; });
  walks.forget_all();
  update_translation();
}

}  // namespace doppel::sysvm
