// SPDX-License-Identifier: Apache-2.0
// A cursor over a range of a module's bytes that reads the binary format's values (specification
// 5.2). Unchecked, it trusts bytes that were validated; checked, the first failure is kept, the
// cursor moves to the end, and every later read yields zero, so that callers test failed() once an
// item.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "bytecode/binary/module.h"
#include "bytecode/binary/module_error.h"

namespace doppel::bytecode {

/// Whether a reader checks what it reads.
enum class Trust : bool { kNone, kValidated };

/// What a reader met that it could not read.
struct ReadFailure {
  ErrorKind kind = ErrorKind::kMalformed;
  ByteOffset offset;
  std::string detail;  ///< "found …, expected …"
};

/// See the file comment. The module's bytes must outlive the reader.
template <Trust kTrust>
class ByteReader {
 public:
  static constexpr bool kChecked = kTrust == Trust::kNone;

  ByteReader(std::span<const std::byte> module, ByteRange range)
      : base_(reinterpret_cast<const std::uint8_t*>(module.data())),
        at_(base_ + range.begin.value()),
        end_(base_ + range.end.value()) {}

  [[nodiscard]] ByteOffset offset() const { return offset_of(at_); }
  [[nodiscard]] ByteOffset end() const { return offset_of(end_); }
  [[nodiscard]] bool at_end() const { return at_ == end_; }
  [[nodiscard]] std::uint32_t remaining() const { return static_cast<std::uint32_t>(end_ - at_); }
  /// Moves to another place of the same range.
  void seek(ByteOffset offset) { at_ = base_ + offset.value(); }

  [[nodiscard]] bool failed() const {
    if constexpr (kChecked) return failure_ != nullptr;
    return false;
  }
  /// The first failure; only when failed().
  [[nodiscard]] const ReadFailure& failure() const { return *failure_; }
  /// Reports that the bytes at `offset` are not what they must be. (`detail` is moved from only
  /// where reading is checked, which clang-tidy sees as a copy elsewhere.)
  [[gnu::cold, gnu::noinline]] void fail(ErrorKind kind, ByteOffset offset,
                                         std::string detail) {  // NOLINT(performance-*)
    if constexpr (kChecked) {
      if (!failure_)
        failure_ = std::make_unique<ReadFailure>(ReadFailure{kind, offset, std::move(detail)});
      at_ = end_;
    }
  }

  /// The next byte without consuming it; zero at the end.
  [[nodiscard]] std::uint8_t peek_byte() const { return kChecked && at_ == end_ ? 0 : *at_; }

  /// Consumes the byte that peek_byte() showed; not at the end.
  void skip_byte() { ++at_; }

  std::uint8_t read_byte() {
    if (kChecked && at_ == end_) [[unlikely]] {
      fail_at_end("a byte");
      return 0;
    }
    return *at_++;
  }

  std::uint32_t read_u32() { return static_cast<std::uint32_t>(read_leb<32, false>()); }
  std::int32_t read_s32() { return static_cast<std::int32_t>(read_leb<32, true>()); }
  std::int64_t read_s33() { return static_cast<std::int64_t>(read_leb<33, true>()); }
  std::uint64_t read_u64() { return read_leb<64, false>(); }
  std::int64_t read_s64() { return static_cast<std::int64_t>(read_leb<64, true>()); }

  /// The bits of a float, little endian in the module.
  std::uint32_t read_f32_bits() { return read_little_endian<std::uint32_t>(); }
  std::uint64_t read_f64_bits() { return read_little_endian<std::uint64_t>(); }

  /// The next `count` bytes in place; an empty span where there are fewer.
  std::span<const std::byte> read_bytes(std::uint32_t count) {
    if (kChecked && count > remaining()) [[unlikely]] {
      fail_at_end("more bytes");
      return {};
    }
    const auto* begin = reinterpret_cast<const std::byte*>(at_);
    at_ += count;
    return {begin, count};
  }

