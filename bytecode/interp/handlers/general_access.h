// SPDX-License-Identifier: Apache-2.0
// Where an access goes in a memory without a guard region for it: the index and the offset are
// added without overflow and compared with the memory's present size.
#pragma once

#include "bytecode/interp/handlers/operands.h"
#include "bytecode/runtime/memory.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

/// The place of `bytes` bytes at `index` in the memory access.offset, plus the offset in the next
/// cell; null if not all of them lie inside.
DOPPEL_INLINE std::byte* checked(const Registers& r, std::uint64_t index, std::uint64_t bytes) {
  const MemoryInstance& memory = *r.context->memories[r.pc->access.offset];
  std::uint64_t address;
  if (__builtin_add_overflow(index, r.pc[1].wide, &address) || !memory.contains(address, bytes))
      [[unlikely]] {
    return nullptr;
  }
  return memory.base() + address;
}

}  // namespace
}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
