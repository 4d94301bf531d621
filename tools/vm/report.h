// SPDX-License-Identifier: Apache-2.0
// What `doppel vm run --stats` prints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sysvm/machine/machine.h"

namespace doppel::tools {

/// The statistics of a run of so many seconds, and the hash of the machine's state where there is
/// one, as lines that begin `doppel:` or as one line of JSON.
std::string format(const sysvm::MachineStatistics& statistics, double seconds,
                   std::optional<std::uint64_t> state_hash, bool json);

/// A hash of a saved state: FNV-1a.
std::uint64_t hash_of(std::span<const std::byte> bytes);

}  // namespace doppel::tools
