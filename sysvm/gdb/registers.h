// SPDX-License-Identifier: Apache-2.0
// The hart's registers as GDB numbers and describes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sysvm/hart/hart.h"

namespace doppel::sysvm::gdb {

/// x0–x31 and pc: what the packets g and G carry.
inline constexpr unsigned kGeneralRegisters = 33;

/// The target description: general registers, floats, all CSRs of the table, the privilege.
[[nodiscard]] const std::string& target_description();

/// A register by GDB's number; nothing: there is none.
[[nodiscard]] std::optional<std::uint64_t> read_register(const Hart& hart, std::uint64_t number);
/// Writes one; false: there is none, or it cannot be written.
bool write_register(Hart& hart, std::uint64_t number, std::uint64_t value);
/// Its size in bytes.
[[nodiscard]] unsigned register_bytes(std::uint64_t number);

}  // namespace doppel::sysvm::gdb
