// SPDX-License-Identifier: Apache-2.0
// A bytecode thread: one value stack in a store, on which functions run. It is a virtual processor:
// it can be run by a scheduler in slices, or called like a function. Interpreted calls take no host
// stack.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>

#include "bytecode/gc/roots.h"
#include "bytecode/interp/machine.h"
#include "bytecode/interp/module_code.h"
#include "bytecode/runtime/function.h"
#include "bytecode/runtime/thread_counters.h"
#include "bytecode/runtime/trap.h"
#include "core/memory/reservation.h"
#include "core/observe/probes.h"
#include "core/result.h"
#include "core/vcpu/fiber.h"

namespace doppel::bytecode {

/// What a probe's callback sees of the guest (LoadedModule::probes()).
struct ProbedState {
  Instance& instance;
  FuncIndex function;
  ByteOffset offset;  ///< of the instruction in the module
  /// The slots of the function's parameters, which the callback may change.
  std::span<std::uint64_t> parameters;
  /// Before a return, the values to return; at a call, zeros that count with kSkip; else empty.
  std::span<std::uint64_t> results;
};

/// See the file comment. Used by one host thread at a time, except for the members that say
/// otherwise.
class Thread : public interp::ThreadState, gc::RootSource {
 public:
  static constexpr std::size_t kDefaultStackBytes = std::size_t{16} << 20U;
  static constexpr std::uint64_t kUnlimitedFuel = INT64_MAX;

  /// A thread with a value stack of `stack_bytes`, which bounds its recursion.
  static Result<std::unique_ptr<Thread>> create(std::size_t stack_bytes = kDefaultStackBytes);

  /// Calls a function and waits for it. `slots` holds the arguments, each in as many slots as its
  /// type takes, and afterwards the results; it has room for both. Host functions may call in this
  /// way, nested.
  std::optional<Trap> call(Function& function, std::span<std::uint64_t> slots);

  /// Prepares to run a function by run(). Nothing may be running.
  void start(Function& function, std::span<const std::uint64_t> arguments);
  /// Runs what start() prepared: a scheduler's way. Ends with kFinished when it has returned or
  /// trapped, with kBudget or kInterrupted when it can go on. A finite budget counts instructions
  /// and wants code loaded with LoadOptions::fuel; it is spent in whole stretches of straight code,
  /// and what a run leaves is added to the next one's.
  Exit run(Budget budget) override;
  /// After run() ended with kFinished: the trap, if it was one.
  [[nodiscard]] const std::optional<Trap>& trapped() const { return result_trap_; }
  /// After run() ended with kFinished and without a trap: the results' slots.
  [[nodiscard]] std::span<const std::uint64_t> results() const;

  /// Limits the instructions that code loaded with LoadOptions::fuel may still execute; beyond them
  /// it traps. Not while something runs.
  void set_fuel(std::uint64_t instructions);
  [[nodiscard]] std::uint64_t fuel_left() const { return fuel_limit_; }

  /// Counts host calls, interruptions, traps and exits in `table` from now on; it outlives the
  /// thread. Without a table nothing is counted.
  void count_in(CounterTable& table) { counters_.emplace(table); }

  /// Makes whatever runs now, or runs next, trap with `kind` soon. Any thread; async-signal-safe.
  void terminate(TrapKind kind) noexcept;
  /// Whether terminate() was called: host functions that block look here after EINTR.
  [[nodiscard]] bool terminating() const { return termination() != TrapKind::kNone; }
  /// The kind that terminate() was called with; kNone if it was not.
  [[nodiscard]] TrapKind termination() const { return terminate_.load(std::memory_order_acquire); }

  /// In a callback of a probe on this thread: the state at the site.
  [[nodiscard]] const ProbedState& probed() const { return *probed_; }
  /// For interp/slow: fires a probe; slots from `free` on are free meanwhile.
  ProbeAction fire(ProbeSite site, const ProbedState& state, interp::Place place,
                   std::uint64_t* free);

  // For compiled code (interp/compiler.h).
  const interp::Cell* interrupted_in_compiled(interp::Place at);
  void check_entered(interp::Place at);
  void out_of_fuel_in_compiled(interp::Place at);
  bool leaves_compiled(interp::TierSwitches& switches);
  bool interpret_step(interp::Place at, interp::Handler handler, std::uint64_t acc);
  bool interpret_rest(interp::Place at, interp::Handler handler, std::uint64_t acc);

