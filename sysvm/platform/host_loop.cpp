// SPDX-License-Identifier: Apache-2.0
// One call of poll, with the board unlocked while it waits.
#include "sysvm/platform/host_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace doppel::sysvm {

Result<HostLoop> HostLoop::create(Bus& bus) {
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.is_open()) return fail_errno("eventfd", errno);
  return HostLoop(bus, std::move(event));
}

void HostLoop::poll_once(int milliseconds) {
  PollSet set;
  const std::size_t own = set.add(event_.get(), POLLIN);
  if (milliseconds >= 0) set.wait_at_most(milliseconds);
  {
    const auto lock = bus_->lock();
    for (HostSource* source : sources_) source->before_poll(set);
  }
  if (::poll(set.entries_.data(), set.entries_.size(), set.timeout_) < 0) {
    for (pollfd& entry : set.entries_) entry.revents = 0;  // interrupted: nothing is known
  }
  if (set.events(own) != 0) {
    std::uint64_t count = 0;
    static_cast<void>(::read(event_.get(), &count, sizeof count));
  }
  const auto lock = bus_->lock();
  for (HostSource* source : sources_) source->after_poll(set);
}

void HostLoop::wake() const {
  const std::uint64_t one = 1;
  static_cast<void>(::write(event_.get(), &one, sizeof one));
}

}  // namespace doppel::sysvm
