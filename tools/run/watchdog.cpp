// SPDX-License-Identifier: Apache-2.0
// Deadline, signal, and the last resort.
#include "tools/run/watchdog.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>

#include "tools/exit_status.h"

namespace doppel::tools {

namespace {

constexpr int kWake = SIGUSR1;
constexpr int kPatience = 200;  // signals, 10 ms apart, before the process is ended

void wake(int) {}

}  // namespace

Watchdog::Watchdog(bytecode::Thread& guest, double seconds) : guest_(guest) {
  struct sigaction action = {};
  action.sa_handler = wake;  // without SA_RESTART: system calls return EINTR
  sigaction(kWake, &action, nullptr);
  thread_ = std::thread([this, seconds, blocked = pthread_self()] { wait(seconds, blocked); });
}

Watchdog::~Watchdog() {
  {
    const std::scoped_lock lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watchdog::wait(double seconds, pthread_t blocked) {
  using namespace std::chrono;
  std::unique_lock lock(mutex_);
  const auto limit = duration<double>(std::min(seconds, 1e9));
  if (changed_.wait_for(lock, duration_cast<nanoseconds>(limit), [this] { return done_; })) return;
  guest_.terminate(bytecode::TrapKind::kTimeout);
  for (int i = 0; i < kPatience; ++i) {
    pthread_kill(blocked, kWake);
    if (changed_.wait_for(lock, milliseconds(10), [this] { return done_; })) return;
  }
  _exit(complain(kExitTimeout, "timeout: the program did not end when it was told to"));
}

}  // namespace doppel::tools