  /// For interp/slow: calls a host function whose slots are [slots, free) of this stack.
  HostOutcome call_host(Function& function, Instance* caller, interp::Place place,
                        std::uint64_t* slots, std::uint64_t* free);

 private:
  /// Calls of host functions that call back nest on the host's stack; deeper ones trap.
  static constexpr int kMaxNesting = 100;
  static constexpr std::uint64_t kUnlimited = kUnlimitedFuel;

  explicit Thread(Reservation stack);

  /// A host function or a probe's callback that runs now, and where it was called.
  struct Suspended {
    interp::Place at;          ///< no pc: called by the host
    const Function* function;  ///< null: a probe's callback
    std::uint64_t* slots;
  };
  /// Notes that the host runs, called at `at`, until it goes.
  class HostScope {
   public:
    HostScope(Thread& thread, const Suspended& suspended) : thread_(thread) {
      thread.suspended_.push_back(suspended);
      thread.in_host_ = true;
    }
    ~HostScope() {
      thread_.suspended_.pop_back();
      thread_.in_host_ = false;
    }
    HostScope(const HostScope&) = delete;
    HostScope& operator=(const HostScope&) = delete;

   private:
    Thread& thread_;
  };

  /// While compiled code may run on this thread of the host: it is told of interruptions.
  class Told {
   public:
    Told(Thread& thread, bool compiled);
    ~Told();
    Told(const Told&) = delete;
    Told& operator=(const Told&) = delete;

   private:
    Thread& thread_;
    std::optional<Interruptible> scope_;
    HostThread before_;
  };
  void interrupt_loop();

  void visit_roots(gc::RootVisitor& visitor) override;
  void visit_slots(gc::RootVisitor& visitor, const ResultType& types, std::uint64_t* slot);
  void visit_frames(gc::RootVisitor& visitor, interp::Place at, std::size_t& crossing);
  const interp::FrameMap& frame_map(interp::Place at);
  /// The collector shall know the stack before a function of a store runs on it.
  void join_store(const Function& function);

  [[nodiscard]] std::optional<interp::Registers> enter(Function& function, std::uint64_t* frame);
  void execute(interp::Registers from, interp::Handler first);
  void execute(const interp::Registers& from) { execute(from, from.pc->handler); }
  bool goes_on();
  void sample();
  void run_slice();
  void suspend_compiled();
  bool interpret(interp::Place at, interp::Handler handler, std::uint64_t acc, std::uint64_t* base);
  [[nodiscard]] interp::Registers registers_at_place() const;
  [[nodiscard]] Trap take_trap(std::size_t crossings_below);
  void count(CounterId ThreadCounters::* id) {
    if (counters_) counters_->values.add((*counters_).*id);
  }
  void fire_trap(TrapKind kind);
  void trace(Trap& trap, interp::Place place) const;
  void grant_fuel();
  void settle_fuel();

  Reservation stack_;
  std::uint64_t* free_;  ///< the first slot that nothing running uses
  int nesting_ = 0;
  bool interrupted_while_nested_ = false;
  std::atomic<TrapKind> terminate_ = TrapKind::kNone;

  // The engine counts `fuel` down from what grant_fuel() gave: the lesser of the user's limit and
  // the budget.
  std::uint64_t fuel_limit_ = kUnlimited;
  std::int64_t budget_ = INT64_MAX;  ///< of run(), with what earlier runs left or overdrew
  std::int64_t granted_ = 0;

  const ProbedState* probed_ = nullptr;
  Function* started_ = nullptr;
  std::optional<interp::Registers> resume_;
  /// What run() runs compiled code on, so that it can be suspended. `resume_` is then what it
  /// executes; null for threads that have met no compiled code.
  std::unique_ptr<Fiber> fiber_;
  bool suspended_in_compiled_ = false;
  bool in_slice_ = false;  ///< run() is under way, not call()
  std::optional<Trap> result_trap_;
  std::size_t result_slots_ = 0;
  const Function* result_function_ = nullptr;  ///< whose results these are
  std::vector<Suspended> suspended_;           ///< innermost last
  bool in_host_ = false;                       ///< the innermost of them is what runs
  std::unordered_map<const interp::Cell*, interp::FrameMap> frame_maps_;
  std::optional<ThreadCounters> counters_;
};

}  // namespace doppel::bytecode
