// SPDX-License-Identifier: Apache-2.0
// The evaluating builder: each operation of the vocabulary computes at once on host values. Inlined
// into a handler of the threaded-code engine it becomes the interpreter; in tests it is the
// reference.
//
// Everything here is forced inline and uses compiler built-ins only: handler files are compiled for
// several processor levels, and an out-of-line copy made for a newer one must never be linked in.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "core/ops/access.h"
#include "core/ops/builder.h"
#include "core/ops/eval_vector.h"

namespace doppel::ops {

/// See the file comment. `trap` holds the code of the guard that failed, if one did.
struct EvalBuilder : EvalVectorWords {
  using I32 = std::uint32_t;
  using I64 = std::uint64_t;
  using F32 = float;
  using F64 = double;
  using Bool = bool;

  /// A place in guest memory, already checked or guarded.
  using Address = std::byte*;

  // Words that scalars and vectors share.
  using EvalVectorWords::convert_s;
  using EvalVectorWords::convert_u;
  using EvalVectorWords::fabs;
  using EvalVectorWords::fceil;
  using EvalVectorWords::ffloor;
  using EvalVectorWords::fmax;
  using EvalVectorWords::fmin;
  using EvalVectorWords::fnearest;
  using EvalVectorWords::fneg;
  using EvalVectorWords::fsqrt;
  using EvalVectorWords::ftrunc;
  using EvalVectorWords::popcnt;
  using EvalVectorWords::shl;
  using EvalVectorWords::shr_s;
  using EvalVectorWords::shr_u;
  using EvalVectorWords::trunc_sat_s;
  using EvalVectorWords::trunc_sat_u;

  TrapCode trap = kNoTrap;
  AccessPlace place;

  /// Records the trap and answers true if `condition` does not hold; used through DOPPEL_GUARD.
  DOPPEL_INLINE bool guard_fails(bool condition, TrapCode code) {
    if (condition) [[likely]]
      return false;
    trap = code;
    return true;
  }

  // Integers, I32 or I64, modulo 2^width.
  template <class T>
  DOPPEL_INLINE T imm(std::type_identity_t<T> value) {
    return value;
  }
  template <class T>
  DOPPEL_INLINE T add(T x, T y) {
    return x + y;
  }
  template <class T>
  DOPPEL_INLINE T sub(T x, T y) {
    return x - y;
  }
  template <class T>
  DOPPEL_INLINE T mul(T x, T y) {
    return x * y;
  }
  /// The upper half of the product of two 64-bit integers, signed or unsigned.
  DOPPEL_INLINE I64 mul_high_s(I64 x, I64 y) {
    return static_cast<I64>((__int128{as_signed(x)} * as_signed(y)) >> 64);
  }
  DOPPEL_INLINE I64 mul_high_u(I64 x, I64 y) {
    return static_cast<I64>((static_cast<unsigned __int128>(x) * y) >> 64);
  }
  template <class T>
  DOPPEL_INLINE T band(T x, T y) {
    return x & y;
  }
  template <class T>
  DOPPEL_INLINE T bor(T x, T y) {
    return x | y;
  }
  template <class T>
  DOPPEL_INLINE T bxor(T x, T y) {
    return x ^ y;
  }
  template <class T>
  DOPPEL_INLINE T shl(T x, T n) {
    return x << (n & kMask<T>);
  }
  template <class T>
  DOPPEL_INLINE T shr_u(T x, T n) {
    return x >> (n & kMask<T>);
  }
  template <class T>
  DOPPEL_INLINE T shr_s(T x, T n) {
    return static_cast<T>(as_signed(x) >> (n & kMask<T>));
  }
  template <class T>
  DOPPEL_INLINE T rotl(T x, T n) {
    return (x << (n & kMask<T>)) | (x >> ((T{0} - n) & kMask<T>));
  }
  template <class T>
  DOPPEL_INLINE T rotr(T x, T n) {
    return (x >> (n & kMask<T>)) | (x << ((T{0} - n) & kMask<T>));
  }
  /// Precondition: y is not 0, and the quotient is representable.
  template <class T>
  DOPPEL_INLINE T div_s(T x, T y) {
    return static_cast<T>(as_signed(x) / as_signed(y));
  }
  /// Precondition: y is not 0.
  template <class T>
  DOPPEL_INLINE T div_u(T x, T y) {
    return x / y;
  }
  /// Precondition: y is not 0. The remainder by −1 is 0.
  template <class T>
  DOPPEL_INLINE T rem_s(T x, T y) {
    return y == static_cast<T>(-1) ? T{0} : static_cast<T>(as_signed(x) % as_signed(y));
  }
  /// Precondition: y is not 0.
  template <class T>
  DOPPEL_INLINE T rem_u(T x, T y) {
    return x % y;
  }
  DOPPEL_INLINE I32 clz(I32 x) { return x == 0 ? 32 : static_cast<I32>(__builtin_clz(x)); }
  DOPPEL_INLINE I64 clz(I64 x) { return x == 0 ? 64 : static_cast<I64>(__builtin_clzll(x)); }
  DOPPEL_INLINE I32 ctz(I32 x) { return x == 0 ? 32 : static_cast<I32>(__builtin_ctz(x)); }
  DOPPEL_INLINE I64 ctz(I64 x) { return x == 0 ? 64 : static_cast<I64>(__builtin_ctzll(x)); }
  DOPPEL_INLINE I32 popcnt(I32 x) { return static_cast<I32>(__builtin_popcount(x)); }
  DOPPEL_INLINE I64 popcnt(I64 x) { return static_cast<I64>(__builtin_popcountll(x)); }
  /// The low bits of x as the signed integer `Narrow`, extended to x's width.
  template <class Narrow, class T>
  DOPPEL_INLINE T sign_extend(T x) {
    return static_cast<T>(static_cast<std::make_signed_t<T>>(static_cast<Narrow>(x)));
  }
  DOPPEL_INLINE I32 wrap(I64 x) { return static_cast<I32>(x); }
  DOPPEL_INLINE I64 extend_s(I32 x) {
    return static_cast<I64>(static_cast<std::int64_t>(as_signed(x)));
  }
  DOPPEL_INLINE I64 extend_u(I32 x) { return x; }

