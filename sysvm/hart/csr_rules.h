// SPDX-License-Identifier: Apache-2.0
// A control and status register as an object: what it reads as, and what a write of any value makes
// of it (WARL).
#pragma once

#include <cstdint>

namespace doppel::sysvm {

struct HartCore;

/// See the file comment. A register without `write` ignores writes.
struct CsrRule {
  std::uint64_t (*read)(const HartCore&, std::uint16_t number) = nullptr;
  void (*write)(HartCore&, std::uint16_t number, std::uint64_t value) = nullptr;
  /// Whether the present mode may access it, beyond what its number says; null: it may.
  bool (*permits)(const HartCore&, std::uint16_t number) = nullptr;
};

/// The rule of a register, or null where there is none of this number.
[[nodiscard]] const CsrRule* csr_rule(std::uint16_t number);

}  // namespace doppel::sysvm