  /// The number of items that follow, of at least `item_bytes` bytes each. A number that the
  /// remaining bytes cannot hold fails, so no count makes a caller reserve beyond the input's size.
  std::uint32_t read_count(const char* items, std::uint32_t item_bytes = 1) {
    const ByteOffset begin = offset();
    const std::uint32_t count = read_u32();
    if (kChecked && count > remaining() / item_bytes) [[unlikely]] {
      fail_count(begin, count, items);
      return 0;
    }
    return count;
  }

 protected:
  [[nodiscard]] std::uint8_t byte_at(ByteOffset offset) const { return base_[offset.value()]; }

  /// A value of the LEB128 encoding with at most `kBits` bits (specification 5.2.2).
  template <unsigned kBits, bool kSigned>
  std::uint64_t read_leb() {
    if (!kChecked || at_ != end_) [[likely]] {
      const std::uint8_t first = *at_;
      if (first < 0x80) [[likely]] {
        ++at_;
        if constexpr (kSigned)
          return static_cast<std::uint64_t>((std::int64_t{first} ^ 0x40) - 0x40);
        return first;
      }
    }
    return read_long_leb<kBits, kSigned>();
  }

 private:
  [[nodiscard]] ByteOffset offset_of(const std::uint8_t* place) const {
    return ByteOffset{static_cast<std::uint32_t>(place - base_)};
  }

  template <unsigned kBits, bool kSigned>
  std::uint64_t read_long_leb() {
    constexpr unsigned kMaxBytes = (kBits + 6) / 7;
    constexpr unsigned kLastBits = kBits - 7 * (kMaxBytes - 1);  // of the value, in the last byte
    const std::uint8_t* begin = at_;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < kMaxBytes; ++i) {
      if (kChecked && at_ == end_) [[unlikely]] {
        fail_at_end("the rest of an integer");
        return 0;
      }
      const std::uint8_t byte = *at_++;
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << (7 * i);
      if (byte >= 0x80) continue;
      if (kChecked && i == kMaxBytes - 1) {
        // The bits beyond the value's must repeat its sign bit, or be zero when unsigned.
        const std::uint8_t rest =
            static_cast<std::uint8_t>(byte >> (kSigned ? kLastBits - 1 : kLastBits));
        constexpr std::uint8_t kOnes = (1U << (kSigned ? 8 - kLastBits : 7 - kLastBits)) - 1;
        if (rest != 0 && (!kSigned || rest != kOnes)) [[unlikely]] {
          fail_integer(begin, "an integer that is too large", kBits);
          return 0;
        }
      }
      if constexpr (kSigned) {
        const unsigned shift = 7 * (i + 1);
        if (shift < 64 && (byte & 0x40U) != 0) value |= ~std::uint64_t{0} << shift;
      }
      return value;
    }
    fail_integer(begin, "an integer of too many bytes", kBits);
    return 0;
  }

  template <class Bits>
  Bits read_little_endian() {
    if (kChecked && remaining() < sizeof(Bits)) [[unlikely]] {
      fail_at_end("the bytes of a float");
      return 0;
    }
    Bits bits = 0;
    for (unsigned i = 0; i < sizeof(Bits); ++i) bits |= static_cast<Bits>(at_[i]) << (8 * i);
    at_ += sizeof(Bits);
    return bits;
  }

  [[gnu::cold, gnu::noinline]] void fail_at_end(const char* expected) {
    fail(ErrorKind::kMalformed, offset_of(end_), found_but_expected("the end", expected));
  }
  [[gnu::cold, gnu::noinline]] void fail_integer(const std::uint8_t* begin, const char* found,
                                                 unsigned bits) {
    fail(ErrorKind::kMalformed, offset_of(begin),
         found_but_expected(found, "one of " + std::to_string(bits) + " bits"));
  }
  [[gnu::cold, gnu::noinline]] void fail_count(ByteOffset begin, std::uint32_t count,
                                               const char* items) {
    fail(ErrorKind::kMalformed, begin,
         found_but_expected(
             "a count of " + std::to_string(count) + " " + items,
             "no more than fit in the remaining " + std::to_string(remaining()) + " bytes"));
  }

  struct Nothing {};
  const std::uint8_t* base_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  [[no_unique_address]] std::conditional_t<kChecked, std::unique_ptr<ReadFailure>, Nothing>
      failure_;
};

}  // namespace doppel::bytecode
