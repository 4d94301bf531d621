// SPDX-License-Identifier: Apache-2.0
// The names of control and status registers, from their table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace doppel::sysvm {

/// A register's name, or "" for a number that the table does not have.
[[nodiscard]] std::string_view csr_name(std::uint16_t number);
/// The same, but the number in decimal where there is no name.
[[nodiscard]] std::string csr_text(std::uint16_t number);

}  // namespace doppel::sysvm
