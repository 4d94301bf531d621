// SPDX-License-Identifier: Apache-2.0
// Pipes, terminals and sockets: blocking, non-blocking and interrupted transfers, and sock_*.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "tests/bytecode/wasi/guest.h"

namespace doppel::bytecode::wasi {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  HostFd reader;
  HostFd writer;

  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reader = HostFd(ends[0]);
    writer = HostFd(ends[1]);
  }
};

/// A guest whose standard input and output are pipes held by the test.
class WasiStream : public ::testing::Test {
 protected:
  WasiStream() { std::signal(SIGPIPE, SIG_IGN); }

  Guest guest(std::function<bool()> interrupted = {}) {
    ContextOptions options;
    options.standard_streams = {in_.reader.get(), out_.writer.get(), -1};
    options.interrupted = std::move(interrupted);
    Guest result(std::move(options));
    in_.reader.reset();  // the guest has its own
    out_.writer.reset();
    return result;
  }
  void feed(std::string_view text) {
    ASSERT_EQ(::write(in_.writer.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }

  Pipe in_;
  Pipe out_;
};

TEST_F(WasiStream, ReadsWhatThereIsAndTheEnd) {
  Guest guest = this->guest();
  feed("abc");
  EXPECT_EQ(*guest.read(0, 16), "abc");
  std::thread late([&] {
    std::this_thread::sleep_for(20ms);
    feed("late");
    in_.writer.reset();
  });
  EXPECT_EQ(*guest.read(0, 16), "late");
  EXPECT_EQ(*guest.read(0, 16), "");
  late.join();
}

TEST_F(WasiStream, ReadingNothingDoesNotWait) {
  Guest guest = this->guest();
  EXPECT_EQ(*guest.read(0, 0), "");
}

TEST_F(WasiStream, NonblockIsTheGuestsOwn) {
  const HostFd shared(::dup(in_.reader.get()));
  Guest guest = this->guest();
  ASSERT_EQ(guest.call(fd_fdstat_set_flags, 0, fdflags::kNonblock), Errno::kSuccess);
  EXPECT_EQ(guest.read(0, 16).error(), Outcome(Errno::kAgain));
  EXPECT_EQ(::fcntl(shared.get(), F_GETFL) & O_NONBLOCK, 0);
  ASSERT_EQ(guest.call(fd_fdstat_set_flags, 1, fdflags::kNonblock), Errno::kSuccess);
  const std::string much(1 << 20, 'x');
  Size written = 0;
  EXPECT_EQ(guest.write(1, much, &written), Errno::kSuccess) << "what fits is written";
  EXPECT_LT(written, much.size());
  EXPECT_GT(written, 0u);
  EXPECT_EQ(guest.write(1, much), Errno::kAgain);
}

TEST_F(WasiStream, WritesAllOfItBlocking) {
  Guest guest = this->guest();
  const std::string much(300'000, 'x');
  std::string got;
  std::thread drain([&] {
    std::array<char, 4096> chunk;
    while (got.size() < much.size()) {
      const ssize_t size = ::read(out_.reader.get(), chunk.data(), chunk.size());
      ASSERT_GT(size, 0);
      got.append(chunk.data(), static_cast<std::size_t>(size));
    }
  });
  Size written = 0;
  EXPECT_EQ(guest.write(1, much, &written), Errno::kSuccess);
  EXPECT_EQ(written, much.size());
  drain.join();
  EXPECT_EQ(got, much);
}

TEST_F(WasiStream, BrokenPipesAreErrors) {
  Guest guest = this->guest();
  out_.reader.reset();
  EXPECT_EQ(guest.write(1, "abc"), Errno::kPipe);
}

TEST_F(WasiStream, StandardStreamsGoOneWay) {
  Guest guest = this->guest();
  EXPECT_EQ(guest.write(0, "abc"), Errno::kNotcapable);
  EXPECT_EQ(guest.read(1, 4).error(), Outcome(Errno::kNotcapable));
}

TEST_F(WasiStream, PipesHaveNoOffset) {
  Guest guest = this->guest();
  const Pointer result = guest.allocate(24);
  const Pointer list = guest.iovecs({{result, 8}});
  EXPECT_EQ(guest.call(fd_seek, 0, 0, Whence::kCur, result), Errno::kSpipe);
  EXPECT_EQ(guest.call(fd_tell, 0, result), Errno::kSpipe);
  EXPECT_EQ(guest.call(fd_pread, 0, list, 1, 0, result), Errno::kSpipe);
  EXPECT_EQ(guest.call(fd_pwrite, 1, list, 1, 0, result), Errno::kSpipe);
  ASSERT_EQ(guest.call(fd_fdstat_get, 0, result), Errno::kSuccess);
  EXPECT_EQ(guest.get<Filetype>(result), Filetype::kUnknown);
}

TEST_F(WasiStream, InterruptionEndsAWait) {
  std::atomic<int> asked = 0;
  Guest guest = this->guest([&] { return ++asked > 2; });
  EXPECT_EQ(guest.read(0, 16).error(), Outcome::interrupted());
  EXPECT_GT(asked, 2);
  asked = 0;
  feed("kept");
  EXPECT_EQ(*guest.read(0, 16), "kept") << "nothing was lost, the call can be repeated";
}

TEST_F(WasiStream, ASignalEndsABlockedWrite) {
  struct sigaction nothing{};
  nothing.sa_handler = [](int) {};  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGUSR1, &nothing, nullptr), 0);
  std::atomic<bool> stop = false;
  Guest guest = this->guest([&] { return stop.load(); });
  const std::string much(100'000, 'x');  // more than the pipe takes: blocks inside the host's call
  std::atomic<bool> done = false;
  std::thread alarm([&, target = ::pthread_self()] {
    std::this_thread::sleep_for(50ms);
    stop = true;
    while (!done) {
      ::pthread_kill(target, SIGUSR1);
      std::this_thread::sleep_for(5ms);
    }
  });
  Size written = 0;
  EXPECT_EQ(guest.write(1, much, &written), Errno::kSuccess) << "some of it was transferred";
  EXPECT_LT(written, much.size());
  EXPECT_EQ(guest.write(1, much), Outcome::interrupted());
  done = true;
  alarm.join();
}

TEST(WasiTerminal, IsACharacterDeviceThatCannotSeek) {
  const HostFd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal) GTEST_SKIP() << "no pseudo-terminals here";
  ContextOptions options;
  options.standard_streams = {terminal.get(), -1, -1};
  Guest guest(std::move(options));
  const Pointer record = guest.allocate(24);
  ASSERT_EQ(guest.call(fd_fdstat_get, 0, record), Errno::kSuccess);
  EXPECT_EQ(guest.get<Filetype>(record), Filetype::kCharacterDevice);
  EXPECT_EQ(guest.get<Rights>(record + 8) & (rights::kFdSeek | rights::kFdTell), 0u)
      << "this is how libc's isatty() knows";
  EXPECT_EQ(guest.call(fd_seek, 0, 0, Whence::kCur, record), Errno::kSpipe);
}

/// A guest that holds one end of a socket pair as descriptor 3.
class WasiSocket : public ::testing::Test {
 protected:
  Guest guest(int type) {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair.data()), 0);
    other_ = HostFd(pair[1]);
    ContextOptions options;
    options.sockets.emplace_back(pair[0]);
    return Guest(std::move(options));
  }
  HostFd other_;
};