  // Comparisons.
  template <class T>
  DOPPEL_INLINE bool eq(T x, T y) {
    return x == y;
  }
  template <class T>
  DOPPEL_INLINE bool ne(T x, T y) {
    return x != y;
  }
  template <class T>
  DOPPEL_INLINE bool lt_s(T x, T y) {
    return as_signed(x) < as_signed(y);
  }
  template <class T>
  DOPPEL_INLINE bool lt_u(T x, T y) {
    return x < y;
  }
  template <class T>
  DOPPEL_INLINE bool gt_s(T x, T y) {
    return as_signed(x) > as_signed(y);
  }
  template <class T>
  DOPPEL_INLINE bool gt_u(T x, T y) {
    return x > y;
  }
  template <class T>
  DOPPEL_INLINE bool le_s(T x, T y) {
    return as_signed(x) <= as_signed(y);
  }
  template <class T>
  DOPPEL_INLINE bool le_u(T x, T y) {
    return x <= y;
  }
  template <class T>
  DOPPEL_INLINE bool ge_s(T x, T y) {
    return as_signed(x) >= as_signed(y);
  }
  template <class T>
  DOPPEL_INLINE bool ge_u(T x, T y) {
    return x >= y;
  }
  /// Ordered comparisons of floats: false if either is a NaN (fne: true).
  template <class T>
  DOPPEL_INLINE bool feq(T x, T y) {
    return x == y;
  }
  template <class T>
  DOPPEL_INLINE bool fne(T x, T y) {
    return x != y;
  }
  template <class T>
  DOPPEL_INLINE bool flt(T x, T y) {
    return x < y;
  }
  template <class T>
  DOPPEL_INLINE bool fgt(T x, T y) {
    return x > y;
  }
  template <class T>
  DOPPEL_INLINE bool fle(T x, T y) {
    return x <= y;
  }
  template <class T>
  DOPPEL_INLINE bool fge(T x, T y) {
    return x >= y;
  }
  DOPPEL_INLINE bool both(bool x, bool y) { return x && y; }
  DOPPEL_INLINE bool either(bool x, bool y) { return x || y; }
  /// x if `condition`, else y.
  template <class T>
  DOPPEL_INLINE T select(bool condition, T x, T y) {
    return condition ? x : y;
  }

