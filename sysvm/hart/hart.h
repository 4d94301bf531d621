// SPDX-License-Identifier: Apache-2.0
// A RISC-V hart, RV64GC with M, S and U modes: what a machine sees of it. It executes guest code on
// a Bus, takes interrupts from its pins and time from the machine's clock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "core/types.h"
#include "core/vcpu/virtual_processor.h"
#include "sysvm/hart/stops.h"
#include "sysvm/hart/trap.h"
#include "sysvm/platform/bus.h"
#include "sysvm/platform/clock.h"
#include "sysvm/platform/interrupts.h"

namespace doppel {
class StateReader;
class StateWriter;
}  // namespace doppel

namespace doppel::sysvm {

struct HartCore;
class Reservations;

/// Why a hart exited with kFault: it traps into a handler that traps at once, or one that faults in
/// the same place again and again and never returns.
struct Diagnosis {
  std::uint64_t pc = 0;  ///< of the instruction that cannot be executed
  Mode mode;
  Trap trap;
  std::uint64_t first_pc = 0;  ///< where the first of these traps was taken
  Trap first;
  std::uint64_t repeats = 0;  ///< of the same fault in the handler before
};

/// Told by a hart of what concerns the machine around it; called by the hart's thread.
class HartListener {
 public:
  virtual ~HartListener() = default;
  /// The guest wrote stimecmp (Sstc): a timer at these ticks, or never (UINT64_MAX), takes the
  /// place of the former one. When it is due, call Hart::request_interrupt or wake the hart.
  virtual void timer_changed(std::uint64_t ticks) = 0;
  /// The hart rests now, or still does: see Hart::awaited_interrupts.
  virtual void rests() = 0;
};

/// Hears of each exception that a hart takes, and of each call that the machine serves in place of
/// one; called by the hart's thread.
class ExceptionListener {
 public:
  virtual ~ExceptionListener() = default;
  /// The instruction at `pc` traps, in this mode.
  virtual void exception(std::uint64_t pc, Mode mode, const Trap& trap) = 0;
};

/// See the file comment. Members are for the thread that runs the hart, or while it does not run,
/// unless they say otherwise. A machine listens to `pins()` and, when a bit is raised, calls
/// request_interrupt (and wakes the hart): the hart looks at its pins when a run begins.
///
/// Exits: kBudget and kInterrupted as for any processor; kHalted in wfi, until an interrupt is
/// pending or the timer is due; kHypercall for an ecall from S-mode, where `serves_calls` says that
/// the machine answers them (a7, a6, a0 … in x, pc is past the ecall); kFault: `diagnosis()`;
/// kBreakpoint: `debug_stop()`.
class Hart final : public VirtualProcessor {
 public:
  struct Config {
    std::uint64_t id = 0;
    Bus* bus = nullptr;                       ///< outlives the hart
    const MachineClock* clock = nullptr;      ///< outlives the hart
    HartListener* listener = nullptr;         ///< may be null
    ExceptionListener* exceptions = nullptr;  ///< may be null
    Reservations* reservations = nullptr;  ///< of all harts that run at the same time; null: alone
    bool serves_calls = false;  ///< an ecall from S-mode exits with kHypercall; can be set later
    bool fuses_pairs = true;    ///< one handler for frequent pairs of instructions
  };

  /// What a hart has done, for reports.
  struct Statistics {
    std::uint64_t walks = 0;       ///< page table walks
    std::uint64_t exceptions = 0;  ///< delivered
    std::uint64_t interrupts = 0;  ///< taken
    std::uint64_t blocks = 0;      ///< translated
    std::uint64_t device_accesses = 0;
  };

  /// What other harts may ask of this one (remote fences of the SBI); bits.
  enum Request : unsigned {
    kFetchFence = 1,        ///< as fence.i
    kTranslationFence = 2,  ///< as sfence.vma of everything
  };

  explicit Hart(const Config& config);
  ~Hart() override;

  Exit run(Budget budget) override;
  /// Whether a run is under way. Any thread.
  [[nodiscard]] bool is_running() const { return running_.load(); }

  [[nodiscard]] std::uint64_t id() const;
  void serve_calls(bool served);

