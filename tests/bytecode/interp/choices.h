// SPDX-License-Identifier: Apache-2.0
// Bytes as a source of choices. When they are used up, every choice is the first one.
#pragma once

#include <cstdint>
#include <span>

namespace doppel::bytecode {

class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  /// A number below `count`, which is at most 65536.
  std::uint32_t below(std::uint32_t count) {
    std::uint32_t value = byte();
    if (count > 256) value |= static_cast<std::uint32_t>(byte()) << 8U;
    return value % count;
  }
  bool one_in(std::uint32_t count) { return below(count) == count - 1; }
  std::uint64_t word() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8U | byte();
    return value;
  }
  template <class List>
  const auto& of(const List& list) {
    return list[below(static_cast<std::uint32_t>(list.size()))];
  }

 private:
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }

  std::span<const std::uint8_t> bytes_;
};

}  // namespace doppel::bytecode
