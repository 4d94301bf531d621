// SPDX-License-Identifier: Apache-2.0
// The evaluating builder with the words that the hart adds.
#pragma once

#include <type_traits>

#include "core/ops/eval.h"

namespace doppel::sysvm {

/// See the file comment. As ops::EvalBuilder, everything is forced inline.
struct HartBuilder : ops::EvalBuilder {
  /// 1 or 0.
  DOPPEL_INLINE I64 from_bool(bool condition) { return condition ? 1 : 0; }
  /// For definitions that choose between computations of which one must not be done.
  DOPPEL_INLINE bool is_true(bool condition) { return condition; }

  /// The upper half of the product of two numbers, each signed or unsigned.
  DOPPEL_INLINE I64 mul_high_ss(I64 x, I64 y) {
    return static_cast<I64>(
        (static_cast<__int128>(static_cast<std::int64_t>(x)) * static_cast<std::int64_t>(y)) >> 64);
  }
  DOPPEL_INLINE I64 mul_high_su(I64 x, I64 y) {
    const I64 high = mul_high_uu(x, y);
    return static_cast<std::int64_t>(x) < 0 ? high - y : high;
  }
  DOPPEL_INLINE I64 mul_high_uu(I64 x, I64 y) {
    return static_cast<I64>((static_cast<unsigned __int128>(x) * y) >> 64);
  }

  DOPPEL_INLINE I64 reverse_bytes(I64 x) { return __builtin_bswap64(x); }
  /// Each byte that is not zero becomes all ones.
  DOPPEL_INLINE I64 or_combine_bytes(I64 x) {
    constexpr I64 kOnes = 0x0101'0101'0101'0101;
    constexpr I64 kLow = 0x7f * kOnes;
    const I64 set = (((x & kLow) + kLow) | x) >> 7 & kOnes;
    return set * 0xff;
  }
  DOPPEL_INLINE I64 carryless_mul_low(I64 x, I64 y) {
    I64 product = 0;
    for (unsigned i = 0; i < 64; ++i) product ^= (y >> i & 1) != 0 ? x << i : 0;
    return product;
  }
  DOPPEL_INLINE I64 carryless_mul_high(I64 x, I64 y) {
    I64 product = 0;
    for (unsigned i = 1; i < 64; ++i) product ^= (y >> i & 1) != 0 ? x >> (64 - i) : 0;
    return product;
  }

  // Atomic read-modify-write of an aligned T, sequentially consistent; the former value.
  template <class T>
  DOPPEL_INLINE T atomic_exchange(Address at, T operand) {
    return __atomic_exchange_n(reinterpret_cast<T*>(at), operand, __ATOMIC_SEQ_CST);
  }
  template <class T>
  DOPPEL_INLINE T atomic_add(Address at, T operand) {
    return __atomic_fetch_add(reinterpret_cast<T*>(at), operand, __ATOMIC_SEQ_CST);
  }
  template <class T>
  DOPPEL_INLINE T atomic_xor(Address at, T operand) {
    return __atomic_fetch_xor(reinterpret_cast<T*>(at), operand, __ATOMIC_SEQ_CST);
  }
  template <class T>
  DOPPEL_INLINE T atomic_and(Address at, T operand) {
    return __atomic_fetch_and(reinterpret_cast<T*>(at), operand, __ATOMIC_SEQ_CST);
  }
  template <class T>
  DOPPEL_INLINE T atomic_or(Address at, T operand) {
    return __atomic_fetch_or(reinterpret_cast<T*>(at), operand, __ATOMIC_SEQ_CST);
  }
  template <class T>
  DOPPEL_INLINE T atomic_min(Address at, T operand) {
    return atomic_choose(at, operand, [](T x, T y) { return y < x; });
  }
  template <class T>
  DOPPEL_INLINE T atomic_max(Address at, T operand) {
    return atomic_choose(at, operand, [](T x, T y) { return x < y; });
  }

 private:
  /// Replaces the value where `better(value, operand)`.
  template <class T, class Better>
  DOPPEL_INLINE T atomic_choose(Address at, T operand, Better better) {
    T* const cell = reinterpret_cast<T*>(at);
    T value = __atomic_load_n(cell, __ATOMIC_SEQ_CST);
    while (!__atomic_compare_exchange_n(cell, &value, better(value, operand) ? operand : value,
                                        true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    }
    return value;
  }
};

}  // namespace doppel::sysvm
