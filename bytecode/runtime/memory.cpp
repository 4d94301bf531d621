// SPDX-License-Identifier: Apache-2.0
// Creation and growth of a memory instance.
#include "bytecode/runtime/memory.h"

#include <algorithm>

namespace doppel::bytecode {

Result<std::shared_ptr<MemoryInstance>> MemoryInstance::create(MemoryType type,
                                                               std::uint64_t max_bytes) {
  const std::uint64_t architectural = type.is_64 ? kMaxBytes : std::uint64_t{1} << 32U;
  const std::uint64_t max_pages = std::min(type.limits.max.value_or(UINT64_MAX),
                                           std::min(architectural, max_bytes) >> type.page_log2);
  if (type.limits.min > max_pages) {
    return fail(ErrorKind::kLimit, "a memory of " + std::to_string(type.limits.min) +
                                       " pages, expected at most " + std::to_string(max_pages));
  }
  const std::uint64_t reserved =
      is_guarded(type) ? kGuardedBytes : std::max<std::uint64_t>(max_pages << type.page_log2, 1);
  Reservation reservation = DOPPEL_TRY(Reservation::create(reserved));
  DOPPEL_TRY(reservation.commit(type.limits.min << type.page_log2));
  return std::shared_ptr<MemoryInstance>(
      new MemoryInstance(type, max_pages, std::move(reservation)));
}

std::int64_t MemoryInstance::grow(std::uint64_t count) {
  const std::scoped_lock lock(growing_);
  const std::uint64_t old_pages = pages();
  if (count > max_pages_ || old_pages > max_pages_ - count) return -1;
  const std::uint64_t bytes = (old_pages + count) << type_.page_log2;
  if (count != 0 && !reservation_.commit(bytes)) return -1;
  __atomic_store_n(&size_, bytes, __ATOMIC_RELEASE);
  return static_cast<std::int64_t>(old_pages);
}

}  // namespace doppel::bytecode
