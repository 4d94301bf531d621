// SPDX-License-Identifier: Apache-2.0
// Writing and checking of the state stream.
#include "core/state/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace doppel {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic("doppel state 1\n\0", 16);
constexpr std::size_t kMagicSize = 16;
constexpr std::size_t kChecksumSize = 4;

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f6'3b78U : 0);
    table[i] = value;
  }
  return table;
}();

std::uint32_t by_table(std::uint32_t crc, std::span<const std::byte> data) {
  for (const std::byte byte : data) {
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<std::uint32_t>(byte)) & 0xff];
  }
  return crc;
}

#ifdef __x86_64__
/// SSE 4.2 has an instruction for this polynomial.
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t crc,
                                                               std::span<const std::byte> data) {
  std::uint64_t words_crc = crc;
  for (; data.size() >= sizeof(std::uint64_t); data = data.subspan(sizeof(std::uint64_t))) {
    std::uint64_t word;
    std::memcpy(&word, data.data(), sizeof word);
    words_crc = _mm_crc32_u64(words_crc, word);
  }
  return by_table(static_cast<std::uint32_t>(words_crc), data);
}
#endif

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> data) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2")) return ~by_instruction(~0U, data);
#endif
  return ~by_table(~0U, data);
}

StateWriter::StateWriter() {
  out_.resize(kMagicSize);
  std::memcpy(out_.data(), kMagic.data(), kMagicSize);
}

void StateWriter::begin(std::string_view name, std::uint32_t version) {
  end_section();
  u8(static_cast<std::uint8_t>(name.size()));
  bytes(std::as_bytes(std::span(name)));
  u32(version);
  u64(0);  // the length, filled in at the end
  body_ = out_.size();
}

void StateWriter::end_section() {
  if (body_ == 0) return;
  const std::uint64_t length = out_.size() - body_;
  std::memcpy(out_.data() + body_ - 8, &length, 8);
  u32(crc32c(std::span(out_).subspan(body_)));
  body_ = 0;
}

void StateWriter::bytes(std::span<const std::byte> data) {
  out_.insert(out_.end(), data.begin(), data.end());
}

void StateWriter::block(std::span<const std::byte> data) {
  u64(data.size());
  bytes(data);
}

void StateWriter::number(std::uint64_t value, unsigned size) {
  bytes(std::as_bytes(std::span(&value, 1)).first(size));
}

std::vector<std::byte> StateWriter::finish() && {
  end_section();
  u8(0);  // a section without a name ends the stream
  return std::move(out_);
}

StateReader::StateReader(std::span<const std::byte> stream) : stream_(stream) {
  if (stream_.size() < kMagicSize || std::memcmp(stream_.data(), kMagic.data(), kMagicSize) != 0) {
    fail_with(ErrorKind::kMalformed, "found other bytes, expected the header of a state stream");
    return;
  }
  at_ = end_ = kMagicSize;
}

std::uint32_t StateReader::begin(std::string_view name, std::uint32_t newest) {
  check_section_read();
  section_ = name;
  end_ = stream_.size();
  const std::size_t size = u8();
  const auto found_bytes = bytes(size);
  const std::string_view found(reinterpret_cast<const char*>(found_bytes.data()),
                               found_bytes.size());
  const std::uint32_t version = u32();
  const std::uint64_t length = u64();
  if (failed()) return 0;
  if (found != name) {
    fail_with(ErrorKind::kMalformed, fmt::format("found section '{}', expected '{}'", found, name));
    return 0;
  }
  if (version == 0 || version > newest) {
    fail_with(
        ErrorKind::kUnsupported,
        fmt::format("section '{}': found version {}, expected 1 to {}", name, version, newest));
    return 0;
  }
  if (stream_.size() - at_ < kChecksumSize || length > stream_.size() - at_ - kChecksumSize) {
    fail_with(ErrorKind::kMalformed,
              fmt::format("section '{}': found {} bytes, expected {} and a checksum", name,
                          stream_.size() - at_, length));
    return 0;
  }
  end_ = at_ + length;
  std::uint32_t checksum;
  std::memcpy(&checksum, stream_.data() + end_, kChecksumSize);
  const std::uint32_t actual = crc32c(stream_.subspan(at_, length));
  if (checksum != actual) {
    fail_with(ErrorKind::kMalformed, fmt::format("section '{}': found checksum {:#010x}, expected "
                                                 "{:#010x}",
                                                 name, checksum, actual));
    return 0;
  }
  return version;
}

void StateReader::check_section_read() {
  if (failed() || section_.empty()) return;
  if (at_ != end_) {
    fail_with(ErrorKind::kMalformed,
              fmt::format("section '{}': found {} bytes too many", section_, end_ - at_));
    return;
  }
  at_ += kChecksumSize;
}

bool StateReader::boolean() {
  const std::uint8_t value = u8();
  if (value > 1) reject(fmt::format("found {}, expected 0 or 1", value));
  return value == 1;
}

std::span<const std::byte> StateReader::bytes(std::size_t count) {
  if (failed()) return {};
  if (count > end_ - at_) {
    fail_with(ErrorKind::kMalformed, fmt::format("section '{}': found {} bytes, expected {}",
                                                 section_, end_ - at_, count));
    return {};
  }
  const auto data = stream_.subspan(at_, count);
  at_ += count;
  return data;
}

std::span<const std::byte> StateReader::block() {
  const std::uint64_t count = u64();
  return bytes(count);
}

std::string StateReader::text() {
  const auto data = block();
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

std::uint64_t StateReader::number(unsigned size) {
  std::uint64_t value = 0;
  const auto data = bytes(size);
  if (!data.empty()) std::memcpy(&value, data.data(), data.size());
  return value;
}

void StateReader::reject(std::string_view what) {
  fail_with(ErrorKind::kMalformed, fmt::format("section '{}': {}", section_, what));
}

void StateReader::fail_with(ErrorKind kind, std::string message) {
  if (failed()) return;
  kind_ = kind;
  message_ = "state stream: " + std::move(message);
  at_ = end_ = 0;
}

Result<void> StateReader::status() const {
  if (failed()) return fail(kind_, message_);
  return {};
}

Result<void> StateReader::finish() {
  check_section_read();
  section_.clear();
  end_ = stream_.size();
  if (!failed() && (bytes(1).size() != 1 || stream_[at_ - 1] != std::byte{0} || at_ != end_)) {
    fail_with(ErrorKind::kMalformed, "found more, expected the end of the stream");
  }
  return status();
}

}  // namespace doppel
