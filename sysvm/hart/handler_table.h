// SPDX-License-Identifier: Apache-2.0
// Every handler by what it does.
#pragma once

#include <algorithm>
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

/// What pairs that have a handler of their own begin and end with (handlers/pairs.cpp).
inline constexpr std::array kPairFirst{Opcode::kAddi,  Opcode::kAdd,   Opcode::kLd,   Opcode::kSd,
                                       Opcode::kAuipc, Opcode::kSlli,  Opcode::kLw,   Opcode::kAndi,
                                       Opcode::kLbu,   Opcode::kAddiw, Opcode::kSrli, Opcode::kOr,
                                       Opcode::kXor,   Opcode::kLui,   Opcode::kSw};
inline constexpr std::array kPairSecond{Opcode::kAddi, Opcode::kAdd, Opcode::kLd,   Opcode::kSd,
                                        Opcode::kBeq,  Opcode::kBne, Opcode::kSlli, Opcode::kLw,
                                        Opcode::kJal,  Opcode::kLbu, Opcode::kAndi, Opcode::kAddiw,
                                        Opcode::kSrli, Opcode::kOr,  Opcode::kSw,   Opcode::kBltu,
                                        Opcode::kBgeu, Opcode::kBlt, Opcode::kBge};

/// See the file comment.
struct HandlerTable {
  std::array<Handler, kOpcodeCount> instructions{};
  /// Of float instructions whose rounding mode is not the dynamic one.
  std::array<Handler, kOpcodeCount> static_rounding{};
  std::array<Handler, kSpecials> specials{};
  std::array<std::array<Handler, kPairSecond.size()>, kPairFirst.size()> pairs{};

  /// The handler of two instructions; null: they have none together.
  [[nodiscard]] Handler pair(Opcode first, Opcode second) const {
    const auto row = std::ranges::find(kPairFirst, first);
    const auto column = std::ranges::find(kPairSecond, second);
    if (row == kPairFirst.end() || column == kPairSecond.end()) return nullptr;
    return pairs[static_cast<std::size_t>(row - kPairFirst.begin())]
                [static_cast<std::size_t>(column - kPairSecond.begin())];
  }

  [[nodiscard]] Handler operator[](Special special) const {
    return specials[static_cast<std::size_t>(special)];
  }
};

[[nodiscard]] const HandlerTable& handlers();

}  // namespace doppel::sysvm
