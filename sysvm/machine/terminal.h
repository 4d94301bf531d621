// SPDX-License-Identifier: Apache-2.0
// The host's end of the console: standard input and output, or any two descriptors. On a terminal,
// the keys go to the guest as they are typed; Ctrl-a x quits.
#pragma once

#include <termios.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "sysvm/platform/console.h"
#include "sysvm/platform/host_loop.h"

namespace doppel::sysvm {

/// See the file comment. Input that the guest does not take yet is kept; a pipe is read no further
/// then. An input that is closed, or was from the start, is an input without anything. Ctrl-a a
/// sends Ctrl-a.
class Terminal final : public ConsoleHost, public HostSource {
 public:
  struct Options {
    int input = 0;
    int output = 1;
    std::function<void()> quit;        ///< called for Ctrl-a x, under the board's lock
    std::function<void()> ended = {};  ///< called when the input has ended, likewise; may be empty
  };

  /// `loop` outlives the terminal.
  Terminal(HostLoop& loop, Options options);
  /// Restores the terminal's modes.
  ~Terminal() override;

  /// Which device gets the input; before the machine runs.
  void connect(ConsoleDevice& device) { device_ = &device; }
  /// Whether the guest can still get input.
  [[nodiscard]] bool has_input() const { return !input_ended_ || !unfed_.empty(); }
  /// Writes what is held back, however long the output does not take it.
  void flush();
  /// From now on, what an output does not take at once is lost. Any thread.
  void give_up() { gives_up_ = true; }

  void output(std::span<const std::uint8_t> bytes) override;
  void input_wanted() override;
  void input_returned(std::span<const std::uint8_t> bytes) override;
  void before_poll(PollSet& set) override;
  void after_poll(const PollSet& set) override;

 private:
  [[nodiscard]] bool waits_for_room() const;
  void read_input();
  void take(std::uint8_t byte);
  void feed();

  HostLoop& loop_;
  Options options_;
  ConsoleDevice* device_ = nullptr;
  std::optional<termios> saved_modes_;  ///< of a terminal that was changed
  std::string unwritten_;
  std::deque<std::uint8_t> unfed_;
  std::size_t poll_index_ = 0;
  bool is_polled_ = false;
  bool input_ended_ = false;
  bool output_broken_ = false;
  bool after_escape_ = false;  ///< Ctrl-a was the last key
  std::atomic<bool> gives_up_ = false;
};

}  // namespace doppel::sysvm
