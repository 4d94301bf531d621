// SPDX-License-Identifier: Apache-2.0
// A handler that writes the signal's number into a pipe, and a thread that reads it.
#include "tools/vm/signal_watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "tools/exit_status.h"

namespace doppel::tools {

namespace {

/// Where the handler writes; what is not a signal's number ends the thread.
std::atomic<int> pipe_of_handler = -1;
static_assert(std::atomic<int>::is_always_lock_free);
constexpr std::uint8_t kEnd = 0;

void tell(std::uint8_t what) {
  const int error = errno;
  static_cast<void>(::write(pipe_of_handler, &what, 1));
  errno = error;
}
void handle(int signal) { tell(static_cast<std::uint8_t>(signal)); }

}  // namespace

SignalWatch::SignalWatch(std::function<void()> call) : call_(std::move(call)) {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;  // signals do what they did
  heard_ = FileDescriptor(ends[0]);
  pipe_of_handler = ends[1];
  thread_ = std::thread([this] { listen(); });
  struct sigaction action = {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

SignalWatch::~SignalWatch() { taken(); }

std::optional<int> SignalWatch::taken() {
  if (thread_.joinable()) {
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      ::sigaction(kSignals[i], &before_[i], nullptr);
    tell(kEnd);
    thread_.join();
    ::close(pipe_of_handler.exchange(-1));
  }
  return taken_;
}

void SignalWatch::listen() {
  while (true) {
    std::uint8_t what = kEnd;
    const ssize_t got = ::read(heard_.get(), &what, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got != 1 || what == kEnd) return;
    taken_ = what;
    call_();
  }
}

void die_by(int signal) {
  complain(kExitError, fmt::format("ended by SIG{}", ::sigabbrev_np(signal)));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
  std::abort();
}

}  // namespace doppel::tools
