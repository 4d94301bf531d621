// SPDX-License-Identifier: Apache-2.0
// The gate. The machine is stopped when no hart is past it; on the instruction clock, when the one
// thread of all harts has come to it.
#include "sysvm/machine/debugger.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sysvm/gdb/server.h"

namespace doppel::sysvm {

using gdb::Resume;
using gdb::StopEvent;

namespace {

/// The gate is passed this often: some milliseconds. Runs on the instruction clock are shorter.
constexpr std::uint64_t kPiece = 1'000'000;

FileDescriptor make_event() { return FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
void raise(const FileDescriptor& event) { ::eventfd_write(event.get(), 1); }

}  // namespace

Exit Debugger::Seat::run(Budget budget) {
  std::uint64_t executed = 0;
  const auto exit = [&executed](ExitReason reason) { return Exit{reason, executed, std::nullopt}; };
  while (executed < budget.instructions) {
    if (take_interrupt()) return exit(ExitReason::kInterrupted);
    const Resume how = debugger_.enter(*this);
    if (how == Resume::kStay) return exit(ExitReason::kHalted);
    const Exit part = how == Resume::kStep
                          ? hart_.step()
                          : hart_.run({std::min(kPiece, budget.instructions - executed)});
    executed += part.instructions;
    // What needs an answer is past the gate until it has it.
    if (part.reason == ExitReason::kHypercall || part.reason == ExitReason::kFault)
      return exit(part.reason);
    const bool is_stop =
        part.reason == ExitReason::kBreakpoint || (how == Resume::kStep && part.instructions != 0);
    debugger_.leave(*this, is_stop ? std::optional(StopEvent::Reason::kDebug) : std::nullopt);
    if (part.reason != ExitReason::kBudget && part.reason != ExitReason::kBreakpoint)
      return exit(part.reason);
  }
  return exit(ExitReason::kBudget);
}

Debugger::Debugger(DebuggerEnvironment environment, bool is_stopped)
    : env_(std::move(environment)),
      stopped_(make_event()),
      over_(make_event()),
      world_(is_stopped ? World::kStopped : World::kRunning) {
  for (Hart* hart : env_.harts)
    seats_.emplace_back(*this, *hart, static_cast<unsigned>(seats_.size()));
  if (is_stopped) env_.hold_clock(true);
}

Debugger::~Debugger() = default;

VirtualProcessor& Debugger::processor(std::uint64_t hart) { return seats_[hart]; }
unsigned Debugger::hart_count() const { return static_cast<unsigned>(seats_.size()); }

Verdict Debugger::answer(std::uint64_t hart, const Exit& exit) {
  Seat& seat = seats_[hart];
  // A hart that cannot go on is the debugger's to look at, if there is one.
  if (exit.reason == ExitReason::kFault && is_attached()) {
    leave(seat, StopEvent::Reason::kStuck);
    return Verdict::kContinue;
  }
  const Verdict verdict = env_.answer(seat.hart_, exit);
  const bool is_step = plan_of(seat) == Resume::kStep;
  leave(seat, is_step ? std::optional(StopEvent::Reason::kDebug) : std::nullopt);
  return verdict;
}

Resume Debugger::enter(Seat& seat) {
  Lock lock(mutex_);
  rest(lock);
  if (is_released_) return Resume::kStay;
  if (seat.plan_ != Resume::kStay) ++active_;
  return seat.plan_;
}

void Debugger::leave(Seat& seat, std::optional<StopEvent::Reason> stop) {
  const Lock lock(mutex_);
  --active_;
  if (stop) {
    seat.is_untold_ = world_ != World::kRunning;
    begin_stop({*stop, seat.number_});
  }
  if (world_ == World::kStopping && env_.loop == nullptr && active_ == 0) become_stopped();
}

void Debugger::pass() {
  Lock lock(mutex_);
  rest(lock);
}

bool Debugger::stop_idle() {
  Lock lock(mutex_);
  if (socket_ < 0 || is_released_) return false;
  begin_stop({StopEvent::Reason::kInterrupted});
  rest(lock);
  return true;
}

void Debugger::rest(Lock& lock) {
  while (world_ != World::kRunning && !is_released_) {
    if (env_.loop == nullptr) {
      changed_.wait(lock);
      continue;
    }
    if (world_ == World::kStopping) become_stopped();
    lock.unlock();
    env_.loop->poll_once(-1);
    lock.lock();
  }
}

void Debugger::begin_stop(const StopEvent& event) {
  if (world_ != World::kRunning || socket_ < 0) return;  // nobody would let it go on
  world_ = World::kStopping;
  event_ = event;
}

void Debugger::become_stopped() {
  world_ = World::kStopped;
  env_.hold_clock(true);
  raise(stopped_);
}

void Debugger::interrupt() {
  const Lock lock(mutex_);
  begin_stop({StopEvent::Reason::kInterrupted});
  if (world_ == World::kStopping && env_.loop == nullptr && active_ == 0) become_stopped();
}

std::optional<StopEvent> Debugger::take_stop() {
  const Lock lock(mutex_);
  if (end_) return end_;
  eventfd_t count = 0;
  if (::eventfd_read(stopped_.get(), &count) != 0) return std::nullopt;
  return std::exchange(event_, std::nullopt);
}

void Debugger::resume(std::span<const Resume> harts) {
  {
    const Lock lock(mutex_);
    if (world_ != World::kStopped) return;
    for (Seat& seat : seats_) {
      seat.plan_ = harts[seat.number_];
      if (std::exchange(seat.is_untold_, false)) seat.hart_.forget_stop();
    }
    world_ = World::kRunning;
    env_.hold_clock(false);
  }
  changed_.notify_all();
  if (env_.loop != nullptr) env_.loop->wake();
  // Some were told to stay, others waited for an interrupt and were sent elsewhere.
  for (Seat& seat : seats_) env_.wake(seat);
}

Resume Debugger::plan_of(const Seat& seat) {
  const Lock lock(mutex_);
  return seat.plan_;
}

bool Debugger::is_attached() {
  const Lock lock(mutex_);
  return socket_ >= 0;
}

void Debugger::attach(int socket) {
  const Lock lock(mutex_);
  socket_ = socket;
}

void Debugger::serve(const gdb::Listener& listener) {
  while (const auto socket = listener.accept(over_.get())) {
    attach(socket->get());
    talk(socket->get());
    attach(-1);
  }
}

void Debugger::talk(int socket) {
  interrupt();
  while (true) {
    {
      const Lock lock(mutex_);
      if (end_) return;
      if (world_ == World::kStopped) break;
    }
    pollfd wanted{stopped_.get(), POLLIN, 0};
    ::poll(&wanted, 1, -1);
  }
  static_cast<void>(take_stop());
  if (gdb::Server(*this, socket).serve() == gdb::Ending::kKilled) {
    env_.kill();
  } else {
    let_go();
  }
}

/// No debugger is there any more: nothing stops from now on, and what has stopped goes on.
void Debugger::let_go() {
  {
    const Lock lock(mutex_);
    socket_ = -1;
    if (world_ == World::kStopping) become_stopped();
  }
  resume(std::vector(seats_.size(), Resume::kContinue));
}

void Debugger::release() {
  {
    const Lock lock(mutex_);
    is_released_ = true;
  }
  changed_.notify_all();
  if (env_.loop != nullptr) env_.loop->wake();
}

void Debugger::finish(std::uint8_t exit_code) {
  const Lock lock(mutex_);
  end_ = StopEvent{StopEvent::Reason::kEnded, 0, exit_code};
  raise(stopped_);
  raise(over_);
  // A debugger that is not waiting for a stop is not told, but left.
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RD);
}

}  // namespace doppel::sysvm
