// SPDX-License-Identifier: Apache-2.0
// poll_oneoff: waits for the first of many subscriptions. Everything is copied out of guest memory
// and checked first; a subscription that makes no sense becomes an event with its error, and then
// nothing is waited for.
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <vector>

#include "bytecode/wasi/functions.h"

namespace doppel::bytecode::wasi {
namespace {

/// More than two for each descriptor that a guest can have open by default.
constexpr Size kMaxSubscriptions = 4096;
constexpr Timestamp kWaitSlice = 100'000'000;
constexpr Timestamp kNever = std::numeric_limits<Timestamp>::max();

using SubscriptionRecord = Record<48>;
using EventRecord = Record<32>;

/// A subscription once it has been checked.
struct Subscription {
  Userdata userdata = 0;
  Eventtype type = Eventtype::kClock;
  Errno error = Errno::kSuccess;
  // For a clock.
  ClockId clock = ClockId::kMonotonic;
  Timestamp deadline = 0;
  // For a descriptor: the host's, and its place in the poll set.
  int host = -1;
  std::size_t place = 0;
};

Attempt<Timestamp> deadline_of(Context& context, const SubscriptionRecord& record, ClockId id) {
  if (id != ClockId::kRealtime && id != ClockId::kMonotonic) {
    // CPU time does not pass while the program waits.
    const bool known = id == ClockId::kProcessCputime || id == ClockId::kThreadCputime;
    return failed(known ? Errno::kNotsup : Errno::kInval);
  }
  const auto timeout = record.get<Timestamp>(24);
  const auto flags = record.get<std::uint16_t>(40);
  if ((flags & ~subclockflags::kAbstime) != 0) return failed(Errno::kInval);
  if ((flags & subclockflags::kAbstime) != 0) return timeout;
  const Timestamp now = DOPPEL_TRY(context.clock().now(id));
  return timeout > kNever - now ? kNever : now + timeout;
}

class Poll {
 public:
  explicit Poll(Context& context) : context_(context) {}

  Attempt<void> subscribe(const SubscriptionRecord& record) {
    Subscription subscription;
    subscription.userdata = record.get<Userdata>(0);
    const auto tag = record.get<std::uint8_t>(8);
    if (tag > static_cast<std::uint8_t>(Eventtype::kFdWrite)) return failed(Errno::kInval);
    subscription.type = static_cast<Eventtype>(tag);
    const Attempt<void> checked = subscription.type == Eventtype::kClock
                                      ? subscribe_clock(record, subscription)
                                      : subscribe_descriptor(record, subscription);
    if (!checked) {
      if (checked.error().kind() != Outcome::Kind::kErrno) return checked;
      subscription.error = checked.error().error();
      failed_ = true;
    }
    subscriptions_.push_back(subscription);
    return {};
  }

  /// Waits until there is something to report.
  Attempt<void> wait() {
    DOPPEL_TRY(look(0));
    while (!failed_ && !ready_ && !DOPPEL_TRY(clock_expired())) {
      if (context_.interrupted()) return tl::unexpected(Outcome::interrupted());
      const Timestamp time = DOPPEL_TRY(time_to_wait());
      DOPPEL_TRY(look(std::min(time, kWaitSlice)));
    }
    return {};
  }

  /// The events, in the order of their subscriptions.
  Attempt<std::vector<EventRecord>> events() {
    std::vector<EventRecord> result;
    for (const Subscription& subscription : subscriptions_) {
      const auto event = DOPPEL_TRY(event_of(subscription));
      if (event) result.push_back(*event);
    }
    return result;
  }

 private:
  Attempt<void> subscribe_clock(const SubscriptionRecord& record, Subscription& subscription) {
    subscription.clock = static_cast<ClockId>(record.get<std::uint32_t>(16));
    subscription.deadline = DOPPEL_TRY(deadline_of(context_, record, subscription.clock));
    return {};
  }

  Attempt<void> subscribe_descriptor(const SubscriptionRecord& record, Subscription& subscription) {
    const bool reads = subscription.type == Eventtype::kFdRead;
    const Rights needed = rights::kPollFdReadwrite | (reads ? rights::kFdRead : rights::kFdWrite);
    const auto fd = record.get<Fd>(16);
    const Descriptor& file = *DOPPEL_TRY(context_.descriptors().get(fd, needed));
    subscription.host = file.host.get();
    subscription.place = place_of(subscription.host);
    polled_[subscription.place].events |= reads ? POLLIN : POLLOUT;
    return {};
  }

  /// The place of a host descriptor in the poll set: one for all its subscriptions, since the host
  /// limits the set to the number of descriptors that can be open.
  std::size_t place_of(int host) {
    const auto index = static_cast<std::size_t>(host);
    if (index >= places_.size()) places_.resize(index + 1);
    if (!places_[index]) {
      places_[index] = polled_.size();
      polled_.push_back({host, 0, 0});
    }
    return *places_[index];
  }

