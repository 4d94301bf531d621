// SPDX-License-Identifier: Apache-2.0
// The flattened device tree by which a guest learns what machine it runs on. It describes the virt
// board with the nodes, names and properties that QEMU gives it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/types.h"

namespace doppel::sysvm {

/// Where the initial RAM disk lies.
struct InitrdRange {
  GuestPhys begin;
  GuestPhys end;
};

/// What differs between one machine and the next.
struct BoardDescription {
  unsigned harts = 1;
  std::uint64_t ram_bytes = 0;
  std::string command_line = {};
  std::optional<InitrdRange> initrd = std::nullopt;
  /// Randomness for the guest's generator; from a seed where runs must repeat.
  std::array<std::uint8_t, 32> entropy = {};
};

/// The extensions that a hart has beyond the base, in the order of the ISA string.
[[nodiscard]] const std::vector<std::string>& isa_extensions();
/// The ISA string: "rv64imafdc_zicbom_…".
[[nodiscard]] std::string isa_string();

/// The tree as a blob in the format's version 17. kUsage where a string is too long for it.
Result<std::vector<std::byte>> build_device_tree(const BoardDescription& board);

}  // namespace doppel::sysvm
