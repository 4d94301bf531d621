// SPDX-License-Identifier: Apache-2.0
// Little-endian numbers in files that may be damaged.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace doppel::sysvm {

static_assert(std::endian::native == std::endian::little);

/// The number at `offset`; nothing when it does not lie in the file.
template <std::unsigned_integral T>
[[nodiscard]] std::optional<T> number_at(std::span<const std::byte> file, std::uint64_t offset) {
  if (offset > file.size() || sizeof(T) > file.size() - offset) return std::nullopt;
  T value;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

/// Whether the file has exactly these bytes at `offset`.
[[nodiscard]] inline bool has_at(std::span<const std::byte> file, std::uint64_t offset,
                                 std::string_view bytes) {
  return offset <= file.size() && bytes.size() <= file.size() - offset &&
         std::memcmp(file.data() + offset, bytes.data(), bytes.size()) == 0;
}

/// The bytes [offset, offset + size); nothing when they do not lie in the file.
[[nodiscard]] inline std::optional<std::span<const std::byte>> part_of(
    std::span<const std::byte> file, std::uint64_t offset, std::uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) return std::nullopt;
  return file.subspan(offset, size);
}

}  // namespace doppel::sysvm
