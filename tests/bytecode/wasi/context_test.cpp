// SPDX-License-Identifier: Apache-2.0
// What a guest is given: arguments, environment, preopens, clocks, entropy; and how it ends.
#include "bytecode/wasi/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <set>

#include "tests/bytecode/wasi/guest.h"

namespace doppel::bytecode::wasi {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> strings(Guest& guest,
                                 Outcome (*sizes)(Context&, GuestMemory, Pointer, Pointer),
                                 Outcome (*get)(Context&, GuestMemory, Pointer, Pointer)) {
  const Pointer count = guest.allocate(4);
  const Pointer size = guest.allocate(4);
  EXPECT_EQ(guest.call(sizes, count, size), Errno::kSuccess);
  const Pointer list = guest.allocate(std::size_t{guest.get<Size>(count)} * 4);
  const Pointer buffer = guest.allocate(guest.get<Size>(size));
  EXPECT_EQ(guest.call(get, list, buffer), Errno::kSuccess);
  std::vector<std::string> result;
  for (Size i = 0; i < guest.get<Size>(count); ++i) {
    result.emplace_back(reinterpret_cast<const char*>(guest.at(guest.get<Pointer>(list + i * 4))));
  }
  return result;
}

std::string error_of(ContextOptions options) {
  auto context = Context::create(std::move(options));
  return context ? "" : context.error().message;
}

TEST(WasiContext, HandsOverArgumentsAndEnvironment) {
  ContextOptions options;
  options.arguments = {"prog", "", "a b"};
  options.environment = {{"HOME", "/"}, {"EMPTY", ""}, {"EQ", "a=b"}};
  Guest guest(std::move(options));
  EXPECT_EQ(strings(guest, args_sizes_get, args_get),
            (std::vector<std::string>{"prog", "", "a b"}));
  EXPECT_EQ(strings(guest, environ_sizes_get, environ_get),
            (std::vector<std::string>{"HOME=/", "EMPTY=", "EQ=a=b"}));
}

TEST(WasiContext, WritesNoArgumentThatDoesNotFit) {
  ContextOptions options;
  options.arguments = {"prog", "argument"};
  Guest guest(std::move(options));
  std::array<std::byte, 24> bytes{};
  const GuestMemory memory(bytes.data(), bytes.size());
  EXPECT_EQ(args_get(guest.context(), memory, 0, 8), Outcome(Errno::kSuccess));
  bytes.fill({});
  EXPECT_EQ(args_get(guest.context(), memory, 0, 11), Outcome(Errno::kFault));
  EXPECT_EQ(args_get(guest.context(), memory, 20, 0), Outcome(Errno::kFault));
  EXPECT_EQ(bytes, (std::array<std::byte, 24>{}));
}

TEST(WasiContext, RefusesWhatAGuestCannotBeGiven) {
  ContextOptions with_nul;
  with_nul.arguments = {std::string("a\0b", 3)};
  EXPECT_THAT(error_of(std::move(with_nul)), HasSubstr("argument contains a NUL byte: a"));

  ContextOptions with_equals;
  with_equals.environment = {{"A=B", "c"}};
  EXPECT_THAT(error_of(std::move(with_equals)), HasSubstr("'A=B' is not the name"));

  ContextOptions absent;
  absent.directories = {{"/nonexistent/here", "/"}};
  EXPECT_EQ(error_of(std::move(absent)),
            "directory '/nonexistent/here': No such file or directory");

  ContextOptions file;
  file.directories = {{"/etc/passwd", "/"}};
  EXPECT_EQ(error_of(std::move(file)), "directory '/etc/passwd': Not a directory");

  ContextOptions nameless;
  nameless.directories = {{"/tmp", ""}};
  EXPECT_EQ(error_of(std::move(nameless)), "directory '/tmp' has an empty guest name");

  ContextOptions twice;
  twice.directories = {{"/tmp", "/a"}, {"/", "/a"}};
  EXPECT_EQ(error_of(std::move(twice)), "two directories have the guest name '/a'");
}

TEST(WasiContext, NumbersPreopensFromThreeAndSocketsAfterThem) {
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  const HostFd other(pair[1]);
  ContextOptions options;
  options.directories = {{"/tmp", "/tmp"}, {"/", "longer name"}};
  options.sockets.emplace_back(pair[0]);
  Guest guest(std::move(options));

  const Pointer prestat = guest.allocate(8);
  const Pointer name = guest.allocate(64);
  EXPECT_EQ(guest.call(fd_prestat_get, 2, prestat), Errno::kBadf);
  ASSERT_EQ(guest.call(fd_prestat_get, 4, prestat), Errno::kSuccess);
  EXPECT_EQ(guest.get<std::uint8_t>(prestat), 0);
  EXPECT_EQ(guest.get<Size>(prestat + 4), 11u);
  EXPECT_EQ(guest.call(fd_prestat_dir_name, 4, name, 10), Errno::kNametoolong);
  ASSERT_EQ(guest.call(fd_prestat_dir_name, 4, name, 12), Errno::kSuccess);
  EXPECT_EQ(guest.text(name, 12), std::string("longer name\0", 12));
  // The socket is there, but start code that looks for directories stops at it.
  EXPECT_EQ(guest.call(fd_prestat_get, 5, prestat), Errno::kBadf);
  EXPECT_EQ(guest.call(fd_prestat_dir_name, 5, name, 12), Errno::kBadf);
  EXPECT_EQ(guest.write(5, "x"), Errno::kSuccess);
}

TEST(WasiContext, LeavesStandardStreamsThatAreNotGivenClosed) {
  Guest guest(ContextOptions{});
  EXPECT_EQ(guest.write(1, "x"), Errno::kBadf);
  ContextOptions options;
  options.standard_streams = {-1, 0x7fff0000, -1};
  Guest other(std::move(options));
  EXPECT_EQ(other.write(1, "x"), Errno::kBadf);
}

TEST(WasiClock, TellsFourClocks) {
  Guest guest(ContextOptions{});
  const Pointer time = guest.allocate(8);
  for (const std::uint32_t id : {0u, 1u, 2u, 3u}) {
    ASSERT_EQ(guest.call(clock_res_get, id, time), Errno::kSuccess) << id;
    EXPECT_GT(guest.get<Timestamp>(time), 0u) << id;
    ASSERT_EQ(guest.call(clock_time_get, id, 0, time), Errno::kSuccess) << id;
    const auto first = guest.get<Timestamp>(time);
    ASSERT_EQ(guest.call(clock_time_get, id, 1'000'000, time), Errno::kSuccess) << id;
    EXPECT_GE(guest.get<Timestamp>(time), first) << id;
  }
  EXPECT_EQ(guest.call(clock_time_get, 4, 0, time), Errno::kInval);
  EXPECT_EQ(guest.call(clock_res_get, ~0u, time), Errno::kInval);
  EXPECT_EQ(guest.call(clock_time_get, 0, 0, ~0u - 6), Errno::kFault);
}

TEST(WasiRandom, FillsExactlyWhatIsAskedFor) {
  Guest guest(ContextOptions{});
  constexpr Size kSize = (1 << 20) + 4096;  // more than one slice
  const Pointer buffer = guest.allocate(kSize + 8);
  ASSERT_EQ(guest.call(random_get, buffer, kSize), Errno::kSuccess);
  EXPECT_EQ(guest.get<std::uint64_t>(buffer + kSize), 0u);
  std::set<std::uint64_t> words;
  for (Size i = 0; i < kSize; i += 8) words.insert(guest.get<std::uint64_t>(buffer + i));
  EXPECT_GT(words.size(), kSize / 8 - 4);
  EXPECT_EQ(guest.call(random_get, buffer, ~0u), Errno::kFault);
  EXPECT_EQ(guest.call(random_get, buffer, 0), Errno::kSuccess);
}

TEST(WasiRandom, StopsBetweenSlicesWhenInterrupted) {
  ContextOptions options;
  options.interrupted = [] { return true; };
  Guest guest(std::move(options));
  EXPECT_EQ(guest.call(random_get, guest.allocate(2 << 20), 2 << 20), Outcome::interrupted());
}

class Fixed final : public Clock, public RandomSource {
 public:
  Attempt<Timestamp> now(ClockId id) override { return 100 + static_cast<Timestamp>(id); }
  Attempt<Timestamp> resolution(ClockId) override { return 7; }
  Attempt<Timestamp> wait_for(ClockId, Timestamp) override { return 0; }
  Attempt<void> fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = std::byte{0x5a};
    return {};
  }
};