TEST_F(WasiSocket, SendsAndReceives) {
  Guest guest = this->guest(SOCK_STREAM);
  const Pointer count = guest.allocate(4);
  const Pointer flags = guest.allocate(4);
  const Pointer buffer = guest.put("abcdef");
  ASSERT_EQ(guest.call(sock_send, 3, guest.iovecs({{buffer, 2}, {buffer + 4, 2}}), 2, 0, count),
            Errno::kSuccess);
  EXPECT_EQ(guest.get<Size>(count), 4u);
  std::array<char, 8> got{};
  ASSERT_EQ(::read(other_.get(), got.data(), got.size()), 4);
  EXPECT_EQ(std::string_view(got.data()), "abef");

  ASSERT_EQ(::write(other_.get(), "xyz", 3), 3);
  const Pointer list = guest.iovecs({{buffer, 6}});
  ASSERT_EQ(guest.call(sock_recv, 3, list, 1, riflags::kRecvPeek, count, flags), Errno::kSuccess);
  EXPECT_EQ(guest.text(buffer, guest.get<Size>(count)), "xyz");
  ASSERT_EQ(guest.call(sock_recv, 3, list, 1, 0, count, flags), Errno::kSuccess);
  EXPECT_EQ(guest.get<Size>(count), 3u);
  EXPECT_EQ(guest.get<std::uint16_t>(flags), 0u);

  EXPECT_EQ(guest.call(sock_send, 3, list, 1, 1, count), Errno::kInval);
  EXPECT_EQ(guest.call(sock_recv, 3, list, 1, 4, count, flags), Errno::kInval);
  EXPECT_EQ(guest.write(3, "w"), Errno::kSuccess);
  EXPECT_EQ(guest.call(fd_seek, 3, 0, Whence::kCur, count), Errno::kSpipe);
}

TEST_F(WasiSocket, WaitsForAllThatWasAskedFor) {
  Guest guest = this->guest(SOCK_STREAM);
  std::thread sender([&] {
    for (int i = 0; i < 4; ++i) {
      std::this_thread::sleep_for(5ms);
      EXPECT_EQ(::write(other_.get(), "ab", 2), 2);
    }
  });
  const Pointer count = guest.allocate(8);
  const Pointer list = guest.iovecs({{guest.allocate(8), 8}});
  ASSERT_EQ(guest.call(sock_recv, 3, list, 1, riflags::kRecvWaitall, count, count + 4),
            Errno::kSuccess);
  EXPECT_EQ(guest.get<Size>(count), 8u);
  sender.join();
}

