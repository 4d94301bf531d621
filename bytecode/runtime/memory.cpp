// SPDX-License-Identifier: Apache-2.0
// Creation and growth of a memory instance.
#include "bytecode/runtime/memory.h"

#include <algorithm>

namespace doppel::bytecode {

Result<MemoryInstance> MemoryInstance::create(MemoryType type, std::uint64_t max_bytes) {
  const std::uint64_t architectural = std::uint64_t{1} << (32U - type.page_log2);
  const std::uint64_t max_pages = std::min(
      {architectural, type.limits.max.value_or(architectural), max_bytes >> type.page_log2});
  if (type.limits.min > max_pages) {
    return fail(ErrorKind::kLimit, "a memory of " + std::to_string(type.limits.min) +
                                       " pages, expected at most " + std::to_string(max_pages));
  }
  Reservation reservation = DOPPEL_TRY(Reservation::create(kReservedBytes));
  DOPPEL_TRY(reservation.commit(type.limits.min << type.page_log2));
  return MemoryInstance(type, max_pages, std::move(reservation));
}

std::int64_t MemoryInstance::grow(std::uint64_t count) {
  const std::uint64_t old_pages = pages();
  if (count > max_pages_ || old_pages > max_pages_ - count) return -1;
  if (count != 0 && !reservation_.commit((old_pages + count) << type_.page_log2)) return -1;
  type_.limits.min = old_pages + count;
  return static_cast<std::int64_t>(old_pages);
}

}  // namespace doppel::bytecode
