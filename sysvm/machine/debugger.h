// SPDX-License-Identifier: Apache-2.0
// A machine under a debugger. Harts pass a gate before each piece of their runs; while the machine
// is stopped they rest there, and with them its clock. The server of gdb/ looks at harts that rest,
// and at no others.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>

#include "core/memory/file_descriptor.h"
#include "core/schedule/scheduler.h"
#include "sysvm/gdb/listener.h"
#include "sysvm/gdb/target.h"
#include "sysvm/platform/host_loop.h"

namespace doppel::sysvm {

/// What the debugger works on; all of it outlives the Debugger. Functions may be called by any
/// thread, `answer` by that of the hart.
struct DebuggerEnvironment {
  std::span<Hart* const> harts;
  /// On the instruction clock: what the one thread of all harts polls while it rests. Null: they
  /// have threads of their own.
  HostLoop* loop = nullptr;
  /// Tells the scheduler that a processor has something to do.
  std::function<void(VirtualProcessor&)> wake;
  /// Answers the exit of a hart as without a debugger.
  std::function<Verdict(Hart&, const Exit&)> answer;
  /// The machine's clock stands still from here on, or goes on.
  std::function<void(bool)> hold_clock;
  /// Ends the run.
  std::function<void()> kill;
};

/// See the file comment. A stop takes no time on either clock, and on the instruction clock no
/// hart's turn either.
class Debugger final : public gdb::Target {
 public:
  /// `is_stopped`: harts rest until a debugger comes and lets them go on.
  Debugger(DebuggerEnvironment environment, bool is_stopped);
  ~Debugger() override;

  /// What the scheduler runs in place of a hart.
  [[nodiscard]] VirtualProcessor& processor(std::uint64_t hart);
  /// The scheduler's handler of that processor's exits.
  Verdict answer(std::uint64_t hart, const Exit& exit);

  /// On the instruction clock, for what its thread does between harts: rests while the machine is
  /// stopped.
  void pass();
  /// On the instruction clock, where all harts wait for what cannot come: stops, if a debugger is
  /// there. False: there is none.
  bool stop_idle();

  /// Serves one debugger after another until `finish`: the body of a thread.
  void serve(const gdb::Listener& listener);
  /// The run is about to end: no hart rests any more, and none runs. Any thread.
  void release();
  /// The run has ended, all harts are out of their runs: tells the debugger. `serve` returns soon.
  void finish(std::uint8_t exit_code);

  [[nodiscard]] unsigned hart_count() const override;
  Hart& hart(unsigned index) override { return *env_.harts[index]; }
  void resume(std::span<const gdb::Resume> harts) override;
  void interrupt() override;
  [[nodiscard]] int stop_descriptor() const override { return stopped_.get(); }
  std::optional<gdb::StopEvent> take_stop() override;

 private:
  using Lock = std::unique_lock<std::mutex>;
  enum class World : std::uint8_t { kRunning, kStopping, kStopped };

  /// A hart's place at the gate.
  class Seat final : public VirtualProcessor {
   public:
    Seat(Debugger& debugger, Hart& hart, unsigned number)
        : debugger_(debugger), hart_(hart), number_(number) {}
    Exit run(Budget budget) override;

   private:
    friend class Debugger;
    Debugger& debugger_;
    Hart& hart_;
    const unsigned number_;
    // Protected by the debugger's lock:
    gdb::Resume plan_ = gdb::Resume::kContinue;
    bool is_untold_ = false;  ///< has stopped at a breakpoint, but another hart was first
  };

  /// How a hart is to run now; it rests here while the machine is stopped.
  gdb::Resume enter(Seat& seat);
  /// A piece of a hart's run is over; where it ends with a stop, this is why.
  void leave(Seat& seat, std::optional<gdb::StopEvent::Reason> stop);
  void rest(Lock& lock);
  void begin_stop(const gdb::StopEvent& event);
  void become_stopped();
  gdb::Resume plan_of(const Seat& seat);
  bool is_attached();
  void attach(int socket);
  void talk(int socket);
  void let_go();

  const DebuggerEnvironment env_;
  FileDescriptor stopped_;  ///< readable: there is a stop to take
  FileDescriptor over_;     ///< readable: the run has ended
  std::deque<Seat> seats_;

  std::mutex mutex_;  // protects what follows
  std::condition_variable changed_;
  World world_;
  unsigned active_ = 0;  ///< harts between `enter` and `leave`
  std::optional<gdb::StopEvent> event_;
  bool is_released_ = false;
  std::optional<gdb::StopEvent> end_;
  int socket_ = -1;  ///< of the debugger that is served
};

}  // namespace doppel::sysvm
