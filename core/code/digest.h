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

}  // namespace doppel
