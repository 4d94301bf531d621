// SPDX-License-Identifier: Apache-2.0
// poll_oneoff: clocks and descriptors, mixed, wrong, and on a virtual clock.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "tests/bytecode/wasi/guest.h"

namespace doppel::bytecode::wasi {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr Timestamp kMillisecond = 1'000'000;

struct Event {
  Userdata userdata = 0;
  Errno error = Errno::kSuccess;
  Eventtype type = Eventtype::kClock;
  Filesize nbytes = 0;
  std::uint16_t flags = 0;
};

Record<48> on_clock(Userdata userdata, ClockId id, Timestamp timeout, std::uint16_t flags = 0) {
  Record<48> record;
  record.put(0, userdata);
  record.put(8, Eventtype::kClock);
  record.put(16, id);
  record.put(24, timeout);
  record.put(40, flags);
  return record;
}

Record<48> on_fd(Userdata userdata, Eventtype type, Fd fd) {
  Record<48> record;
  record.put(0, userdata);
  record.put(8, type);
  record.put(16, fd);
  return record;
}

class WasiPoll : public ::testing::Test {
 protected:
  WasiPoll() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    in_ = HostFd(ends[1]);
    in_reader_ = HostFd(ends[0]);
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    out_ = HostFd(ends[0]);
    out_writer_ = HostFd(ends[1]);
  }
  ContextOptions options() {
    ContextOptions options;
    options.standard_streams = {in_reader_.get(), out_writer_.get(), -1};
    options.directories.push_back({directory_.path().string(), "/"});
    return options;
  }
  static Attempt<std::vector<Event>> poll(Guest& guest, const std::vector<Record<48>>& wanted) {
    guest.reset();
    const Pointer in = guest.allocate(wanted.size() * 48);
    std::memcpy(guest.at(in), wanted.data(), wanted.size() * 48);
    const Pointer out = guest.allocate(wanted.size() * 32);
    const Pointer count = guest.allocate(4);
    const Outcome outcome =
        guest.call(poll_oneoff, in, out, static_cast<Size>(wanted.size()), count);
    if (outcome != Errno::kSuccess) return tl::unexpected(outcome);
    std::vector<Event> events;
    for (Size i = 0; i < guest.get<Size>(count); ++i) {
      const Pointer at = out + i * 32;
      events.push_back({guest.get<Userdata>(at), guest.get<Errno>(at + 8),
                        guest.get<Eventtype>(at + 10), guest.get<Filesize>(at + 16),
                        guest.get<std::uint16_t>(at + 24)});
    }
    return events;
  }

  TemporaryDirectory directory_;
  HostFd in_;   // the test writes the guest's input
  HostFd out_;  // and reads its output
  HostFd in_reader_;
  HostFd out_writer_;
};

TEST_F(WasiPoll, SleepsForARelativeTime) {
  Guest guest(options());
  for (const ClockId id : {ClockId::kRealtime, ClockId::kMonotonic}) {
    const auto begin = steady_clock::now();
    const auto events = *poll(guest, {on_clock(7, id, 30 * kMillisecond)});
    EXPECT_GE(steady_clock::now() - begin, 29ms);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].userdata, 7u);
    EXPECT_EQ(events[0].type, Eventtype::kClock);
    EXPECT_EQ(events[0].error, Errno::kSuccess);
  }
}

TEST_F(WasiPoll, SleepsUntilAnAbsoluteTime) {
  Guest guest(options());
  const Pointer time = guest.allocate(8);
  ASSERT_EQ(guest.call(clock_time_get, 1, 0, time), Errno::kSuccess);
  const Timestamp deadline = guest.get<Timestamp>(time) + 30 * kMillisecond;
  const auto begin = steady_clock::now();
  EXPECT_EQ(poll(guest, {on_clock(1, ClockId::kMonotonic, deadline, 1)})->size(), 1u);
  EXPECT_GE(steady_clock::now() - begin, 25ms);
  EXPECT_EQ(poll(guest, {on_clock(1, ClockId::kMonotonic, 0, 1)})->size(), 1u) << "long past";
}

