// SPDX-License-Identifier: Apache-2.0
// The registers of the 16550A, as National Semiconductor's data sheet has them.
#include "sysvm/platform/uart.h"

#include <algorithm>
#include <vector>

namespace doppel::sysvm {

namespace {

enum Register : std::uint64_t {
  kData,             ///< receive buffer, transmit holding, or divisor low
  kInterruptEnable,  ///< or divisor high
  kIdentity,         ///< read: interrupt identity; write: FIFO control
  kLineControl,
  kModemControl,
  kLineStatus,
  kModemStatus,
  kScratch,
};

constexpr std::uint8_t kEnableReceived = 0x01;
constexpr std::uint8_t kEnableTransmitter = 0x02;
constexpr std::uint8_t kEnableLineStatus = 0x04;

constexpr std::uint8_t kIdentityNone = 0x01;
constexpr std::uint8_t kIdentityTransmitter = 0x02;
constexpr std::uint8_t kIdentityReceived = 0x04;
constexpr std::uint8_t kIdentityLineStatus = 0x06;
constexpr std::uint8_t kIdentityTimeout = 0x0C;
constexpr std::uint8_t kIdentityFifos = 0xC0;

constexpr std::uint8_t kFifoEnable = 0x01;
constexpr std::uint8_t kFifoClearReceiver = 0x02;
constexpr std::uint8_t kFifoTrigger = 0xC0;

constexpr std::uint8_t kDivisorAccess = 0x80;
constexpr std::uint8_t kLoopback = 0x10;

constexpr std::uint8_t kDataReady = 0x01;
constexpr std::uint8_t kOverrun = 0x02;
constexpr std::uint8_t kTransmitterEmpty = 0x60;  // holding and shift register

constexpr std::uint8_t kConnected = 0xB0;  // carrier, data set ready, clear to send

/// So many looks at the line status without a character sent are not for sending.
constexpr std::uint8_t kPollsOfListener = 16;

std::size_t trigger_level(std::uint8_t fifo_control) {
  constexpr std::size_t kLevels[] = {1, 4, 8, 14};
  return (fifo_control & kFifoEnable) != 0 ? kLevels[fifo_control >> 6] : 1;
}

}  // namespace

std::uint64_t Uart::read(std::uint64_t offset, unsigned) {
  const bool divisor = (line_control_ & kDivisorAccess) != 0;
  switch (offset) {
    case kData: return divisor ? divisor_ & 0xFFU : take_received();
    case kInterruptEnable: return divisor ? divisor_ >> 8U : interrupt_enable_;
    case kIdentity: {
      const std::uint8_t identity = interrupt_identity();
      if (identity == kIdentityTransmitter) {
        transmitter_interrupt_ = false;
        update_line();
      }
      return identity | ((fifo_control_ & kFifoEnable) != 0 ? kIdentityFifos : 0);
    }
    case kLineControl: return line_control_;
    case kModemControl: return modem_control_;
    case kLineStatus: {
      const std::uint8_t status = line_status();
      overrun_ = false;
      if (polls_ < kPollsOfListener) {
        ++polls_;
        if (polls_ == kPollsOfListener) host_.input_wanted();
      }
      update_line();
      return status;
    }
    case kModemStatus: return modem_status();
    case kScratch: return scratch_;
    default: return 0;
  }
}

void Uart::write(std::uint64_t offset, unsigned, std::uint64_t wide) {
  const auto value = static_cast<std::uint8_t>(wide);
  const bool divisor = (line_control_ & kDivisorAccess) != 0;
  switch (offset) {
    case kData:
      if (divisor) {
        divisor_ = static_cast<std::uint16_t>((divisor_ & 0xFF00U) | value);
      } else {
        transmit(value);
      }
      break;
    case kInterruptEnable:
      if (divisor) {
        divisor_ = static_cast<std::uint16_t>((divisor_ & 0x00FFU) | value << 8U);
        break;
      }
      // Enabling the interrupt of a transmitter that is empty raises it.
      if ((value & ~interrupt_enable_ & kEnableTransmitter) != 0) transmitter_interrupt_ = true;
      interrupt_enable_ = value & 0x0F;
      if (is_listening()) host_.input_wanted();
      break;
    case kIdentity: set_fifo_control(value); break;
    case kLineControl: line_control_ = value; break;
    case kModemControl: modem_control_ = value & 0x1F; break;
    case kScratch: scratch_ = value; break;
    default: break;
  }
  update_line();
}

std::size_t Uart::fifo_size() const { return (fifo_control_ & kFifoEnable) != 0 ? 16 : 1; }

bool Uart::is_listening() const {
  return (interrupt_enable_ & kEnableReceived) != 0 || polls_ == kPollsOfListener;
}

std::size_t Uart::input_room() const {
  if (!is_listening() || (modem_control_ & kLoopback) != 0 || received_.size() >= fifo_size())
    return 0;
  return fifo_size() - received_.size();
}

void Uart::input(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) receive(byte);
  update_line();
}

