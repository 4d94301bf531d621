// SPDX-License-Identifier: Apache-2.0
// Plain copies for private memory; words, and bytes around them, for shared memory.
#include "bytecode/runtime/bulk.h"

#include <cstring>

namespace doppel::bytecode::bulk {

namespace {

typedef std::uint64_t Word __attribute__((may_alias));

bool is_aligned(const std::byte* address) {
  return reinterpret_cast<std::uintptr_t>(address) % sizeof(Word) == 0;
}

std::uint64_t load_word(const std::byte* from) {
  return __atomic_load_n(reinterpret_cast<const Word*>(from), __ATOMIC_RELAXED);
}
void store_word(std::byte* to, std::uint64_t word) {
  __atomic_store_n(reinterpret_cast<Word*>(to), word, __ATOMIC_RELAXED);
}
std::uint8_t load_byte(const std::byte* from) {
  return __atomic_load_n(reinterpret_cast<const std::uint8_t*>(from), __ATOMIC_RELAXED);
}
void store_byte(std::byte* to, std::uint8_t byte) {
  __atomic_store_n(reinterpret_cast<std::uint8_t*>(to), byte, __ATOMIC_RELAXED);
}

/// Copies a word if `is_word`, else a byte; how many bytes.
std::uint64_t move_one(std::byte* to, const std::byte* from, bool is_word) {
  if (is_word) {
    store_word(to, load_word(from));
    return sizeof(Word);
  }
  store_byte(to, load_byte(from));
  return 1;
}

void copy_forward(std::byte* to, const std::byte* from, std::uint64_t count) {
  for (std::uint64_t at = 0; at < count;) {
    const bool is_word = count - at >= sizeof(Word) && is_aligned(to + at) && is_aligned(from + at);
    at += move_one(to + at, from + at, is_word);
  }
}

void copy_backward(std::byte* to, const std::byte* from, std::uint64_t count) {
  while (count > 0) {
    const bool is_word =
        count >= sizeof(Word) && is_aligned(to + count) && is_aligned(from + count);
    count -= is_word ? sizeof(Word) : 1;
    move_one(to + count, from + count, is_word);
  }
}

}  // namespace

void copy(MemoryInstance& memory, std::uint64_t to, const std::byte* source, bool is_shared,
          std::uint64_t count) {
  std::byte* target = memory.base() + to;
  if (!memory.is_shared() && !is_shared) {
    if (count != 0) std::memmove(target, source, count);
  } else if (reinterpret_cast<std::uintptr_t>(target) <= reinterpret_cast<std::uintptr_t>(source)) {
    copy_forward(target, source, count);
  } else {
    copy_backward(target, source, count);
  }
}

void fill(MemoryInstance& memory, std::uint64_t to, std::uint8_t value, std::uint64_t count) {
  std::byte* target = memory.base() + to;
  if (!memory.is_shared()) {
    std::memset(target, value, count);
    return;
  }
  const std::uint64_t word = value * std::uint64_t{0x0101'0101'0101'0101};
  for (std::uint64_t at = 0; at < count;) {
    if (count - at >= sizeof(Word) && is_aligned(target + at)) {
      store_word(target + at, word);
      at += sizeof(Word);
    } else {
      store_byte(target + at, value);
      ++at;
    }
  }
}

}  // namespace doppel::bytecode::bulk