TEST_F(WasiPoll, ReportsTheFirstOfSeveralClocks) {
  Guest guest(options());
  const auto events = *poll(guest, {on_clock(1, ClockId::kMonotonic, ~0ull),
                                    on_clock(2, ClockId::kMonotonic, 5 * kMillisecond),
                                    on_clock(3, ClockId::kRealtime, 3'600'000 * kMillisecond)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 2u);
}

TEST_F(WasiPoll, WaitsForInputOrTime) {
  Guest guest(options());
  const auto wanted = [](Timestamp timeout) {
    return std::vector{on_clock(1, ClockId::kMonotonic, timeout), on_fd(2, Eventtype::kFdRead, 0)};
  };
  auto events = *poll(guest, wanted(5 * kMillisecond));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 1u);

  std::thread writer([&] {
    std::this_thread::sleep_for(10ms);
    EXPECT_EQ(::write(in_.get(), "abc", 3), 3);
  });
  events = *poll(guest, wanted(10'000 * kMillisecond));
  writer.join();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 2u);
  EXPECT_EQ(events[0].type, Eventtype::kFdRead);
  EXPECT_EQ(events[0].nbytes, 3u);
  EXPECT_EQ(events[0].flags, 0u);
}

TEST_F(WasiPoll, ReportsHangups) {
  Guest guest(options());
  in_.reset();
  const auto events = *poll(guest, {on_fd(2, Eventtype::kFdRead, 0)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].error, Errno::kSuccess);
  EXPECT_EQ(events[0].flags, eventrwflags::kHangup);
  EXPECT_EQ(events[0].nbytes, 0u);
}

TEST_F(WasiPoll, KeepsTheOrderAndTellsBothDirectionsApart) {
  Guest guest(options());
  write_file(directory_.path() / "file", "0123456789");
  const Fd file = *guest.open("file");
  ASSERT_EQ(guest.read(file, 4)->size(), 4u);
  const auto events =
      *poll(guest, {on_fd(1, Eventtype::kFdRead, 0), on_fd(2, Eventtype::kFdWrite, 1),
                    on_fd(3, Eventtype::kFdRead, file), on_fd(4, Eventtype::kFdWrite, file),
                    on_fd(5, Eventtype::kFdWrite, 1)});
  ASSERT_EQ(events.size(), 4u) << "all but the empty input";
  EXPECT_EQ(events[0].userdata, 2u);
  EXPECT_EQ(events[1].userdata, 3u);
  EXPECT_EQ(events[1].nbytes, 6u);
  EXPECT_EQ(events[2].userdata, 4u);
  EXPECT_EQ(events[3].userdata, 5u);
}

TEST_F(WasiPoll, ReportsWrongSubscriptionsAtOnce) {
  Guest guest(options());
  const auto events =
      *poll(guest, {on_fd(1, Eventtype::kFdRead, 99), on_clock(2, ClockId::kMonotonic, ~0ull),
                    on_clock(3, ClockId::kProcessCputime, 1), on_clock(4, ClockId{9}, 1),
                    on_clock(5, ClockId::kMonotonic, 0, 2), on_fd(6, Eventtype::kFdWrite, 0)});
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].error, Errno::kBadf);
  EXPECT_EQ(events[0].type, Eventtype::kFdRead);
  EXPECT_EQ(events[1].error, Errno::kNotsup);
  EXPECT_EQ(events[2].error, Errno::kInval);
  EXPECT_EQ(events[3].error, Errno::kInval);
  EXPECT_EQ(events[4].error, Errno::kNotcapable);
  EXPECT_EQ(events[4].userdata, 6u);
}

