// SPDX-License-Identifier: Apache-2.0
// The serial port: a 16550A with one-byte registers. The line is infinitely fast, so the
// transmitter is always empty. Whoever types waits until the guest listens: drivers clear the FIFO
// when they start, which would lose what a script has to say.
#pragma once

#include <cstdint>
#include <deque>

#include "sysvm/platform/bus.h"
#include "sysvm/platform/console.h"
#include "sysvm/platform/interrupts.h"
#include "sysvm/platform/saved.h"

namespace doppel::sysvm {

/// A 16550A. Input that waits without reaching the trigger level is reported as a time-out at once.
class Uart final : public Device, public ConsoleDevice, public Saved {
 public:
  Uart(InterruptLine line, ConsoleHost& host) : line_(line), host_(host) {}

  std::uint64_t read(std::uint64_t offset, unsigned size) override;
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override;

  [[nodiscard]] std::size_t input_room() const override;
  void input(std::span<const std::uint8_t> bytes) override;

  void save(StateWriter& writer) const override;
  void restore(StateReader& reader) override;

 private:
  [[nodiscard]] std::size_t fifo_size() const;
  /// Whether the guest looks for input: it has enabled the interrupt, or polls.
  [[nodiscard]] bool is_listening() const;
  [[nodiscard]] std::uint8_t interrupt_identity() const;
  [[nodiscard]] std::uint8_t line_status() const;
  [[nodiscard]] std::uint8_t modem_status() const;
  std::uint8_t take_received();
  void discard_received();
  void receive(std::uint8_t byte);
  void transmit(std::uint8_t byte);
  void set_fifo_control(std::uint8_t value);
  void update_line() const;

  InterruptLine line_;
  ConsoleHost& host_;

  std::deque<std::uint8_t> received_;
  std::uint16_t divisor_ = 0;
  std::uint8_t interrupt_enable_ = 0;
  std::uint8_t fifo_control_ = 0;
  std::uint8_t line_control_ = 0;
  std::uint8_t modem_control_ = 0;
  std::uint8_t scratch_ = 0;
  std::uint8_t polls_ = 0;  ///< of the line status since a character was sent, up to a bound
  bool overrun_ = false;
  bool transmitter_interrupt_ = false;  ///< the transmitter has become empty, not yet acknowledged
};

}  // namespace doppel::sysvm
