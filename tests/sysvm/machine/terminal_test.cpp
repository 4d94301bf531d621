// SPDX-License-Identifier: Apache-2.0
// The console's host end on a pseudo-terminal, on pipes, and on what is closed.
#include "sysvm/machine/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "core/memory/file_descriptor.h"
#include "sysvm/platform/bus.h"

namespace doppel::sysvm {
namespace {

/// A guest's serial port that takes everything.
struct Listener final : ConsoleDevice {
  [[nodiscard]] std::size_t input_room() const override { return 16; }
  void input(std::span<const std::uint8_t> bytes) override {
    heard.append(bytes.begin(), bytes.end());
  }
  std::string heard;
};

class TerminalTest : public testing::Test {
 protected:
  TerminalTest() { std::signal(SIGPIPE, SIG_IGN); }

  void open_pseudo_terminal() {
    user_ = FileDescriptor(::posix_openpt(O_RDWR | O_NOCTTY));
    ASSERT_TRUE(user_.is_open());
    ASSERT_EQ(::grantpt(user_.get()), 0);
    ASSERT_EQ(::unlockpt(user_.get()), 0);
    machine_ = FileDescriptor(::open(::ptsname(user_.get()), O_RDWR | O_NOCTTY));
    ASSERT_TRUE(machine_.is_open());
  }
  void start(int input, int output) {
    terminal_.emplace(loop_,
                      Terminal::Options{input, output, [this] { ++quits_; }, [this] { ++ends_; }});
    terminal_->connect(guest_);
    loop_.add(*terminal_);
  }
  void type(std::string_view keys) {
    ASSERT_EQ(::write(user_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    loop_.poll_once(1000);
  }
  [[nodiscard]] termios modes() const {
    termios modes = {};
    EXPECT_EQ(::tcgetattr(machine_.get(), &modes), 0);
    return modes;
  }
  void print(std::string_view text) {
    terminal_->output({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }

  Bus bus_ = Bus::create(4096).value();
  HostLoop loop_ = HostLoop::create(bus_).value();
  FileDescriptor user_;     ///< where keys are typed and output is seen
  FileDescriptor machine_;  ///< the terminal itself
  Listener guest_;
  std::optional<Terminal> terminal_;
  int quits_ = 0;
  int ends_ = 0;
};

TEST_F(TerminalTest, IsRawWhileTheMachineLivesAndAsBeforeAfterwards) {
  open_pseudo_terminal();
  const termios before = modes();
  ASSERT_NE(before.c_lflag & ICANON, 0U);
  start(machine_.get(), machine_.get());
  EXPECT_EQ(modes().c_lflag & (ICANON | ECHO | ISIG | IEXTEN), 0U);
  EXPECT_EQ(modes().c_iflag & (ICRNL | IXON), 0U);
  EXPECT_EQ(modes().c_oflag, before.c_oflag) << "what is printed is left to the terminal";
  terminal_.reset();
  EXPECT_EQ(modes().c_lflag, before.c_lflag);
  EXPECT_EQ(modes().c_iflag, before.c_iflag);
}

TEST_F(TerminalTest, KeysGoToTheGuestAsTheyAreTyped) {
  open_pseudo_terminal();
  start(machine_.get(), machine_.get());
  type("q\r\003\032\004");  // a letter, Enter, and what is elsewhere a signal or the end
  EXPECT_EQ(guest_.heard, "q\r\003\032\004");
}

TEST_F(TerminalTest, ControlAIsTheEscape) {
  open_pseudo_terminal();
  start(machine_.get(), machine_.get());
  type("a\001a\001\001b\001zc");
  EXPECT_EQ(guest_.heard, "a\001\001bc");
  EXPECT_EQ(quits_, 0);
  type("\001");
  type("x");
  EXPECT_EQ(quits_, 1);
  EXPECT_EQ(guest_.heard, "a\001\001bc");
}

TEST_F(TerminalTest, AnInputThatIsClosedIsOneWithoutAnything) {
  const int none = ::dup(0);
  ::close(none);
  start(none, none);
  EXPECT_FALSE(terminal_->has_input());
  print("a line that nobody can see\n");
  loop_.poll_once(0);
  EXPECT_EQ(guest_.heard, "");
}

TEST_F(TerminalTest, TheEndOfTheInputIsTold) {
  std::array<int, 2> pipe = {};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const FileDescriptor input(pipe[0]);
  FileDescriptor typing(pipe[1]);
  start(input.get(), -1);
  ASSERT_EQ(::write(typing.get(), "a", 1), 1);
  loop_.poll_once(1000);
  EXPECT_EQ(guest_.heard, "a");
  EXPECT_TRUE(terminal_->has_input());
  {
    const FileDescriptor closed = std::move(typing);
  }
  loop_.poll_once(1000);
  EXPECT_FALSE(terminal_->has_input());
  EXPECT_EQ(ends_, 1);
}

TEST_F(TerminalTest, AReaderThatWentAwayDoesNotStopTheGuest) {
  std::array<int, 2> pipe = {};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const FileDescriptor output(pipe[1]);
  ::close(pipe[0]);
  start(-1, output.get());
  for (int i = 0; i < 1000; ++i) print("nobody reads\n");
}

TEST_F(TerminalTest, AReaderThatDoesNotReadIsWaitedForUntilSomebodyGivesUp) {
  std::array<int, 2> pipe = {};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const FileDescriptor reader(pipe[0]);
  const FileDescriptor output(pipe[1]);
  start(-1, output.get());
  const std::string much(1 << 20, 'x');
  std::atomic<bool> is_done = false;
  std::thread guest([&] {
    print(much);
    is_done = true;
  });
  std::array<char, 4096> some = {};
  for (int i = 0; i < 100; ++i) ASSERT_GT(::read(reader.get(), some.data(), some.size()), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(is_done) << "it waits";
  terminal_->give_up();
  guest.join();
}

}  // namespace
}  // namespace doppel::sysvm
