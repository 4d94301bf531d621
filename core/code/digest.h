// SPDX-License-Identifier: Apache-2.0
// What code was made from, as a name for it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

namespace doppel {

/// The SHA-256 digest of the parts, each with its length, as 64 hexadecimal digits.
[[nodiscard]] std::string sha256(std::initializer_list<std::span<const std::byte>> parts);
/// The same on every processor, several times slower than by instructions for it.
[[nodiscard]] std::string sha256_everywhere(
    std::initializer_list<std::span<const std::byte>> parts);

}  // namespace doppel