  /// Asks the host about the descriptors, for at most `time` nanoseconds.
  Attempt<void> look(Timestamp time) {
    const timespec timeout = {static_cast<time_t>(time / 1'000'000'000),
                              static_cast<long>(time % 1'000'000'000)};
    const int ready = context_.wait_outside(
        [&] { return ::ppoll(polled_.data(), polled_.size(), &timeout, nullptr); });
    if (ready < 0 && errno != EINTR) return host_failed();
    ready_ = ready > 0;
    return {};
  }

  Attempt<bool> expired(const Subscription& subscription) {
    return DOPPEL_TRY(context_.clock().now(subscription.clock))
    >= subscription.deadline;
  }

  Attempt<bool> clock_expired() {
    for (const Subscription& subscription : subscriptions_) {
      if (subscription.type == Eventtype::kClock && DOPPEL_TRY(expired(subscription))) return true;
    }
    return false;
  }

  /// How long to wait for the clock that expires first. Only that one is asked, since it may be
  /// virtual and move on.
  Attempt<Timestamp> time_to_wait() {
    const Subscription* first = nullptr;
    Timestamp shortest = kNever;
    for (const Subscription& subscription : subscriptions_) {
      if (subscription.type != Eventtype::kClock) continue;
      const Timestamp now = DOPPEL_TRY(context_.clock().now(subscription.clock));
      const Timestamp left = subscription.deadline - std::min(now, subscription.deadline);
      if (first == nullptr || left < shortest) {
        first = &subscription;
        shortest = left;
      }
    }
    if (first == nullptr) return kNever;
    return context_.clock().wait_for(first->clock, first->deadline);
  }

  /// The event of `subscription`, if it has happened.
  Attempt<std::optional<EventRecord>> event_of(const Subscription& subscription) {
    EventRecord event;
    event.put(0, subscription.userdata);
    event.put(8, subscription.error);
    event.put(10, subscription.type);
    if (subscription.error != Errno::kSuccess) return event;
    if (subscription.type == Eventtype::kClock) {
      if (!DOPPEL_TRY(expired(subscription))) return std::nullopt;
      return event;
    }
    const pollfd& polled = polled_[subscription.place];
    const bool reads = subscription.type == Eventtype::kFdRead;
    const bool hangup = (polled.revents & (POLLHUP | POLLERR)) != 0;
    if (!hangup && (polled.revents & (reads ? POLLIN : POLLOUT)) == 0) return std::nullopt;
    event.put(16, reads ? readable_bytes(subscription.host) : Filesize{0});
    event.put(24, hangup ? eventrwflags::kHangup : std::uint16_t{0});
    return event;
  }

  static Filesize readable_bytes(int host) {
    struct stat status{};
    if (::fstat(host, &status) == 0 && S_ISREG(status.st_mode)) {
      const off_t position = ::lseek(host, 0, SEEK_CUR);
      return position < status.st_size ? static_cast<Filesize>(status.st_size - position) : 0;
    }
    int count = 0;
    return ::ioctl(host, FIONREAD, &count) == 0 && count > 0 ? static_cast<Filesize>(count) : 0;
  }

  Context& context_;
  std::vector<Subscription> subscriptions_;
  std::vector<pollfd> polled_;
  std::vector<std::optional<std::size_t>> places_;  // by host descriptor
  bool failed_ = false;
  bool ready_ = false;
};

}  // namespace

Outcome poll_oneoff(Context& context, GuestMemory memory, Pointer in, Pointer out,
                    Size nsubscriptions, Pointer nevents) {
  if (nsubscriptions == 0 || nsubscriptions > kMaxSubscriptions) return Errno::kInval;
  const auto slot = DOPPEL_TRY(memory.slot<Size>(nevents));
  const auto room = DOPPEL_TRY(memory.span(out, nsubscriptions * sizeof(EventRecord)));
  DOPPEL_TRY(memory.span(in, nsubscriptions * sizeof(SubscriptionRecord)));

  Poll poll(context);
  for (Size i = 0; i < nsubscriptions; ++i) {
    DOPPEL_TRY(poll.subscribe(
        DOPPEL_TRY(memory.read<SubscriptionRecord>(in + i * sizeof(SubscriptionRecord)))));
  }
  DOPPEL_TRY(poll.wait());
  const auto events = DOPPEL_TRY(poll.events());
  for (std::size_t i = 0; i < events.size(); ++i) {
    Slot<EventRecord>(room.data() + i * sizeof(EventRecord)).set(events[i]);
  }
  slot.set(static_cast<Size>(events.size()));
  return Errno::kSuccess;
}

}  // namespace doppel::bytecode::wasi
