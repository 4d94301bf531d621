// SPDX-License-Identifier: Apache-2.0
// Delivery of exceptions and interrupts: what they change is architectural state alone.
#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "sysvm/hart/core.h"
#include "sysvm/hart/host_float.h"

namespace doppel::sysvm {

namespace {

/// In the order in which they are taken (privileged specification 3.1.9).
constexpr std::array<unsigned, 6> kByUrgency{11, 3, 7, 9, 1, 5};

/// A handler that has faulted so often in one place with the same registers, the stack pointer and
/// what changes places with it aside, without a return from a trap in between, does nothing else: a
/// program would count. It takes some tenths of a second.
constexpr std::uint64_t kMostRepeats = 1'000'000;

/// Whether an exception is none that a program asks for.
bool is_fault(Exception cause) {
  switch (cause) {
    case Exception::kBreakpoint:
    case Exception::kUserCall:
    case Exception::kSupervisorCall:
    case Exception::kMachineCall: return false;
    default: return true;
  }
}

/// Whether sp, gp and tp alone differ.
bool are_alike(std::span<const std::uint64_t, 32> some, std::span<const std::uint64_t, 32> others) {
  return some[1] == others[1] && std::ranges::equal(some.subspan(5), others.subspan(5));
}

/// Enters a trap at a level: saves where the hart was, and answers the handler's address.
std::uint64_t enter_level(HartCore& core, Privilege level, std::uint64_t cause, std::uint64_t tval,
                          std::uint64_t at) {
  Csrs& csrs = core.csrs;
  const auto from = static_cast<std::uint64_t>(core.mode.privilege);
  std::uint64_t status = csrs.mstatus;
  std::uint64_t vector;
  if (level == Privilege::kMachine) {
    csrs.mepc = at;
    csrs.mcause = cause;
    csrs.mtval = tval;
    status &= ~(status::kMpie | status::kMpp);
    if ((status & status::kMie) != 0) status |= status::kMpie;
    status |= from << status::kMppShift;
    status &= ~status::kMie;
    vector = csrs.mtvec;
  } else {
    csrs.sepc = at;
    csrs.scause = cause;
    csrs.stval = tval;
    status &= ~(status::kSpie | status::kSpp);
    if ((status & status::kSie) != 0) status |= status::kSpie;
    if (from != 0) status |= status::kSpp;
    status &= ~status::kSie;
    vector = csrs.stvec;
  }
  csrs.mstatus = status;
  core.mode = {level, false};
  core.unreserve();
  core.update_translation();
  const bool vectored = (vector & 1) != 0 && (cause & kInterruptCause) != 0;
  return (vector & ~std::uint64_t{3}) + (vectored ? 4 * (cause & ~kInterruptCause) : 0);
}

}  // namespace

std::string_view name_of(Exception exception) {
  switch (exception) {
    case Exception::kFetchMisaligned: return "misaligned fetch";
    case Exception::kFetchFault: return "fetch access fault";
    case Exception::kIllegalInstruction: return "illegal instruction";
    case Exception::kBreakpoint: return "breakpoint";
    case Exception::kLoadMisaligned: return "misaligned load";
    case Exception::kLoadFault: return "load access fault";
    case Exception::kStoreMisaligned: return "misaligned store";
    case Exception::kStoreFault: return "store access fault";
    case Exception::kUserCall: return "call from user mode";
    case Exception::kSupervisorCall: return "call from supervisor mode";
    case Exception::kMachineCall: return "call from machine mode";
    case Exception::kFetchPageFault: return "fetch page fault";
    case Exception::kLoadPageFault: return "load page fault";
    case Exception::kStorePageFault: return "store page fault";
  }
  return "reserved";
}

std::uint64_t HartCore::pending_interrupts() const {
  std::uint64_t pending = pins.pending() | csrs.mip;
  if ((csrs.menvcfg & environment::kStce) != 0) {
    pending &= ~interrupt_bit::kSupervisorTimer;
    if (csrs.stimecmp != UINT64_MAX && config.clock->ticks() >= csrs.stimecmp) {
      pending |= interrupt_bit::kSupervisorTimer;
    }
  }
  return pending;
}

std::uint64_t HartCore::awaited_interrupts() const {
  const bool is_set = (csrs.menvcfg & environment::kStce) != 0 && csrs.stimecmp != UINT64_MAX;
  return is_set ? csrs.mie : csrs.mie & ~interrupt_bit::kSupervisorTimer;
}

void HartCore::report(const Trap& trap, std::uint64_t at) const {
  if (config.exceptions == nullptr) return;
  const HostFloatPause pause;
  config.exceptions->exception(at, mode, trap);
}

bool HartCore::deliver(const Trap& trap, std::uint64_t at) {
  report(trap, at);
  const auto code = static_cast<unsigned>(trap.cause);
  const bool delegated = mode.privilege != Privilege::kMachine && (csrs.medeleg >> code & 1) != 0;
  // The same exception at the same place, and nothing was executed in between: the handler's own
  // first instruction traps, so it would go on for ever.
  const bool follows = last_trap_retired == retired();
  const bool is_same =
      diagnosis.pc == at && diagnosis.mode == mode && diagnosis.trap.cause == trap.cause;
  const auto level = delegated ? Privilege::kSupervisor : Privilege::kMachine;
  const bool is_nested = is_handling && mode.privilege == level;
  std::uint64_t repeats = 0;
  if (is_nested) {
    const std::span<const std::uint64_t, 32> registers(slots.data(), 32);
    if (is_same && is_fault(trap.cause) && are_alike(registers, registers_at_fault))
      repeats = diagnosis.repeats + 1;
    std::ranges::copy(registers, registers_at_fault.begin());
  }
  const bool continues = follows || is_nested;
  diagnosis = {
      at,     mode, trap, continues ? diagnosis.first_pc : at, continues ? diagnosis.first : trap,
      repeats};
  if ((follows && is_same) || repeats == kMostRepeats) {
    stop = Stop::kStuck;
    pc = at;
    return false;
  }
  is_handling = true;
  last_trap_retired = retired();
  ++statistics.exceptions;
  pc = enter_level(*this, level, code, trap.tval, at);
  if (is_stepping) {
    stop = Stop::kDebug;
    debug_stop = {DebugStop::Reason::kStep, {}};
  }
  return !is_stepping;
}

const Cell* HartCore::stop_for_debugger(std::uint64_t at, const DebugStop& why) {
  pc = at;
  stopped_at = at;
  stop = Stop::kDebug;
  debug_stop = why;
  return nullptr;
}

const Cell* HartCore::raise(const Trap& trap, std::uint64_t at) {
  return deliver(trap, at) ? enter(pc) : nullptr;
}

const Cell* HartCore::raise_in_block(const Cell* cell, std::uint64_t page, const Trap& trap) {
  const Cell* const header = cell - cell->op.back;
  budget += header->header.count - (cell->op.back - 1);
  if (stop == Stop::kDebug) return stop_for_debugger(page + page_offset(cell), debug_stop);
  return raise(trap, page + page_offset(cell));
}

bool HartCore::take_interrupt() {
  const bool machine_enabled =
      mode.privilege != Privilege::kMachine || (csrs.mstatus & status::kMie) != 0;
  const bool supervisor_enabled =
      mode.privilege == Privilege::kUser ||
      (mode.privilege == Privilege::kSupervisor && (csrs.mstatus & status::kSie) != 0);
  std::uint64_t for_machine = machine_enabled ? csrs.mie & ~csrs.mideleg : 0;
  std::uint64_t for_supervisor = supervisor_enabled ? csrs.mie & csrs.mideleg : 0;
  if ((for_machine | for_supervisor) == 0)
    return false;  // what is pending costs a look at the clock
  const std::uint64_t pending = pending_interrupts();
  for_machine &= pending;
  for_supervisor &= pending;
  const std::uint64_t chosen = for_machine != 0 ? for_machine : for_supervisor;
  if (chosen == 0) return false;
  for (const unsigned number : kByUrgency) {
    if ((chosen >> number & 1) == 0) continue;
    ++statistics.interrupts;
    pc = enter_level(*this, for_machine != 0 ? Privilege::kMachine : Privilege::kSupervisor,
                     kInterruptCause | number, 0, pc);
    return true;
  }
  return false;
}

}  // namespace doppel::sysvm
