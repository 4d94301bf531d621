// SPDX-License-Identifier: Apache-2.0
// Bytes to packets and back.
#include "sysvm/gdb/packets.h"

namespace doppel::sysvm::gdb {

namespace {

constexpr char kInterruptByte = 3;
constexpr char kEscape = '}';
constexpr char kEscapeFlip = 0x20;
constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

void PacketReader::append(char byte) {
  if (data_.size() == kMostBytes) {
    too_long_ = true;
  } else {
    data_.push_back(byte);
  }
}

PacketReader::Event PacketReader::feed(char byte) {
  switch (place_) {
    case Place::kBetween:
      if (byte == '+') return Event::kAccepted;
      if (byte == '-') return Event::kRejected;
      if (byte == kInterruptByte) return Event::kInterrupt;
      if (byte == '$') {
        place_ = Place::kData;
        data_.clear();
        sum_ = 0;
        too_long_ = false;
      }
      return Event::kNone;
    case Place::kData:
      if (byte == '#') {
        place_ = Place::kFirstDigit;
        return Event::kNone;
      }
      sum_ += static_cast<unsigned char>(byte);
      if (byte == kEscape) {
        place_ = Place::kEscaped;
      } else {
        append(byte);
      }
      return Event::kNone;
    case Place::kEscaped:
      sum_ += static_cast<unsigned char>(byte);
      append(static_cast<char>(byte ^ kEscapeFlip));
      place_ = Place::kData;
      return Event::kNone;
    case Place::kFirstDigit:
      expected_ = digit_value(byte);
      place_ = Place::kSecondDigit;
      return Event::kNone;
    case Place::kSecondDigit: {
      place_ = Place::kBetween;
      const int low = digit_value(byte);
      const bool right = expected_ >= 0 && low >= 0 &&
                         static_cast<unsigned>(expected_ * 16 + low) == (sum_ & 0xff);
      return right && !too_long_ ? Event::kPacket : Event::kDamaged;
    }
  }
  return Event::kNone;
}

std::string framed(std::string_view data) {
  std::string out = "$";
  unsigned sum = 0;
  const auto put = [&](char byte) {
    out.push_back(byte);
    sum += static_cast<unsigned char>(byte);
  };
  for (const char byte : data) {
    if (byte == '$' || byte == '#' || byte == kEscape || byte == '*') {
      put(kEscape);
      put(static_cast<char>(byte ^ kEscapeFlip));
    } else {
      put(byte);
    }
  }
  out.push_back('#');
  out.push_back(kDigits[sum >> 4 & 15]);
  out.push_back(kDigits[sum & 15]);
  return out;
}

int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  std::size_t length = 0;
  for (; length < text.size() && digit_value(text[length]) >= 0; ++length) {
    if (value >> 60 != 0) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(digit_value(text[length]));
  }
  if (length == 0) return std::nullopt;
  text.remove_prefix(length);
  return value;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    out.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = digit_value(digits[i]);
    const int low = digit_value(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

}  // namespace doppel::sysvm::gdb