void Uart::receive(std::uint8_t byte) {
  if (received_.size() >= fifo_size()) {
    overrun_ = true;
    return;
  }
  received_.push_back(byte);
}

std::uint8_t Uart::take_received() {
  if (received_.empty()) return 0;
  const std::uint8_t byte = received_.front();
  received_.pop_front();
  update_line();
  if (received_.empty()) host_.input_wanted();
  return byte;
}

void Uart::discard_received() {
  if ((modem_control_ & kLoopback) == 0) {
    const std::vector<std::uint8_t> bytes(received_.begin(), received_.end());
    host_.input_returned(bytes);
  }
  received_.clear();
}

void Uart::transmit(std::uint8_t byte) {
  polls_ = 0;
  if ((modem_control_ & kLoopback) != 0) {
    receive(byte);
  } else {
    host_.output({&byte, 1});
  }
  transmitter_interrupt_ = true;
}

void Uart::set_fifo_control(std::uint8_t value) {
  const bool toggles = ((value ^ fifo_control_) & kFifoEnable) != 0;
  if (toggles || (value & kFifoClearReceiver) != 0) {
    discard_received();
    polls_ = 0;  // another driver may be taking over
    host_.input_wanted();
  }
  fifo_control_ = (value & kFifoEnable) != 0 ? value & (kFifoEnable | kFifoTrigger) : 0;
}

std::uint8_t Uart::line_status() const {
  std::uint8_t status = kTransmitterEmpty;
  if (!received_.empty()) status |= kDataReady;
  if (overrun_) status |= kOverrun;
  return status;
}

std::uint8_t Uart::modem_status() const {
  if ((modem_control_ & kLoopback) == 0) return kConnected;
  // In loop-back, the outputs DTR, RTS, OUT1, OUT2 appear as DSR, CTS, RI, DCD.
  const unsigned outputs = modem_control_;
  return static_cast<std::uint8_t>((outputs & 0x01) << 5 | (outputs & 0x02) << 3 |
                                   (outputs & 0x04) << 4 | (outputs & 0x08) << 4);
}

std::uint8_t Uart::interrupt_identity() const {
  if ((interrupt_enable_ & kEnableLineStatus) != 0 && overrun_) return kIdentityLineStatus;
  if ((interrupt_enable_ & kEnableReceived) != 0 && !received_.empty()) {
    return received_.size() >= trigger_level(fifo_control_) ? kIdentityReceived : kIdentityTimeout;
  }
  if ((interrupt_enable_ & kEnableTransmitter) != 0 && transmitter_interrupt_)
    return kIdentityTransmitter;
  return kIdentityNone;
}

void Uart::save(StateWriter& writer) const {
  writer.begin("uart", 1);
  writer.u8(static_cast<std::uint8_t>(received_.size()));
  for (const std::uint8_t byte : received_) writer.u8(byte);
  writer.u16(divisor_);
  for (const std::uint8_t value :
       {interrupt_enable_, fifo_control_, line_control_, modem_control_, scratch_, polls_})
    writer.u8(value);
  writer.boolean(overrun_);
  writer.boolean(transmitter_interrupt_);
}

void Uart::restore(StateReader& reader) {
  reader.begin("uart", 1);
  received_.clear();
  const std::uint8_t held = reader.u8();
  if (held > 16) reader.reject("found more characters than the FIFO holds, expected up to 16");
  for (unsigned i = 0; i < held && !reader.failed(); ++i) received_.push_back(reader.u8());
  divisor_ = reader.u16();
  for (std::uint8_t* value :
       {&interrupt_enable_, &fifo_control_, &line_control_, &modem_control_, &scratch_, &polls_})
    *value = reader.u8();
  polls_ = std::min(polls_, kPollsOfListener);
  overrun_ = reader.boolean();
  transmitter_interrupt_ = reader.boolean();
  update_line();
}

void Uart::update_line() const { line_.set(interrupt_identity() != kIdentityNone); }

}  // namespace doppel::sysvm