  /// Does nothing from the next run on, each of which ends with kHalted, until it is started again.
  void stop() { stopped_.store(true, std::memory_order_release); }
  /// Whether it was stopped. It may then be started by another thread. Any thread.
  [[nodiscard]] bool is_stopped() const { return stopped_.load(std::memory_order_acquire); }
  /// Which interrupts could make it go on, as bits of mie: those that it waits for in wfi, without
  /// a timer of its own that is not set; none of a hart that was stopped. Nothing: it does not
  /// rest, or one of them is pending. Any thread.
  [[nodiscard]] std::optional<std::uint64_t> awaited_interrupts() const;
  /// How many runs have begun. Where that is the same before and after looking at several harts,
  /// what was seen was so at one time. Any thread.
  [[nodiscard]] std::uint64_t runs() const { return runs_.load(); }

  /// Starts over: M-mode at `pc`, as after reset; x registers are zero.
  void reset(GuestPhys pc);
  /// Starts in S-mode, without paging, as an SBI starts a kernel: everything that a supervisor may
  /// handle is delegated, counters are open to it and its programs, extensions are enabled, memory
  /// is open.
  void start_supervisor(GuestPhys pc, std::uint64_t a0, std::uint64_t a1);

  [[nodiscard]] std::uint64_t x(unsigned number) const;
  void set_x(unsigned number, std::uint64_t value);
  /// The bits of an f register, NaN-boxed where it holds a float.
  [[nodiscard]] std::uint64_t f(unsigned number) const;
  void set_f(unsigned number, std::uint64_t bits);
  [[nodiscard]] GuestVirt pc() const;
  /// Whether it is in wfi, which pc is past.
  [[nodiscard]] bool is_waiting() const;
  /// Goes on at `pc`, and waits for no interrupt before.
  void set_pc(GuestVirt pc);
  [[nodiscard]] Mode mode() const;
  void set_mode(Mode mode);
  /// A CSR as M-mode reads it; nothing: there is none of this number.
  [[nodiscard]] std::optional<std::uint64_t> csr(std::uint16_t number) const;
  /// Writes a CSR as M-mode would; false: none of this number, or read-only.
  bool set_csr(std::uint16_t number, std::uint64_t value);

  /// Instructions retired since the hart was made.
  [[nodiscard]] std::uint64_t retired() const;
  [[nodiscard]] const Statistics& statistics() const;
  [[nodiscard]] const Diagnosis& diagnosis() const;
  /// When the guest's own timer is due, in ticks; nothing: it has none.
  [[nodiscard]] std::optional<std::uint64_t> timer() const;

  /// The interrupt bits that others drive. Any thread.
  [[nodiscard]] InterruptPins& pins();
  /// Asks for fences (Request bits), which are done before the next guest instruction of any run
  /// that begins later; ends one that is under way. Any thread.
  void request(unsigned requests);
  /// Whether all fences asked for have been done, or will be before it executes anything. Any
  /// thread.
  [[nodiscard]] bool has_served_requests() const;

  /// Reads memory as the hart's loads see it at this moment, without effects on devices, for
  /// debuggers; false: not RAM, or not mapped.
  bool read_memory(GuestVirt address, void* to, std::size_t bytes);
  bool write_memory(GuestVirt address, const void* from, std::size_t bytes);

  /// Stops for a debugger, by virtual address. The run ends before the instruction: at a
  /// breakpoint, or where it would access what is watched. A run that begins there goes on.
  void add_breakpoint(GuestVirt address);
  bool remove_breakpoint(GuestVirt address);
  void add_watchpoint(const Watchpoint& watchpoint);
  bool remove_watchpoint(const Watchpoint& watchpoint);
  /// Executes one instruction, or enters the handler of its exception; exits with kBreakpoint but
  /// for reasons that a run has too. Breakpoints do not count.
  Exit step();
  /// Why the last run or step ended with kBreakpoint.
  [[nodiscard]] const DebugStop& debug_stop() const;
  /// Nobody was told of the last stop: the next run ends there again, if it is still wanted.
  void forget_stop();

  /// All state that the guest can observe, as a section of the stream, and back.
  void save(StateWriter& writer) const;
  Result<void> restore(StateReader& reader);

 private:
  void begin_at(GuestPhys pc);
  void tell_of_rest() const;

  std::unique_ptr<HartCore> core_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> running_ = false;  ///< within `run`
  static constexpr std::uint64_t kAwake = UINT64_MAX;
  std::atomic<std::uint64_t> awaited_ = kAwake;  ///< by the wfi in which the last run ended
  std::atomic<std::uint64_t> runs_ = 0;
};

}  // namespace doppel::sysvm
