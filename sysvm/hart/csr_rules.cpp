// SPDX-License-Identifier: Apache-2.0
// The rules of all registers, one line each, with the legal values as masks.
#include "sysvm/hart/csr_rules.h"

#include <array>

#include "sysvm/hart/core.h"

namespace doppel::sysvm {

namespace {

using interrupt_bit::kMachineExternal;
using interrupt_bit::kMachineSoftware;
using interrupt_bit::kMachineTimer;
using interrupt_bit::kSupervisorExternal;
using interrupt_bit::kSupervisorSoftware;
using interrupt_bit::kSupervisorTimer;

constexpr std::uint64_t kSupervisorInterrupts =
    kSupervisorSoftware | kSupervisorTimer | kSupervisorExternal;
constexpr std::uint64_t kAllInterrupts =
    kSupervisorInterrupts | kMachineSoftware | kMachineTimer | kMachineExternal;
/// Exceptions that may be delegated: all but ecall from M-mode.
constexpr std::uint64_t kDelegable = 0xb3ff;
constexpr std::uint64_t kSstatus = status::kSie | status::kSpie | status::kSpp | status::kFs |
                                   status::kSum | status::kMxr | status::kSd |
                                   (std::uint64_t{3} << 32);
constexpr std::uint64_t kSstatusWritable = kSstatus & ~status::kSd & ~(std::uint64_t{3} << 32);
constexpr std::uint64_t kMstatusWritable = kSstatusWritable | status::kMie | status::kMpie |
                                           status::kMpp | status::kMprv | status::kTvm |
                                           status::kTw | status::kTsr;
constexpr std::uint64_t kEnvironmentUser =
    environment::kFiom | environment::kCbie | environment::kCbcfe | environment::kCbze;
/// RV64 with A, C, D, F, I, M, S, U.
constexpr std::uint64_t kMisa = std::uint64_t{2} << 62 | 0x14'112d;

using Rules = std::array<CsrRule, 4096>;

CsrRule& at(Rules& rules, Csr csr) { return rules[static_cast<std::size_t>(csr)]; }

/// A register that holds what is written to it under a mask.
template <std::uint64_t Csrs::* member, std::uint64_t mask>
constexpr CsrRule masked() {
  return {[](const HartCore& core, std::uint16_t) { return core.csrs.*member; },
          [](HartCore& core, std::uint16_t, std::uint64_t value) {
            core.csrs.*member = (core.csrs.*member & ~mask) | (value & mask);
          },
          nullptr};
}

template <std::uint64_t value>
constexpr CsrRule constant() {
  return {[](const HartCore&, std::uint16_t) { return value; }, nullptr, nullptr};
}

// mstatus and sstatus.

std::uint64_t read_mstatus(const HartCore& core) {
  const std::uint64_t value = core.csrs.mstatus;
  return (value & status::kFs) == status::kFs ? value | status::kSd : value;
}

void write_mstatus(HartCore& core, std::uint64_t value, std::uint64_t mask) {
  const std::uint64_t before = core.csrs.mstatus;
  std::uint64_t after = (before & ~mask) | (value & mask);
  if ((after & status::kMpp) >> status::kMppShift == 2) {
    after = (after & ~status::kMpp) | (before & status::kMpp);
  }
  core.csrs.mstatus = after;
  const std::uint64_t changed = before ^ after;
  if ((changed & status::kFs) != 0) core.update_float();
  if ((changed & before & status::kSum) != 0) core.forget_user_pages();
  if ((changed & (status::kMxr | status::kMprv | status::kMpp)) != 0) core.update_translation();
}

// Interrupts: mip is what the platform drives, what M-mode sets itself, and the supervisor's timer.

bool has_own_timer(const HartCore& core) { return (core.csrs.menvcfg & environment::kStce) != 0; }

std::uint64_t read_mip(const HartCore& core) { return core.pending_interrupts(); }

void write_mip(HartCore& core, std::uint64_t value, std::uint64_t mask) {
  if ((mask & kSupervisorSoftware) != 0) {
    core.pins.set(kSupervisorSoftware, (value & kSupervisorSoftware) != 0);
  }
  std::uint64_t own = mask & (kSupervisorTimer | kSupervisorExternal);
  if (has_own_timer(core)) own &= ~kSupervisorTimer;
  core.csrs.mip = (core.csrs.mip & ~own) | (value & own);
}

// Counters.

std::uint64_t read_counter(const HartCore& core, const InstructionCounter& counter) {
  // The instruction that reads is counted already.
  return counter.stopped ? counter.offset : counter.offset + core.retired() - 1;
}

void write_counter(const HartCore& core, InstructionCounter& counter, std::uint64_t value) {
  counter.offset = counter.stopped ? value : value - core.retired();
}

void stop_counter(const HartCore& core, InstructionCounter& counter, bool stop) {
  if (counter.stopped == stop) return;
  counter.offset = stop ? counter.offset + core.retired() : counter.offset - core.retired();
  counter.stopped = stop;
}

bool permits_counter(const HartCore& core, std::uint16_t number) {
  const std::uint64_t bit = std::uint64_t{1} << (number & 31);
  if (core.mode.privilege == Privilege::kMachine) return true;
  if ((core.csrs.mcounteren & bit) == 0) return false;
  return core.mode.privilege == Privilege::kSupervisor || (core.csrs.scounteren & bit) != 0;
}

void add_counters(Rules& rules) {
  const auto cycle = [](const HartCore& core, std::uint16_t) {
    return read_counter(core, core.csrs.cycle);
  };
  const auto instret = [](const HartCore& core, std::uint16_t) {
    return read_counter(core, core.csrs.instret);
  };
  const auto time = [](const HartCore& core, std::uint16_t) { return core.config.clock->ticks(); };
  at(rules, Csr::kCycle) = {cycle, nullptr, permits_counter};
  at(rules, Csr::kTime) = {time, nullptr, permits_counter};
  at(rules, Csr::kInstret) = {instret, nullptr, permits_counter};
  at(rules, Csr::kMcycle) = {cycle,
                             [](HartCore& core, std::uint16_t, std::uint64_t value) {
                               write_counter(core, core.csrs.cycle, value);
                             },
                             nullptr};
  at(rules, Csr::kMinstret) = {instret,
                               [](HartCore& core, std::uint16_t, std::uint64_t value) {
                                 write_counter(core, core.csrs.instret, value);
                               },
                               nullptr};
  at(rules, Csr::kMcountinhibit) = {[](const HartCore& core, std::uint16_t) {
                                      return std::uint64_t{core.csrs.cycle.stopped} |
                                             std::uint64_t{core.csrs.instret.stopped} << 2;
                                    },
                                    [](HartCore& core, std::uint16_t, std::uint64_t value) {
                                      stop_counter(core, core.csrs.cycle, (value & 1) != 0);
                                      stop_counter(core, core.csrs.instret, (value & 4) != 0);
                                    },
                                    nullptr};
  for (std::uint16_t i = 3; i < 32; ++i) {
    const CsrRule zero = constant<0>();
    rules[static_cast<std::size_t>(Csr::kCycle) + i] = {zero.read, nullptr, permits_counter};
    rules[static_cast<std::size_t>(Csr::kMcycle) + i] = zero;
    rules[static_cast<std::size_t>(Csr::kMcountinhibit) + i] = zero;
  }
  at(rules, Csr::kMcounteren) = masked<&Csrs::mcounteren, 0xffff'ffff>();
  at(rules, Csr::kScounteren) = masked<&Csrs::scounteren, 0xffff'ffff>();
}

// Floating point: any write makes the state dirty.

bool permits_float(const HartCore& core, std::uint16_t) {
  return (core.csrs.mstatus & status::kFs) != 0;
}

void add_float(Rules& rules) {
  at(rules, Csr::kFflags) = {
      [](const HartCore& core, std::uint16_t) { return std::uint64_t{core.float_flags}; },
      [](HartCore& core, std::uint16_t, std::uint64_t value) {
        core.float_flags = value & 31;
        core.dirty_float();
      },
      permits_float};
  at(rules, Csr::kFrm) = {
      [](const HartCore& core, std::uint16_t) { return std::uint64_t{core.rounding}; },
      [](HartCore& core, std::uint16_t, std::uint64_t value) {
        core.rounding = value & 7;
        core.dirty_float();
      },
      permits_float};
  at(rules, Csr::kFcsr) = {[](const HartCore& core, std::uint16_t) {
                             return std::uint64_t{core.float_flags} | std::uint64_t{core.rounding}
                                                                          << 5;
                           },
                           [](HartCore& core, std::uint16_t, std::uint64_t value) {
                             core.float_flags = value & 31;
                             core.rounding = value >> 5 & 7;
                             core.dirty_float();
                           },
                           permits_float};
}

void add_supervisor(Rules& rules) {
  at(rules, Csr::kSstatus) = {
      [](const HartCore& core, std::uint16_t) { return read_mstatus(core) & kSstatus; },
      [](HartCore& core, std::uint16_t, std::uint64_t value) {
        write_mstatus(core, value, kSstatusWritable);
      },
      nullptr};
  at(rules, Csr::kSie) = {
      [](const HartCore& core, std::uint16_t) { return core.csrs.mie & core.csrs.mideleg; },
      [](HartCore& core, std::uint16_t, std::uint64_t value) {
        core.csrs.mie = (core.csrs.mie & ~core.csrs.mideleg) | (value & core.csrs.mideleg);
      },
      nullptr};
  at(rules, Csr::kSip) = {
      [](const HartCore& core, std::uint16_t) { return read_mip(core) & core.csrs.mideleg; },
      [](HartCore& core, std::uint16_t, std::uint64_t value) {
        write_mip(core, value, core.csrs.mideleg & kSupervisorSoftware);
      },
      nullptr};
  at(rules, Csr::kStvec) = masked<&Csrs::stvec, ~std::uint64_t{2}>();
  at(rules, Csr::kSenvcfg) = masked<&Csrs::senvcfg, kEnvironmentUser>();
  at(rules, Csr::kSscratch) = masked<&Csrs::sscratch, ~std::uint64_t{0}>();
  at(rules, Csr::kSepc) = masked<&Csrs::sepc, ~std::uint64_t{1}>();
  at(rules, Csr::kScause) = masked<&Csrs::scause, ~std::uint64_t{0}>();
  at(rules, Csr::kStval) = masked<&Csrs::stval, ~std::uint64_t{0}>();
  at(rules, Csr::kStimecmp) = {
      [](const HartCore& core, std::uint16_t) { return core.csrs.stimecmp; },
      [](HartCore& core, std::uint16_t, std::uint64_t value) {
        core.csrs.stimecmp = value;
        if (core.config.listener != nullptr) core.config.listener->timer_changed(value);
      },
      [](const HartCore& core, std::uint16_t) {
        return core.mode.privilege == Privilege::kMachine ||
               (has_own_timer(core) && (core.csrs.mcounteren & 2) != 0);
      }};
  at(rules, Csr::kSatp) = {
      [](const HartCore& core, std::uint16_t) { return core.csrs.satp; },
      [](HartCore& core, std::uint16_t, std::uint64_t value) {
        const auto paging = static_cast<Paging>(value >> 60);
        if (paging != Paging::kBare && paging != Paging::kSv39 && paging != Paging::kSv48) return;
        core.csrs.satp = value;
        core.forget_user_pages();
        core.update_translation();
      },
      [](const HartCore& core, std::uint16_t) {
        return core.mode.privilege == Privilege::kMachine ||
               (core.csrs.mstatus & status::kTvm) == 0;
      }};
}

void add_machine(Rules& rules) {
  at(rules, Csr::kMstatus) = {
      [](const HartCore& core, std::uint16_t) { return read_mstatus(core); },
      [](HartCore& core, std::uint16_t, std::uint64_t value) {
        write_mstatus(core, value, kMstatusWritable);
      },
      nullptr};
  at(rules, Csr::kMisa) = constant<kMisa>();
  at(rules, Csr::kMedeleg) = masked<&Csrs::medeleg, kDelegable>();
  at(rules, Csr::kMideleg) = masked<&Csrs::mideleg, kSupervisorInterrupts>();
  at(rules, Csr::kMie) = masked<&Csrs::mie, kAllInterrupts>();
  at(rules, Csr::kMip) = {[](const HartCore& core, std::uint16_t) { return read_mip(core); },
                          [](HartCore& core, std::uint16_t, std::uint64_t value) {
                            write_mip(core, value, kSupervisorInterrupts);
                          },
                          nullptr};
  at(rules, Csr::kMtvec) = masked<&Csrs::mtvec, ~std::uint64_t{2}>();
  at(rules, Csr::kMenvcfg) = {
      [](const HartCore& core, std::uint16_t) { return core.csrs.menvcfg; },
      [](HartCore& core, std::uint16_t, std::uint64_t value) {
        const std::uint64_t before = core.csrs.menvcfg;
        core.csrs.menvcfg = value & (kEnvironmentUser | environment::kAdue | environment::kPbmte |
                                     environment::kStce);
        if (((before ^ core.csrs.menvcfg) & (environment::kAdue | environment::kPbmte)) != 0) {
          core.flush_all();
        }
      },
      nullptr};
  at(rules, Csr::kMscratch) = masked<&Csrs::mscratch, ~std::uint64_t{0}>();
  at(rules, Csr::kMepc) = masked<&Csrs::mepc, ~std::uint64_t{1}>();
  at(rules, Csr::kMcause) = masked<&Csrs::mcause, ~std::uint64_t{0}>();
  at(rules, Csr::kMtval) = masked<&Csrs::mtval, ~std::uint64_t{0}>();
  at(rules, Csr::kMvendorid) = constant<0>();
  at(rules, Csr::kMarchid) = constant<0>();
  at(rules, Csr::kMimpid) = constant<0>();
  at(rules, Csr::kMconfigptr) = constant<0>();
  // There are no triggers, which software finds out by tdata1 being 0.
  for (const Csr trigger : {Csr::kTselect, Csr::kTdata1, Csr::kTdata2, Csr::kTdata3})
    at(rules, trigger) = constant<0>();
  at(rules, Csr::kMhartid) = {[](const HartCore& core, std::uint16_t) { return core.config.id; },
                              nullptr, nullptr};
}

// Protection: entries beyond those that exist read as zero.

void add_protection(Rules& rules) {
  const auto read_config = [](const HartCore& core, std::uint16_t number) {
    const unsigned first = (number - static_cast<unsigned>(Csr::kPmpcfg0)) * 4;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8 && first + i < PhysicalProtection::kEntries; ++i) {
      value |= std::uint64_t{core.pmp.config(first + i)} << (8 * i);
    }
    return value;
  };
  const auto write_config = [](HartCore& core, std::uint16_t number, std::uint64_t value) {
    const unsigned first = (number - static_cast<unsigned>(Csr::kPmpcfg0)) * 4;
    for (unsigned i = 0; i < 8 && first + i < PhysicalProtection::kEntries; ++i) {
      core.pmp.write_config(first + i, static_cast<std::uint8_t>(value >> (8 * i)));
    }
    core.flush_all();
  };
  for (std::uint16_t i = 0; i < 16; i += 2) {
    rules[static_cast<std::size_t>(Csr::kPmpcfg0) + i] = {read_config, write_config, nullptr};
  }
  const auto read_address = [](const HartCore& core, std::uint16_t number) {
    const unsigned entry = number - static_cast<unsigned>(Csr::kPmpaddr0);
    return entry < PhysicalProtection::kEntries ? core.pmp.address(entry) : std::uint64_t{0};
  };
  const auto write_address = [](HartCore& core, std::uint16_t number, std::uint64_t value) {
    const unsigned entry = number - static_cast<unsigned>(Csr::kPmpaddr0);
    if (entry < PhysicalProtection::kEntries) core.pmp.write_address(entry, value);
    core.flush_all();
  };
  for (std::uint16_t i = 0; i < 64; ++i) {
    rules[static_cast<std::size_t>(Csr::kPmpaddr0) + i] = {read_address, write_address, nullptr};
  }
}

}  // namespace

const CsrRule* csr_rule(std::uint16_t number) {
  static const Rules* const rules = [] {
    static Rules filled{};
    add_float(filled);
    add_counters(filled);
    add_supervisor(filled);
    add_machine(filled);
    add_protection(filled);
    return &filled;
  }();
  const CsrRule& rule = (*rules)[number & 0xfff];
  return rule.read == nullptr ? nullptr : &rule;
}

}  // namespace doppel::sysvm
