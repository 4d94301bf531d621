// SPDX-License-Identifier: Apache-2.0
// A text being read, and how its errors are shown: "file:line:column: what", then the line itself
// with a caret under the place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/result.h"

namespace doppel::bytecode::text {

/// A text with the name it has in messages. Both are borrowed.
struct Source {
  std::string_view text;
  std::string_view name;
};

/// A place as people count it: from 1, columns in characters rather than bytes.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// Where byte `offset` of the text stands.
Position position_of(const Source& source, std::size_t offset);

/// The error `message` at byte `offset`, with its position in front and the caret line behind.
[[nodiscard]] tl::unexpected<Error> fail_at(const Source& source, std::size_t offset,
                                            ErrorKind kind, std::string_view message);

}  // namespace doppel::bytecode::text