TEST_F(WasiPoll, RefusesWrongCalls) {
  Guest guest(options());
  const Pointer out = guest.allocate(64);
  EXPECT_EQ(guest.call(poll_oneoff, out, out, 0, out), Errno::kInval);
  EXPECT_EQ(guest.call(poll_oneoff, out, out, ~0u, out), Errno::kInval);
  EXPECT_EQ(guest.call(poll_oneoff, ~0u, out, 1, out), Errno::kFault);
  EXPECT_EQ(guest.call(poll_oneoff, out, ~0u, 1, out), Errno::kFault);
  EXPECT_EQ(guest.call(poll_oneoff, out, out, 1, ~0u), Errno::kFault);
  Record<48> unknown;
  unknown.put(8, std::uint8_t{3});
  EXPECT_EQ(poll(guest, {unknown}).error(), Outcome(Errno::kInval));
}

TEST_F(WasiPoll, TakesManySubscriptionsOfFewDescriptors) {
  Guest guest(options());
  const std::vector<Record<48>> many(4096, on_fd(1, Eventtype::kFdWrite, 1));
  EXPECT_EQ(poll(guest, many)->size(), 4096u);
}

TEST_F(WasiPoll, InputAndOutputMayOverlap) {
  Guest guest(options());
  const Pointer place = guest.allocate(4 * 48);
  for (Userdata i = 0; i < 4; ++i) {
    const auto record = on_fd(i, Eventtype::kFdWrite, 1);
    std::memcpy(guest.at(place) + i * 48, &record, 48);
  }
  const Pointer count = guest.allocate(4);
  ASSERT_EQ(guest.call(poll_oneoff, place, place, 4, count), Errno::kSuccess);
  ASSERT_EQ(guest.get<Size>(count), 4u);
  for (Userdata i = 0; i < 4; ++i) {
    EXPECT_EQ(guest.get<Userdata>(place + static_cast<Pointer>(i) * 32), i);
  }
}

TEST_F(WasiPoll, CanBeInterrupted) {
  ContextOptions interruptible = options();
  int asked = 0;
  interruptible.interrupted = [&] { return ++asked > 1; };
  Guest guest(std::move(interruptible));
  EXPECT_EQ(poll(guest, {on_clock(1, ClockId::kMonotonic, ~0ull)}).error(), Outcome::interrupted());
  asked = 0;
  EXPECT_EQ(poll(guest, {on_fd(1, Eventtype::kFdRead, 0)}).error(), Outcome::interrupted());
}

/// Stands still until somebody waits.
class VirtualClock final : public Clock {
 public:
  Attempt<Timestamp> now(ClockId) override { return now_; }
  Attempt<Timestamp> resolution(ClockId) override { return 1; }
  Attempt<Timestamp> wait_for(ClockId, Timestamp deadline) override {
    now_ = std::max(now_, deadline);
    return 0;
  }

 private:
  Timestamp now_ = 1000;
};

TEST_F(WasiPoll, AVirtualClockMovesOnByItself) {
  ContextOptions on_virtual = options();
  on_virtual.clock = std::make_unique<VirtualClock>();
  Guest guest(std::move(on_virtual));
  const auto begin = steady_clock::now();
  const auto events = *poll(guest, {on_clock(1, ClockId::kMonotonic, 7'200'000 * kMillisecond),
                                    on_clock(2, ClockId::kMonotonic, 3'600'000 * kMillisecond),
                                    on_fd(3, Eventtype::kFdRead, 0)});
  EXPECT_LT(steady_clock::now() - begin, 10s);
  ASSERT_EQ(events.size(), 1u) << "only the first deadline was reached";
  EXPECT_EQ(events[0].userdata, 2u);
  const Pointer time = guest.allocate(8);
  ASSERT_EQ(guest.call(clock_time_get, 1, 0, time), Errno::kSuccess);
  EXPECT_EQ(guest.get<Timestamp>(time), 1000 + 3'600'000 * kMillisecond);
}

}  // namespace
}  // namespace doppel::bytecode::wasi
