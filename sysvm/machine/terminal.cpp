// SPDX-License-Identifier: Apache-2.0
// Output is collected for a line or some milliseconds, for a system call a character would be dear.
#include "sysvm/machine/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>
#include <vector>

namespace doppel::sysvm {

namespace {

constexpr std::uint8_t kEscape = 'a' & 0x1F;
constexpr std::size_t kMostUnwritten = 1024;
constexpr std::size_t kMostUnfed = 4096;
constexpr int kMostDelay = 3;  // milliseconds
constexpr int kPatience = 50;  // milliseconds

}  // namespace

Terminal::Terminal(HostLoop& loop, Options options) : loop_(loop), options_(std::move(options)) {
  if (::fcntl(options_.input, F_GETFD) < 0) input_ended_ = true;
  termios modes = {};
  if (::tcgetattr(options_.input, &modes) != 0) return;
  saved_modes_ = modes;
  // Keys as they are typed, signals included; what is printed is left to the terminal.
  modes.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
  modes.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  ::tcsetattr(options_.input, TCSANOW, &modes);
}

Terminal::~Terminal() {
  flush();
  if (saved_modes_) ::tcsetattr(options_.input, TCSANOW, &*saved_modes_);
}

void Terminal::output(std::span<const std::uint8_t> bytes) {
  const bool was_empty = unwritten_.empty();
  unwritten_.append(bytes.begin(), bytes.end());
  if (unwritten_.size() >= kMostUnwritten || unwritten_.back() == '\n') {
    flush();
  } else if (was_empty) {
    loop_.wake();
  }
}

void Terminal::flush() {
  std::string_view left = unwritten_;
  while (!left.empty() && !output_broken_) {
    if (!waits_for_room()) break;
    const ssize_t done =
        ::write(options_.output, left.data(), std::min<std::size_t>(left.size(), PIPE_BUF));
    if (done >= 0) {
      left.remove_prefix(static_cast<std::size_t>(done));
    } else if (errno != EAGAIN && errno != EINTR) {
      output_broken_ = true;  // nobody reads any more; the guest goes on
    }
  }
  unwritten_.clear();
}

/// False: it is full, and nobody waits any more.
bool Terminal::waits_for_room() const {
  pollfd room{options_.output, POLLOUT, 0};
  while (::poll(&room, 1, gives_up_ ? 0 : kPatience) <= 0) {
    if (gives_up_) return false;
  }
  return true;
}

void Terminal::input_wanted() {
  if (!unfed_.empty()) loop_.wake();
}

void Terminal::input_returned(std::span<const std::uint8_t> bytes) {
  unfed_.insert(unfed_.begin(), bytes.begin(), bytes.end());
}

void Terminal::before_poll(PollSet& set) {
  feed();
  if (!unwritten_.empty()) set.wait_at_most(kMostDelay);
  // A terminal is read even when the guest does not listen, for the sake of Ctrl-a x.
  is_polled_ = !input_ended_ && (saved_modes_ || unfed_.size() < kMostUnfed);
  if (is_polled_) poll_index_ = set.add(options_.input, POLLIN);
}

void Terminal::after_poll(const PollSet& set) {
  flush();
  if (is_polled_ && set.events(poll_index_) != 0) read_input();
  feed();
}

void Terminal::read_input() {
  std::array<std::uint8_t, 1024> bytes;
  const ssize_t done = ::read(options_.input, bytes.data(), bytes.size());
  if (done < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (done <= 0) {
    input_ended_ = true;
    if (options_.ended) options_.ended();
    return;
  }
  for (ssize_t i = 0; i < done; ++i) take(bytes[static_cast<std::size_t>(i)]);
}

void Terminal::take(std::uint8_t byte) {
  if (!std::exchange(after_escape_, false)) {
    if (byte == kEscape) {
      after_escape_ = true;
      return;
    }
  } else if (byte == 'x') {
    if (options_.quit) options_.quit();
    return;
  } else if (byte != 'a' && byte != kEscape) {
    return;
  } else {
    byte = kEscape;
  }
  if (unfed_.size() < 2 * kMostUnfed) unfed_.push_back(byte);
}

void Terminal::feed() {
  while (device_ != nullptr && !unfed_.empty()) {
    const std::size_t bytes = std::min(unfed_.size(), device_->input_room());
    if (bytes == 0) return;
    const auto end = unfed_.begin() + static_cast<std::ptrdiff_t>(bytes);
    const std::vector<std::uint8_t> part(unfed_.begin(), end);
    unfed_.erase(unfed_.begin(), end);
    device_->input(part);
  }
}

}  // namespace doppel::sysvm
