// SPDX-License-Identifier: Apache-2.0
// The operand stack of the reference, and its checks: a trap is thrown as its TrapKind.
#pragma once

#include "tests/bytecode/interp/reference.h"

namespace doppel::bytecode {

using Word = Reference::Word;
using Values = Reference::Values;

inline Word take(Values& stack) {
  const Word value = stack.back();
  stack.pop_back();
  return value;
}
inline std::uint32_t take_i32(Values& stack) { return static_cast<std::uint32_t>(take(stack)); }
inline std::uint64_t take_i64(Values& stack) { return static_cast<std::uint64_t>(take(stack)); }

/// The last `count` values, taken off.
inline Values take_many(Values& stack, std::size_t count) {
  Values taken(stack.end() - static_cast<std::ptrdiff_t>(count), stack.end());
  stack.resize(stack.size() - count);
  return taken;
}

inline void check(bool holds, TrapKind kind) {
  if (!holds) throw kind;
}

/// Whether [begin, begin + count) lies inside of what has that size.
inline bool contains(std::uint64_t size, Word begin, Word count) { return begin + count <= size; }

}  // namespace doppel::bytecode