  // Floats, F32 or F64.
  template <class T>
  DOPPEL_INLINE T fimm(std::type_identity_t<T> value) {
    return value;
  }
  template <class T>
  DOPPEL_INLINE T fadd(T x, T y) {
    return x + y;
  }
  template <class T>
  DOPPEL_INLINE T fsub(T x, T y) {
    return x - y;
  }
  template <class T>
  DOPPEL_INLINE T fmul(T x, T y) {
    return x * y;
  }
  template <class T>
  DOPPEL_INLINE T fdiv(T x, T y) {
    return x / y;
  }
  /// IEEE 754-2019 minimum: a NaN if either is one; −0 is less than +0.
  template <class T>
  DOPPEL_INLINE T fmin(T x, T y) {
    if (x < y) return x;
    if (y < x) return y;
    if (x == y) return reinterpret_float(static_cast<BitsOf<T>>(bits(x) | bits(y)));
    return x + y;
  }
  /// IEEE 754-2019 maximum.
  template <class T>
  DOPPEL_INLINE T fmax(T x, T y) {
    if (x > y) return x;
    if (y > x) return y;
    if (x == y) return reinterpret_float(static_cast<BitsOf<T>>(bits(x) & bits(y)));
    return x + y;
  }
  DOPPEL_INLINE F32 fsqrt(F32 x) { return __builtin_sqrtf(x); }
  DOPPEL_INLINE F64 fsqrt(F64 x) { return __builtin_sqrt(x); }
  DOPPEL_INLINE F32 fceil(F32 x) { return rounded(x, __builtin_ceilf(x)); }
  DOPPEL_INLINE F64 fceil(F64 x) { return rounded(x, __builtin_ceil(x)); }
  DOPPEL_INLINE F32 ffloor(F32 x) { return rounded(x, __builtin_floorf(x)); }
  DOPPEL_INLINE F64 ffloor(F64 x) { return rounded(x, __builtin_floor(x)); }
  DOPPEL_INLINE F32 ftrunc(F32 x) { return rounded(x, __builtin_truncf(x)); }
  DOPPEL_INLINE F64 ftrunc(F64 x) { return rounded(x, __builtin_trunc(x)); }
  DOPPEL_INLINE F32 fnearest(F32 x) { return rounded(x, __builtin_nearbyintf(x)); }
  DOPPEL_INLINE F64 fnearest(F64 x) { return rounded(x, __builtin_nearbyint(x)); }
  template <class T>
  DOPPEL_INLINE T fabs(T x) {
    return reinterpret_float(static_cast<BitsOf<T>>(bits(x) & ~kSign<T>));
  }
  template <class T>
  DOPPEL_INLINE T fneg(T x) {
    return reinterpret_float(static_cast<BitsOf<T>>(bits(x) ^ kSign<T>));
  }
  /// x with the sign of y.
  template <class T>
  DOPPEL_INLINE T fcopysign(T x, T y) {
    return reinterpret_float(static_cast<BitsOf<T>>((bits(x) & ~kSign<T>) | (bits(y) & kSign<T>)));
  }

  // Conversions.
  template <class Float, class T>
  DOPPEL_INLINE Float convert_s(T x) {
    return static_cast<Float>(as_signed(x));
  }
  template <class Float, class T>
  DOPPEL_INLINE Float convert_u(T x) {
    return static_cast<Float>(x);
  }
  /// Precondition: the truncated value is representable in the signed (unsigned) integer.
  template <class Int, class T>
  DOPPEL_INLINE Int trunc_s(T x) {
    return static_cast<Int>(static_cast<std::make_signed_t<Int>>(x));
  }
  template <class Int, class T>
  DOPPEL_INLINE Int trunc_u(T x) {
    return static_cast<Int>(x);
  }
  /// Saturating: a NaN gives 0, what lies outside the nearest bound.
  template <class Int, class T>
  DOPPEL_INLINE Int trunc_sat_s(T x) {
    using Signed = std::make_signed_t<Int>;
    if (x != x) return 0;
    if (x < static_cast<T>(std::numeric_limits<Signed>::min()))
      return static_cast<Int>(std::numeric_limits<Signed>::min());
    if (x >= -static_cast<T>(std::numeric_limits<Signed>::min()))
      return static_cast<Int>(std::numeric_limits<Signed>::max());
    return static_cast<Int>(static_cast<Signed>(x));
  }
  template <class Int, class T>
  DOPPEL_INLINE Int trunc_sat_u(T x) {
    if (!(x > T{-1})) return 0;
    if (x >= T{-2} * static_cast<T>(std::numeric_limits<std::make_signed_t<Int>>::min()))
      return std::numeric_limits<Int>::max();
    return static_cast<Int>(x);
  }
  DOPPEL_INLINE F64 promote(F32 x) { return x; }
  DOPPEL_INLINE F32 demote(F64 x) { return static_cast<F32>(x); }
  DOPPEL_INLINE F32 reinterpret_float(I32 x) { return __builtin_bit_cast(F32, x); }
  DOPPEL_INLINE F64 reinterpret_float(I64 x) { return __builtin_bit_cast(F64, x); }
  DOPPEL_INLINE I32 bits(F32 x) { return __builtin_bit_cast(I32, x); }
  DOPPEL_INLINE I64 bits(F64 x) { return __builtin_bit_cast(I64, x); }

