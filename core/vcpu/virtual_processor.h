// SPDX-License-Identifier: Apache-2.0
// What both machines execute and schedulers schedule: a bytecode thread and a hart are virtual
// processors. One runs for a budget and says why it stopped.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/trap/interruptible.h"
#include "core/types.h"

namespace doppel {

/// A moment on the clock that virtual processors are scheduled by: nanoseconds of the host's steady
/// clock, or instructions executed, as the scheduler was told.
using ClockTime = Ordinal<struct ClockTimeTag, std::uint64_t>;

/// How long a run may last.
struct Budget {
  static constexpr std::uint64_t kUnlimited = UINT64_MAX;
  /// Instructions that may be executed. A run never executes more, and with kBudget exactly these.
  std::uint64_t instructions = kUnlimited;
};

/// Why a run ended.
enum class ExitReason : std::uint8_t {
  kBudget,       ///< the budget is spent
  kInterrupted,  ///< request_interrupt was called, or the guest yielded; it can go on at once
  kHalted,       ///< nothing to do until an event
  kWaiting,      ///< nothing to do until an event or Exit::deadline
  kHypercall,    ///< the guest calls its monitor
  kIo,           ///< an access to a device
  kFault,        ///< a trap that nobody in the guest handles
  kBreakpoint,   ///< a debugger's
  kFinished,     ///< the guest's program has ended; a further run is not allowed
};
inline constexpr std::size_t kExitReasonCount = 9;

/// A reason in the words of reports: "budget", "interrupted", …
[[nodiscard]] std::string_view name_of(ExitReason reason);

/// The end of one run. What belongs to a reason beyond this (which hypercall, which fault) is the
/// processor's to tell.
struct Exit {
  ExitReason reason = ExitReason::kFinished;
  /// Instructions executed in this run; exact when the budget was finite.
  std::uint64_t instructions = 0;
  /// With kWaiting: when to go on though no event came.
  std::optional<ClockTime> deadline;
};

/// One flow of guest instructions. `run` is called by one thread at a time, not always the same
/// one; each call happens after the one before it (a scheduler sees to that).
class VirtualProcessor {
 public:
  VirtualProcessor() = default;
  VirtualProcessor(const VirtualProcessor&) = delete;
  VirtualProcessor& operator=(const VirtualProcessor&) = delete;
  virtual ~VirtualProcessor() = default;

  /// Executes the guest from where it stopped until there is a reason to exit. After kHalted or
  /// kWaiting it may be called without an event (a spurious wake-up).
  virtual Exit run(Budget budget) = 0;

  /// Makes the current or else the next run end soon with kInterrupted. Any thread;
  /// async-signal-safe. Several requests before that exit count as one.
  void request_interrupt() noexcept {
    request_interrupt_when_it_looks();
    const HostThread thread = told_.load();
    if (thread != HostThread()) Interruptible::interrupt(thread);
  }
  /// The same where the engine looks by itself next: code that never looks is left alone.
  void request_interrupt_when_it_looks() noexcept {
    interrupt_requested_.store(true);
    call_gate_.store(UINTPTR_MAX);
  }

 protected:
  /// For engines to poll at calls and loops; the flag's address is fixed for life.
  [[nodiscard]] const std::atomic<bool>& interrupt_requested() const {
    return interrupt_requested_;
  }
  /// Clears the request and says whether there was one: an engine calls it as it exits for it.
  bool take_interrupt() noexcept {
    const bool requested = interrupt_requested_.exchange(false);
    reopen_call_gate();
    return requested;
  }

  /// For engines that look with one comparison at calls: the limit that they have set, or, from a
  /// request until it is taken, a limit that nothing is above. Its address is fixed for life. It
  /// may be shut without a request.
  [[nodiscard]] const std::atomic<std::uintptr_t>& call_gate() const { return call_gate_; }
  void set_call_gate(std::uintptr_t limit) noexcept {
    if (limit == open_gate_) return;
    open_gate_ = limit;
    reopen_call_gate();
  }
  void reopen_call_gate() noexcept {
    call_gate_.store(open_gate_);
    // A request sets the flag first: what this does not see shuts the gate after it.
    if (interrupt_requested_.load()) call_gate_.store(UINTPTR_MAX);
  }

  /// From now on, requests are also sent to this thread of the host, on which an Interruptible
  /// lives; to none, if it is none. Returns the one before.
  HostThread tell(HostThread thread) noexcept { return told_.exchange(thread); }

 private:
  std::atomic<bool> interrupt_requested_ = false;
  std::atomic<std::uintptr_t> call_gate_ = 0;
  std::uintptr_t open_gate_ = 0;
  std::atomic<HostThread> told_ = HostThread();
};

}  // namespace doppel
