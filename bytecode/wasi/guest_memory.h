// SPDX-License-Identifier: Apache-2.0
// A bounds-checked view of a guest's linear memory. Every address comes from the guest and is
// checked before use; values are copied in and out, so neither alignment nor a guest thread that
// writes at the same time can make one value be read twice differently.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "bytecode/wasi/outcome.h"

namespace doppel::bytecode::wasi {

static_assert(std::endian::native == std::endian::little, "guest memory is little-endian");

/// A record of the guest ABI: `N` bytes with fields at the offsets that the witx files give.
template <std::size_t N>
struct Record {
  std::array<std::byte, N> bytes{};

  template <class T>
  void put(std::size_t offset, T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(bytes.data() + offset, &value, sizeof value);
  }
  template <class T>
  [[nodiscard]] T get(std::size_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
  }
};

/// A place in guest memory that is known to be there: writing a result to it cannot fail.
/// Functions take their slots before their first effect.
template <class T>
class Slot {
 public:
  explicit Slot(std::byte* place) : place_(place) {}
  void set(const T& value) const { std::memcpy(place_, &value, sizeof value); }

 private:
  std::byte* place_;
};

/// The linear memory of the calling guest, valid for the duration of one call. Owns nothing.
class GuestMemory {
 public:
  GuestMemory(std::byte* base, std::uint64_t size) : base_(base), size_(size) {}

  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Bytes [address, address + length), or EFAULT where any of them lies outside.
  [[nodiscard]] Attempt<std::span<std::byte>> span(std::uint64_t address,
                                                   std::uint64_t length) const {
    if (length > size_ || address > size_ - length) return failed(Errno::kFault);
    return std::span<std::byte>(base_ + address, length);
  }

  template <class T>
  [[nodiscard]] Attempt<T> read(std::uint64_t address) const {
    static_assert(std::is_trivially_copyable_v<T>);
    return span(address, sizeof(T)).map([](std::span<std::byte> bytes) {
      T value;
      std::memcpy(&value, bytes.data(), sizeof value);
      return value;
    });
  }

  /// The place for a result of type T at `address`, or EFAULT.
  template <class T>
  [[nodiscard]] Attempt<Slot<T>> slot(std::uint64_t address) const {
    static_assert(std::is_trivially_copyable_v<T>);
    return span(address, sizeof(T)).map([](std::span<std::byte> bytes) {
      return Slot<T>(bytes.data());
    });
  }

 private:
  std::byte* base_;
  std::uint64_t size_;
};

}  // namespace doppel::bytecode::wasi
