// SPDX-License-Identifier: Apache-2.0
// Growth of a table instance.
#include "bytecode/runtime/table.h"

#include <new>

namespace doppel::bytecode {

std::int64_t TableInstance::grow(std::uint64_t count, std::uint64_t init) {
  const std::uint64_t old_size = size();
  const std::uint64_t most = type_.limits.max.value_or(UINT64_MAX);
  if (count > left_ || count > most || old_size > most - count) return -1;
  try {
    elements_.resize(static_cast<std::size_t>(old_size + count), init);
  } catch (const std::bad_alloc&) {
    return -1;
  }
  view_ = {elements_.data(), size()};
  left_ -= count;
  changed(old_size, count);
  type_.limits.min = size();
  return static_cast<std::int64_t>(old_size);
}

}  // namespace doppel::bytecode
