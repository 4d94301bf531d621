// SPDX-License-Identifier: Apache-2.0
// Every handler by what it does.
#pragma once

#include <array>

#include "sysvm/hart/cell.h"
#include "sysvm/isa/instruction.h"

namespace doppel::sysvm {

/// Handlers that belong to no instruction.
enum class Special : std::uint8_t {
  kHeader,    ///< pays for a block
  kStraddle,  ///< before a block whose instruction lies in two pages: is it still the same?
  kGoOn,      ///< goes on at the link's first place
  kResolve,   ///< finds out where a link leads
  kIllegal,
};
inline constexpr std::size_t kSpecials = 5;

/// See the file comment.
struct HandlerTable {
  std::array<Handler, kOpcodeCount> instructions{};
  /// Of float instructions whose rounding mode is not the dynamic one.
  std::array<Handler, kOpcodeCount> static_rounding{};
  std::array<Handler, kSpecials> specials{};

  [[nodiscard]] Handler operator[](Special special) const {
    return specials[static_cast<std::size_t>(special)];
  }
};

[[nodiscard]] const HandlerTable& handlers();

}  // namespace doppel::sysvm
