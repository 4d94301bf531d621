// SPDX-License-Identifier: Apache-2.0
// A run of the hart: from budget to exit.
#include <algorithm>

#include "core/threaded/engine.h"
#include "sysvm/hart/core.h"
#include "sysvm/hart/host_float.h"

namespace doppel::sysvm {

namespace {

/// Takes the host's floating-point unit for the guest, and gives it back with what it raised.
class FloatUnit {
 public:
  explicit FloatUnit(HartCore& core) : core_(core), host_(host_float_state()) {
    set_host_float_state(guest_float_state(core.rounding));
  }
  FloatUnit(const FloatUnit&) = delete;
  FloatUnit& operator=(const FloatUnit&) = delete;
  ~FloatUnit() {
    core_.float_flags |= raised_flags(host_float_state());
    set_host_float_state(host_);
  }

 private:
  HartCore& core_;
  HostFloatState host_;
};

constexpr std::uint64_t kLongestRun = std::uint64_t{1} << 62;

}  // namespace

HartCore::HartCore(const Hart::Config& wanted, const std::atomic<bool>& flag)
    : attention(&flag), config(wanted), blocks(wanted.fuses_pairs) {
  if (config.reservations != nullptr) config.reservations->join(tlb.gate);
  update_translation();
}

HartCore::~HartCore() {
  if (config.reservations != nullptr) config.reservations->leave(tlb.gate);
}

void HartCore::serve_requests() {
  const unsigned wanted = requests.exchange(0);
  if ((wanted & Hart::kFetchFence) != 0) {
    blocks.doubt();
    forget_jumps();
  }
  if ((wanted & Hart::kTranslationFence) != 0) flush_all();
}

Exit HartCore::run(Budget limit) {
  const std::uint64_t before = retired();
  budget = static_cast<std::int64_t>(std::min(limit.instructions, kLongestRun));
  retire_limit = before + static_cast<std::uint64_t>(budget);
  const auto exit = [&](ExitReason reason) {
    return Exit{reason, retired() - before, std::nullopt};
  };
  serve_requests();
  if (is_waiting) {
    if ((pending_interrupts() & csrs.mie) == 0) return exit(ExitReason::kHalted);
    is_waiting = false;
  }
  take_interrupt();
  const FloatUnit unit(*this);
  // What the last run stopped for does not stop this one.
  passes_at = stop == Stop::kDebug && pc == stopped_at ? before : UINT64_MAX;
  std::uint64_t most = passes_at == before ? 1 : Blocks::kMostInstructions;
  stop = Stop::kBudget;
  while (budget > 0) {
    const Cell* const cell = enter(pc, most);
    if (cell != nullptr) {
      Registers registers;
      registers.pc = cell;
      registers.frame = slots.data();
      registers.memory = reinterpret_cast<std::byte*>(&tlb);
      registers.context = this;
      registers.thread = this;
      registers.acc = page_base;
      threaded::run<HartMachine>(registers);
    }
    switch (stop) {
      case Stop::kBudget:  // what is left does not reach for the next block
        most = std::min(static_cast<std::uint64_t>(budget), Blocks::kMostInstructions - 1);
        break;
      case Stop::kDebug: return exit(ExitReason::kBreakpoint);
      case Stop::kAttention: return exit(ExitReason::kInterrupted);
      case Stop::kCall: return exit(ExitReason::kHypercall);
      case Stop::kStuck: return exit(ExitReason::kFault);
      case Stop::kWait:
        if ((pending_interrupts() & csrs.mie) == 0) return exit(ExitReason::kHalted);
        is_waiting = false;
        take_interrupt();
        break;
    }
  }
  return exit(ExitReason::kBudget);
}

}  // namespace doppel::sysvm
