// SPDX-License-Identifier: Apache-2.0
// The framing of GDB's remote protocol: $data#checksum, escapes, acknowledgements, and the byte 3
// by which a debugger interrupts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace doppel::sysvm::gdb {

/// Takes packets out of a stream of bytes, whatever comes. One thread.
class PacketReader {
 public:
  /// No packet may be longer; what is longer is dropped.
  static constexpr std::size_t kMostBytes = 16'384;

  enum class Event : std::uint8_t {
    kNone,       ///< more bytes are needed
    kPacket,     ///< `data()` is a packet, unescaped
    kDamaged,    ///< a packet whose checksum is wrong, or that is too long
    kAccepted,   ///< '+'
    kRejected,   ///< '-': what was sent last is wanted again
    kInterrupt,  ///< byte 3 between packets
  };

  Event feed(char byte);
  [[nodiscard]] const std::string& data() const { return data_; }

 private:
  enum class Place : std::uint8_t { kBetween, kData, kEscaped, kFirstDigit, kSecondDigit };

  void append(char byte);

  Place place_ = Place::kBetween;
  std::string data_;
  unsigned sum_ = 0;
  int expected_ = 0;
  bool too_long_ = false;
};

/// A packet as it is sent, with escapes and checksum.
[[nodiscard]] std::string framed(std::string_view data);

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] int digit_value(char digit);
/// Takes a hexadecimal number off the front of a text; nothing if there is none, or it has more
/// than 64 bits.
[[nodiscard]] std::optional<std::uint64_t> take_number(std::string_view& text);
/// Takes `expected` off the front; false: it is not there.
[[nodiscard]] bool take(std::string_view& text, std::string_view expected);
/// Bytes as pairs of digits, and back; nothing where they are none.
[[nodiscard]] std::string to_hex(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_hex(std::string_view digits);

}  // namespace doppel::sysvm::gdb
