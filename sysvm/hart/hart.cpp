// SPDX-License-Identifier: Apache-2.0
// The outside of a hart.
#include "sysvm/hart/hart.h"

#include <algorithm>
#include <cstring>

#include "sysvm/hart/core.h"
#include "sysvm/hart/csr_rules.h"

namespace doppel::sysvm {

Hart::Hart(const Config& config)
    : core_(std::make_unique<HartCore>(config, interrupt_requested())) {}
Hart::~Hart() = default;

Exit Hart::run(Budget budget) {
  if (is_stopped()) {
    tell_of_rest();
    return {ExitReason::kHalted, 0, std::nullopt};
  }
  running_.store(true);  // before requests are looked at; whoever makes one looks at this after
  runs_.fetch_add(1);
  awaited_.store(kAwake);
  const Exit exit = core_->run(budget);
  running_.store(false);
  if (exit.reason == ExitReason::kInterrupted) static_cast<void>(take_interrupt());
  if (core_->is_waiting) {
    awaited_.store(core_->awaited_interrupts(), std::memory_order_release);
    tell_of_rest();
  }
  return exit;
}

std::optional<std::uint64_t> Hart::awaited_interrupts() const {
  if (is_stopped()) return 0;
  const std::uint64_t awaited = awaited_.load(std::memory_order_acquire);
  if (awaited == kAwake || (core_->pins.pending() & awaited) != 0) return std::nullopt;
  return awaited;
}

void Hart::tell_of_rest() const {
  if (core_->config.listener != nullptr) core_->config.listener->rests();
}

Exit Hart::step() {
  HartCore& core = *core_;
  core.is_stepping = true;
  Exit exit = run({1});
  core.is_stepping = false;
  if (exit.reason != ExitReason::kBreakpoint) core.debug_stop = {DebugStop::Reason::kStep, {}};
  if (exit.reason == ExitReason::kBudget) exit.reason = ExitReason::kBreakpoint;
  return exit;
}

void Hart::add_breakpoint(GuestVirt address) {
  core_->stops.add(address.value());
  core_->forget_jumps();
}
bool Hart::remove_breakpoint(GuestVirt address) { return core_->stops.remove(address.value()); }

void Hart::add_watchpoint(const Watchpoint& watchpoint) {
  core_->stops.add(watchpoint);
  core_->tlb.forget_all();
}
bool Hart::remove_watchpoint(const Watchpoint& watchpoint) {
  return core_->stops.remove(watchpoint);
}
const DebugStop& Hart::debug_stop() const { return core_->debug_stop; }
void Hart::forget_stop() { core_->stop = Stop::kBudget; }

std::uint64_t Hart::id() const { return core_->config.id; }
void Hart::serve_calls(bool served) { core_->config.serves_calls = served; }

void Hart::reset(GuestPhys pc) {
  begin_at(pc);
  stopped_.store(false, std::memory_order_release);
}

void Hart::begin_at(GuestPhys pc) {
  HartCore& core = *core_;
  core.slots.fill(0);
  core.csrs = {};
  core.pmp = {};
  core.mode = {};
  core.rounding = 0;
  core.float_flags = 0;
  core.unreserve();
  core.is_waiting = false;
  core.last_trap_retired = UINT64_MAX;
  core.is_handling = false;
  core.pc = pc.value();
  core.blocks.doubt();
  core.update_float();
  core.flush_all();
}

void Hart::start_supervisor(GuestPhys pc, std::uint64_t a0, std::uint64_t a1) {
  begin_at(pc);
  HartCore& core = *core_;
  core.slots[10] = a0;
  core.slots[11] = a1;
  // Everything but calls from the supervisor, which are the machine's to serve.
  set_csr(static_cast<std::uint16_t>(Csr::kMedeleg), 0xffff & ~(1U << 9));
  set_csr(static_cast<std::uint16_t>(Csr::kMideleg), UINT64_MAX);
  set_csr(static_cast<std::uint16_t>(Csr::kMcounteren), UINT64_MAX);
  // Linux leaves to its firmware what programs may read: cycles, time, retired instructions.
  set_csr(static_cast<std::uint16_t>(Csr::kScounteren), 7);
  set_csr(static_cast<std::uint16_t>(Csr::kMenvcfg), environment::kCbie | environment::kCbcfe |
                                                         environment::kCbze | environment::kAdue |
                                                         environment::kPbmte | environment::kStce);
  core.pmp.set(0, 0x1f, UINT64_MAX >> 10);  // all of memory, for everything
  set_mode({Privilege::kSupervisor, false});
  stopped_.store(false, std::memory_order_release);
}

std::uint64_t Hart::x(unsigned number) const { return core_->slots[number]; }
void Hart::set_x(unsigned number, std::uint64_t value) {
  if (number != 0) core_->slots[number] = value;
}
std::uint64_t Hart::f(unsigned number) const { return core_->slots[kFloatSlots + number]; }
void Hart::set_f(unsigned number, std::uint64_t bits) { core_->slots[kFloatSlots + number] = bits; }
GuestVirt Hart::pc() const { return GuestVirt{core_->pc}; }
bool Hart::is_waiting() const { return core_->is_waiting; }
void Hart::set_pc(GuestVirt pc) {
  core_->pc = pc.value() & ~std::uint64_t{1};
  core_->is_waiting = false;
}
Mode Hart::mode() const { return core_->mode; }
void Hart::set_mode(Mode mode) {
  core_->mode = mode;
  core_->update_translation();
}

std::optional<std::uint64_t> Hart::csr(std::uint16_t number) const {
  const CsrRule* const rule = csr_rule(number);
  if (rule == nullptr) return std::nullopt;
  return rule->read(*core_, number);
}

bool Hart::set_csr(std::uint16_t number, std::uint64_t value) {
  const CsrRule* const rule = csr_rule(number);
  if (rule == nullptr || number >> 10 == 3) return false;
  if (rule->write != nullptr) rule->write(*core_, number, value);
  return true;
}

std::uint64_t Hart::retired() const { return core_->retired(); }
const Hart::Statistics& Hart::statistics() const {
  core_->statistics.blocks = core_->blocks.translated();
  return core_->statistics;
}
const Diagnosis& Hart::diagnosis() const { return core_->diagnosis; }

std::optional<std::uint64_t> Hart::timer() const {
  const Csrs& csrs = core_->csrs;
  if ((csrs.menvcfg & environment::kStce) == 0 || csrs.stimecmp == UINT64_MAX) return std::nullopt;
  return csrs.stimecmp;
}

InterruptPins& Hart::pins() { return core_->pins; }

void Hart::request(unsigned requests) {
  core_->requests.fetch_or(requests);
  if (is_running()) request_interrupt();
}
bool Hart::has_served_requests() const {
  return !running_.load() || core_->requests.load(std::memory_order_acquire) == 0;
}

namespace {

/// Calls `visit(host, bytes)` for each page's part of a range; false where one is not RAM.
template <class Visit>
bool for_each_part(HartCore& core, std::uint64_t address, std::size_t bytes, Access access,
                   Visit visit) {
  while (bytes != 0) {
    const auto part =
        static_cast<unsigned>(std::min<std::uint64_t>(bytes, kPageSize - (address & kPageMask)));
    HartCore::Place place;
    if (core.translate(address, part, access, place) || place.host == nullptr) return false;
    visit(place.host, part);
    address += part;
    bytes -= part;
  }
  return true;
}

}  // namespace

bool Hart::read_memory(GuestVirt address, void* to, std::size_t bytes) {
  auto* out = static_cast<std::byte*>(to);
  return for_each_part(*core_, address.value(), bytes, Access::kLoad,
                       [&](const std::byte* host, unsigned part) {
                         std::memcpy(out, host, part);
                         out += part;
                       });
}

bool Hart::write_memory(GuestVirt address, const void* from, std::size_t bytes) {
  const auto* in = static_cast<const std::byte*>(from);
  const bool done = for_each_part(*core_, address.value(), bytes, Access::kLoad,
                                  [&](std::byte* host, unsigned part) {
                                    std::memcpy(host, in, part);
                                    in += part;
                                  });
  request(kFetchFence);
  return done;
}

}  // namespace doppel::sysvm
