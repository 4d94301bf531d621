// SPDX-License-Identifier: Apache-2.0
// Copying into and filling linear memories. What threads share is touched by relaxed atomic
// accesses only, so that a guest's data race is no race of the host's; bounds are the caller's to
// check.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bytecode/runtime/memory.h"

namespace doppel::bytecode::bulk {

/// Copies `count` bytes from `source` to the memory's byte `to`; they may overlap. `is_shared` says
/// whether other threads may access the source.
void copy(MemoryInstance& memory, std::uint64_t to, const std::byte* source, bool is_shared,
          std::uint64_t count);

/// Sets `count` bytes from `to` on.
void fill(MemoryInstance& memory, std::uint64_t to, std::uint8_t value, std::uint64_t count);

}  // namespace doppel::bytecode::bulk
