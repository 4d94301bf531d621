// SPDX-License-Identifier: Apache-2.0
// System instructions: registers of control and status, returns from traps, fences, waiting.
#include "sysvm/hart/core.h"
#include "sysvm/hart/host_float.h"

namespace doppel::sysvm {

namespace {

/// One system instruction under way.
struct SystemInstruction {
  HartCore& core;
  const Cell* cell;
  std::uint64_t at;  ///< its address
  [[nodiscard]] Opcode opcode() const { return static_cast<Opcode>(cell->op.rs2); }
  [[nodiscard]] std::uint32_t operand() const {
    return static_cast<std::uint32_t>(cell->op.immediate) & 0xfff;
  }
  [[nodiscard]] std::uint64_t next() const { return at + 4; }
};

const Cell* trap(const SystemInstruction& it, Exception cause, std::uint64_t tval = 0) {
  ++it.core.budget;  // it does not retire
  return it.core.raise({cause, tval}, it.at);
}

const Cell* illegal(const SystemInstruction& it) {
  return trap(it, Exception::kIllegalInstruction, it.core.instruction_at(it.at));
}

/// Whether a write to a register can make an interrupt come through.
bool concerns_interrupts(std::uint16_t number) {
  switch (static_cast<Csr>(number)) {
    case Csr::kMstatus:
    case Csr::kSstatus:
    case Csr::kMie:
    case Csr::kSie:
    case Csr::kMip:
    case Csr::kSip:
    case Csr::kMideleg:
    case Csr::kMenvcfg:
    case Csr::kStimecmp: return true;
    default: return false;
  }
}

/// Goes on after an instruction that may have changed what is fetched or enabled.
const Cell* go_on(const SystemInstruction& it, std::uint64_t target) {
  it.core.pc = target;
  it.core.take_interrupt();
  return it.core.enter(it.core.pc);
}

/// Collects what the host's unit has raised, before somebody looks.
void collect_flags(HartCore& core) {
  core.float_flags |= raised_flags(host_float_state());
  set_host_float_state(guest_float_state(core.rounding));
}

const Cell* access_csr(const SystemInstruction& it) {
  HartCore& core = it.core;
  const CellOperands& op = it.cell->op;
  const auto number = static_cast<std::uint16_t>(it.operand());
  const Opcode opcode = it.opcode();
  const bool writes_always = opcode == Opcode::kCsrrw || opcode == Opcode::kCsrrwi;
  const bool writes = writes_always || op.rs1 != 0;
  const bool is_immediate = info(opcode).format == Format::kCsrImmediate;
  const bool is_float = number >= 1 && number <= 3;
  const std::uint64_t key = core.jump_key;
  if (is_float) collect_flags(core);
  const auto before = core.read_csr(number, writes);
  if (!before) return illegal(it);
  if (writes) {
    const std::uint64_t operand = is_immediate ? op.rs1 : core.slots[op.rs1];
    std::uint64_t value = operand;
    if (opcode == Opcode::kCsrrs || opcode == Opcode::kCsrrsi) value = *before | operand;
    if (opcode == Opcode::kCsrrc || opcode == Opcode::kCsrrci) value = *before & ~operand;
    // What is set or cleared in mip is what software wrote; the platform's SEIP is not read back.
    if (number == static_cast<std::uint16_t>(Csr::kMip) && !writes_always) {
      const std::uint64_t own = core.csrs.mip & interrupt_bit::kSupervisorExternal;
      value &= ~interrupt_bit::kSupervisorExternal;
      if (opcode == Opcode::kCsrrs || opcode == Opcode::kCsrrsi) {
        value |= own | (operand & interrupt_bit::kSupervisorExternal);
      } else {
        value |= own & ~operand;
      }
    }
    core.write_csr(number, value);
    if (is_float) set_host_float_state(guest_float_state(core.rounding));
  }
  if (op.rd != 0) core.slots[op.rd] = *before;
  if (writes && concerns_interrupts(number)) {
    core.pc = it.next();
    if (core.take_interrupt()) return core.enter(core.pc);
  }
  // Code goes on in the next block, unless another translation of addresses is in force.
  return core.jump_key == key ? it.cell + 1 : core.enter(it.next());
}

const Cell* return_from_trap(const SystemInstruction& it) {
  HartCore& core = it.core;
  Csrs& csrs = core.csrs;
  const Privilege from = core.mode.privilege;
  core.is_handling = false;
  if (it.opcode() == Opcode::kMret) {
    if (from != Privilege::kMachine) return illegal(it);
    const auto to = static_cast<Privilege>((csrs.mstatus & status::kMpp) >> status::kMppShift);
    csrs.mstatus &= ~status::kMie;
    if ((csrs.mstatus & status::kMpie) != 0) csrs.mstatus |= status::kMie;
    csrs.mstatus = (csrs.mstatus | status::kMpie) & ~status::kMpp;
    if (to != Privilege::kMachine) csrs.mstatus &= ~status::kMprv;
    core.mode = {to, false};
    core.update_translation();
    return go_on(it, csrs.mepc);
  }
  if (from == Privilege::kUser ||
      (from == Privilege::kSupervisor && (csrs.mstatus & status::kTsr) != 0)) {
    return illegal(it);
  }
  const bool to_supervisor = (csrs.mstatus & status::kSpp) != 0;
  csrs.mstatus &= ~status::kSie;
  if ((csrs.mstatus & status::kSpie) != 0) csrs.mstatus |= status::kSie;
  csrs.mstatus = (csrs.mstatus | status::kSpie) & ~(status::kSpp | status::kMprv);
  core.mode = {to_supervisor ? Privilege::kSupervisor : Privilege::kUser, false};
  core.update_translation();
  return go_on(it, csrs.sepc);
}

const Cell* fence_translation(const SystemInstruction& it) {
  HartCore& core = it.core;
  const Privilege from = core.mode.privilege;
  if (from == Privilege::kUser ||
      (from == Privilege::kSupervisor && (core.csrs.mstatus & status::kTvm) != 0)) {
    return illegal(it);
  }
  const bool of_address = it.cell->op.rs1 != 0;
  const bool of_space = it.operand() != 0;
  if (of_address) {
    core.flush_address(core.slots[it.cell->op.rs1]);
  } else if (of_space) {
    core.flush_space(static_cast<std::uint16_t>(core.slots[it.operand()]));
  } else {
    core.flush_space(std::nullopt);
  }
  return go_on(it, it.next());
}

const Cell* wait_for_interrupt(const SystemInstruction& it) {
  HartCore& core = it.core;
  const Privilege from = core.mode.privilege;
  if (from == Privilege::kUser ||
      (from == Privilege::kSupervisor && (core.csrs.mstatus & status::kTw) != 0)) {
    return illegal(it);
  }
  core.pc = it.next();
  core.is_waiting = true;
  core.stop = Stop::kWait;
  return nullptr;
}

const Cell* call(const SystemInstruction& it) {
  HartCore& core = it.core;
  switch (core.mode.privilege) {
    case Privilege::kUser: return trap(it, Exception::kUserCall);
    case Privilege::kMachine: return trap(it, Exception::kMachineCall);
    case Privilege::kSupervisor: break;
  }
  if (!core.config.serves_calls) return trap(it, Exception::kSupervisorCall);
  core.report({Exception::kSupervisorCall}, it.at);
  core.pc = it.next();
  core.stop = Stop::kCall;
  return nullptr;
}

}  // namespace

const Cell* HartCore::system(const Cell* cell, std::uint64_t page) {
  const SystemInstruction it{*this, cell,
                             page + (static_cast<std::uint32_t>(cell->op.immediate) >> 12)};
  switch (it.opcode()) {
    case Opcode::kCsrrw:
    case Opcode::kCsrrs:
    case Opcode::kCsrrc:
    case Opcode::kCsrrwi:
    case Opcode::kCsrrsi:
    case Opcode::kCsrrci: return access_csr(it);
    case Opcode::kMret:
    case Opcode::kSret: return return_from_trap(it);
    case Opcode::kSfenceVma:
    case Opcode::kSinvalVma: return fence_translation(it);
    case Opcode::kSfenceWInval:
    case Opcode::kSfenceInvalIr:
      return mode.privilege == Privilege::kUser ? illegal(it) : it.cell + 1;
    case Opcode::kFenceI:
      blocks.doubt();
      forget_jumps();
      return go_on(it, it.next());
    case Opcode::kWfi: return wait_for_interrupt(it);
    case Opcode::kWrsNto:
    case Opcode::kWrsSto: return it.cell + 1;
    case Opcode::kEcall: return call(it);
    case Opcode::kEbreak: return trap(it, Exception::kBreakpoint, it.at);
    default: return illegal(it);
  }
}

}  // namespace doppel::sysvm
