// SPDX-License-Identifier: Apache-2.0
// The state stream: what is saved of a machine, as named sections, each with its version, its
// length and a checksum. Numbers are little-endian. Layout: docs/formats/state.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace doppel {

/// Writes a stream into memory. Values go into the section that was begun last.
class StateWriter {
 public:
  StateWriter();

  /// Begins a section; the one before it is closed. A name is at most 255 bytes.
  void begin(std::string_view name, std::uint32_t version);
  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void boolean(bool value) { u8(value ? 1 : 0); }
  /// Bytes whose number the reader knows.
  void bytes(std::span<const std::byte> data);
  /// A length and the bytes.
  void block(std::span<const std::byte> data);
  void text(std::string_view data) { block(std::as_bytes(std::span(data))); }

  /// Closes the stream and hands it over; the writer is used up.
  [[nodiscard]] std::vector<std::byte> finish() &&;

 private:
  void number(std::uint64_t value, unsigned size);
  void end_section();

  std::vector<std::byte> out_;
  std::size_t body_ = 0;  ///< where the open section's contents begin; 0: none is open
};

/// Reads a stream that it does not own. The first failure is kept: later reads give zero, and
/// `finish` tells it. So restoring code reads everything and asks once.
class StateReader {
 public:
  explicit StateReader(std::span<const std::byte> stream);

  /// Enters the next section, which must have this name and a version up to `newest`; answers its
  /// version, or 0 after a failure. Whatever the section before it has left is a failure.
  std::uint32_t begin(std::string_view name, std::uint32_t newest);
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  /// 0 or 1; anything else is a failure.
  bool boolean();
  /// The next `count` bytes; empty after a failure.
  std::span<const std::byte> bytes(std::size_t count);
  /// What `block` wrote.
  std::span<const std::byte> block();
  std::string text();

  /// Bytes of the section that have not been read.
  [[nodiscard]] std::size_t left() const { return end_ - at_; }
  /// Reports that a value makes no sense: "found …, expected …".
  void reject(std::string_view what);
  [[nodiscard]] bool failed() const { return !message_.empty(); }
  /// The first failure, if any (kMalformed; kUnsupported for a newer version).
  [[nodiscard]] Result<void> status() const;
  /// The same, and the stream must end here.
  [[nodiscard]] Result<void> finish();

 private:
  std::uint64_t number(unsigned size);
  void fail_with(ErrorKind kind, std::string message);
  void check_section_read();

  std::span<const std::byte> stream_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;  ///< of the section's contents
  std::string section_;
  ErrorKind kind_ = ErrorKind::kMalformed;
  std::string message_;
};

/// CRC-32C (Castagnoli) of bytes, as the stream's checksum has it.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> data);

}  // namespace doppel