  // Guest memory; the Access type gives width and signedness.
  /// Loads an Access and extends it to R.
  template <class Access, class R>
  DOPPEL_INLINE R load(Address address) {
    return static_cast<R>(guarded_load<Access>(place, address));
  }
  /// Loads a lane of V, of 32 or 64 bits, into the lowest; the others are zero.
  template <LaneShape V>
  DOPPEL_INLINE V load_low(Address address) {
    return (V)guarded_load_low<sizeof(LaneOf<V>)>(place, address);
  }
  /// Stores the low bits of `value`.
  template <class Access, class T>
  DOPPEL_INLINE void store(Address address, T value) {
    guarded_store<Access>(place, address, value);
  }

  // Atomic accesses to guest memory: sequentially consistent, at a checked and aligned address. The
  // integer type Access gives the width; narrower values are extended with zeros. All but loads and
  // stores answer the old value.
  template <class Access, class R>
  DOPPEL_INLINE R atomic_load(Address address) {
    return __atomic_load_n(atomic<Access>(address), __ATOMIC_SEQ_CST);
  }
  template <class Access, class T>
  DOPPEL_INLINE void atomic_store(Address address, T x) {
    __atomic_store_n(atomic<Access>(address), static_cast<Access>(x), __ATOMIC_SEQ_CST);
  }
  template <class Access, class T>
  DOPPEL_INLINE T atomic_add(Address address, T x) {
    return __atomic_fetch_add(atomic<Access>(address), static_cast<Access>(x), __ATOMIC_SEQ_CST);
  }
  template <class Access, class T>
  DOPPEL_INLINE T atomic_sub(Address address, T x) {
    return __atomic_fetch_sub(atomic<Access>(address), static_cast<Access>(x), __ATOMIC_SEQ_CST);
  }
  template <class Access, class T>
  DOPPEL_INLINE T atomic_and(Address address, T x) {
    return __atomic_fetch_and(atomic<Access>(address), static_cast<Access>(x), __ATOMIC_SEQ_CST);
  }
  template <class Access, class T>
  DOPPEL_INLINE T atomic_or(Address address, T x) {
    return __atomic_fetch_or(atomic<Access>(address), static_cast<Access>(x), __ATOMIC_SEQ_CST);
  }
  template <class Access, class T>
  DOPPEL_INLINE T atomic_xor(Address address, T x) {
    return __atomic_fetch_xor(atomic<Access>(address), static_cast<Access>(x), __ATOMIC_SEQ_CST);
  }
  template <class Access, class T>
  DOPPEL_INLINE T atomic_exchange(Address address, T x) {
    return __atomic_exchange_n(atomic<Access>(address), static_cast<Access>(x), __ATOMIC_SEQ_CST);
  }
  /// Stores `replacement` where the low bits of `expected` are found.
  template <class Access, class T>
  DOPPEL_INLINE T atomic_compare_exchange(Address address, T expected, T replacement) {
    auto found = static_cast<Access>(expected);
    __atomic_compare_exchange_n(atomic<Access>(address), &found, static_cast<Access>(replacement),
                                false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return found;
  }

 private:
  template <class Access>
  DOPPEL_INLINE static auto atomic(Address address) {
    typedef Access Aliasing __attribute__((may_alias));
    return reinterpret_cast<Aliasing*>(address);
  }
  template <class T>
  using BitsOf = std::conditional_t<sizeof(T) == 4, I32, I64>;
  /// A rounding of x, with a signalling NaN made quiet: where there is no instruction for it, GCC
  /// rounds by conversion to an integer and back, which leaves NaNs as they are.
  template <class T>
  DOPPEL_INLINE static T rounded(T x, T result) {
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SSE4_1__)
    if (x != x) return x + x;
#else
    static_cast<void>(x);
#endif
    return result;
  }
  template <class T>
  static constexpr T kMask = sizeof(T) * 8 - 1;
  template <class T>
  static constexpr BitsOf<T> kSign = BitsOf<T>{1} << (sizeof(T) * 8 - 1);
  template <class T>
  DOPPEL_INLINE static std::make_signed_t<T> as_signed(T x) {
    return static_cast<std::make_signed_t<T>>(x);
  }
};

static_assert(Builder<EvalBuilder>);

}  // namespace doppel::ops