TEST_F(WasiSocket, ReportsTruncatedDatagrams) {
  Guest guest = this->guest(SOCK_DGRAM);
  ASSERT_EQ(::send(other_.get(), "abcdef", 6, 0), 6);
  const Pointer count = guest.allocate(8);
  const Pointer list = guest.iovecs({{guest.allocate(4), 4}});
  ASSERT_EQ(guest.call(sock_recv, 3, list, 1, 0, count, count + 4), Errno::kSuccess);
  EXPECT_EQ(guest.get<Size>(count), 4u);
  EXPECT_EQ(guest.get<std::uint16_t>(count + 4), roflags::kRecvDataTruncated);
  const Pointer record = guest.allocate(24);
  ASSERT_EQ(guest.call(fd_fdstat_get, 3, record), Errno::kSuccess);
  EXPECT_EQ(guest.get<Filetype>(record), Filetype::kSocketDgram);
}

TEST_F(WasiSocket, ShutsDown) {
  Guest guest = this->guest(SOCK_STREAM);
  EXPECT_EQ(guest.call(sock_shutdown, 3, 0), Errno::kInval);
  EXPECT_EQ(guest.call(sock_shutdown, 3, 4), Errno::kInval);
  ASSERT_EQ(guest.call(sock_shutdown, 3, sdflags::kWr), Errno::kSuccess);
  std::array<char, 4> got{};
  EXPECT_EQ(::read(other_.get(), got.data(), got.size()), 0);
  // Without MSG_NOSIGNAL this would end the process.
  std::signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(guest.write(3, "abc"), Errno::kPipe);
  ASSERT_EQ(guest.call(fd_fdstat_set_rights, 3, rights::kFdRead, 0), Errno::kSuccess);
  EXPECT_EQ(guest.call(sock_shutdown, 3, sdflags::kRd), Errno::kNotcapable);
}

TEST(WasiAccept, AcceptsOnAPreopenedListener) {
  HostFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_GE(listener.get(), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener.get(), generic, length), 0);
  ASSERT_EQ(::listen(listener.get(), 4), 0);
  ASSERT_EQ(::getsockname(listener.get(), generic, &length), 0);

  bool stop = false;
  ContextOptions options;
  options.sockets.push_back(std::move(listener));
  options.interrupted = [&] { return stop; };
  Guest guest(std::move(options));
  const Pointer result = guest.allocate(24);
  EXPECT_EQ(guest.call(sock_accept, 3, 1, result), Errno::kInval) << "append means nothing here";

  ASSERT_EQ(guest.call(fd_fdstat_set_flags, 3, fdflags::kNonblock), Errno::kSuccess);
  EXPECT_EQ(guest.call(sock_accept, 3, 0, result), Errno::kAgain);
  ASSERT_EQ(guest.call(fd_fdstat_set_flags, 3, 0), Errno::kSuccess);
  stop = true;
  EXPECT_EQ(guest.call(sock_accept, 3, 0, result), Outcome::interrupted());
  stop = false;

  const HostFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(client.get(), generic, length), 0);
  ASSERT_EQ(guest.call(sock_accept, 3, fdflags::kNonblock, result), Errno::kSuccess);
  const Fd accepted = guest.get<Fd>(result);
  EXPECT_EQ(accepted, 0u) << "the lowest free number";
  ASSERT_EQ(guest.call(fd_fdstat_get, accepted, result), Errno::kSuccess);
  EXPECT_EQ(guest.get<Filetype>(result), Filetype::kSocketStream);
  EXPECT_EQ(guest.get<Fdflags>(result + 2), fdflags::kNonblock);
  EXPECT_EQ(guest.read(accepted, 4).error(), Outcome(Errno::kAgain));
  EXPECT_EQ(guest.write(accepted, "hello"), Errno::kSuccess);
  std::array<char, 8> got{};
  EXPECT_EQ(::read(client.get(), got.data(), got.size()), 5);
}

TEST_F(WasiSocket, OthersAreNoSockets) {
  const TemporaryDirectory directory;
  ContextOptions options;
  options.directories.push_back({directory.path().string(), "/"});
  Guest guest(std::move(options));
  const Pointer result = guest.allocate(8);
  EXPECT_EQ(guest.call(sock_accept, 3, 0, result), Errno::kNotsock);
  EXPECT_EQ(guest.call(sock_send, 3, 0, 0, 0, result), Errno::kNotsock);
  EXPECT_EQ(guest.call(sock_recv, 3, 0, 0, 0, result, result), Errno::kNotsock);
  EXPECT_EQ(guest.call(sock_shutdown, 3, 1), Errno::kNotsock);
  EXPECT_EQ(guest.call(sock_shutdown, 9, 1), Errno::kBadf);
}

}  // namespace
}  // namespace doppel::bytecode::wasi