TEST(WasiContext, TakesTimeAndEntropyFromTheEmbedder) {
  ContextOptions options;
  options.clock = std::make_unique<Fixed>();
  options.random = std::make_unique<Fixed>();
  Guest guest(std::move(options));
  const Pointer result = guest.allocate(8);
  ASSERT_EQ(guest.call(clock_time_get, 1, 0, result), Errno::kSuccess);
  EXPECT_EQ(guest.get<Timestamp>(result), 101u);
  ASSERT_EQ(guest.call(clock_res_get, 0, result), Errno::kSuccess);
  EXPECT_EQ(guest.get<Timestamp>(result), 7u);
  ASSERT_EQ(guest.call(random_get, result, 8), Errno::kSuccess);
  EXPECT_EQ(guest.get<std::uint64_t>(result), 0x5a5a5a5a5a5a5a5au);
}

TEST(WasiProcess, EndsWithTheGuestsCode) {
  Guest guest(ContextOptions{});
  EXPECT_EQ(guest.call(proc_exit, 42).code, 42u);
  EXPECT_EQ(guest.call(proc_exit, ~0u).code, ~0u);
  EXPECT_EQ(guest.call(sched_yield), Errno::kSuccess);
}

TEST(WasiProcess, RaisesOnlyOnTheGuest) {
  Guest guest(ContextOptions{});
  EXPECT_EQ(guest.call(proc_raise, 0), Errno::kSuccess);           // none
  EXPECT_EQ(guest.call(proc_raise, 6), Outcome::exit(134));        // abrt
  EXPECT_EQ(guest.call(proc_raise, 9), Outcome::exit(137));        // kill
  EXPECT_EQ(guest.call(proc_raise, 16), Errno::kSuccess);          // chld
  EXPECT_EQ(guest.call(proc_raise, 18), Errno::kNotsup);           // stop
  EXPECT_EQ(guest.call(proc_raise, 30), Outcome::exit(128 + 31));  // sys
  EXPECT_EQ(guest.call(proc_raise, 31), Errno::kInval);
}

}  // namespace
}  // namespace doppel::bytecode::wasi
