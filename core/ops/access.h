// SPDX-License-Identifier: Apache-2.0
// One access to guest memory from a handler, in a form that can fault precisely: no bounds are
// checked, the guard region around the memory catches what lies outside (core/memory), and the
// signal handler finds the interpreter's place in fixed host registers (core/trap).
//
// The compiler can neither drop, split, widen nor move the access: it is one volatile instruction,
// hence also single-copy atomic where the host's is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/ops/inline.h"
#include "core/ops/vector.h"

namespace doppel::ops {

/// Where an access stands in guest code; whatever faults is reported with it.
struct AccessPlace {
  const void* pc = nullptr;     ///< the threaded-code cell
  const void* frame = nullptr;  ///< the canonical frame
  const void* context = nullptr;
};

/// A value as it lies in guest memory, at any address.
template <class Access>
struct UnalignedOf {
  typedef Access type __attribute__((aligned(1), may_alias));
};
template <class Access>
using Unaligned = typename UnalignedOf<Access>::type;

#if defined(__x86_64__)

// While an access executes, the place is in r12, r13 and r15: the registers in which clang's
// preserve_none convention passes a handler's first, second and fourth argument, so that pinning
// costs no move there.
// Each access leaves its address in a section, by which its faults are known
// (core/ops/fault_place.h).
#define DOPPEL_ACCESS(INSTRUCTION, OUTPUTS, ...)                                     \
  register const void* pinned_pc asm("r12") = place.pc;                              \
  register const void* pinned_frame asm("r13") = place.frame;                        \
  register const void* pinned_context asm("r15") = place.context;                    \
  asm volatile("1: " INSTRUCTION                                                     \
               "\n\t.pushsection doppel_accesses,\"a\",@progbits"                    \
               "\n\t.long 1b - ."                                                    \
               "\n\t.popsection"                                                     \
               : OUTPUTS                                                             \
               : "r"(pinned_pc), "r"(pinned_frame), "r"(pinned_context), __VA_ARGS__ \
               : "memory")

/// Loads an Access at `address` and extends it to 64 bits by its signedness (floats and vectors: as
/// they are).
template <class Access>
DOPPEL_INLINE auto guarded_load(AccessPlace place, const std::byte* address) {
  const auto& cell = *reinterpret_cast<const Unaligned<Access>*>(address);
  if constexpr (LaneShape<Access>) {
    Access value;
    DOPPEL_ACCESS("movups %[cell], %[value]", [value] "=x"(value), [cell] "m"(cell));
    return value;
  } else if constexpr (std::is_same_v<Access, float>) {
    float value;
    DOPPEL_ACCESS("movss %[cell], %[value]", [value] "=x"(value), [cell] "m"(cell));
    return value;
  } else if constexpr (std::is_same_v<Access, double>) {
    double value;
    DOPPEL_ACCESS("movsd %[cell], %[value]", [value] "=x"(value), [cell] "m"(cell));
    return value;
  } else if constexpr (std::is_signed_v<Access>) {
    std::int64_t value;
    if constexpr (sizeof(Access) == 1) {
      DOPPEL_ACCESS("movsbq %[cell], %[value]", [value] "=r"(value), [cell] "m"(cell));
    } else if constexpr (sizeof(Access) == 2) {
      DOPPEL_ACCESS("movswq %[cell], %[value]", [value] "=r"(value), [cell] "m"(cell));
    } else if constexpr (sizeof(Access) == 4) {
      DOPPEL_ACCESS("movslq %[cell], %[value]", [value] "=r"(value), [cell] "m"(cell));
    } else {
      DOPPEL_ACCESS("movq %[cell], %[value]", [value] "=r"(value), [cell] "m"(cell));
    }
    return value;
  } else {
    std::uint64_t value;
    if constexpr (sizeof(Access) == 1) {
      DOPPEL_ACCESS("movzbl %[cell], %k[value]", [value] "=r"(value), [cell] "m"(cell));
    } else if constexpr (sizeof(Access) == 2) {
      DOPPEL_ACCESS("movzwl %[cell], %k[value]", [value] "=r"(value), [cell] "m"(cell));
    } else if constexpr (sizeof(Access) == 4) {
      DOPPEL_ACCESS("movl %[cell], %k[value]", [value] "=r"(value), [cell] "m"(cell));
    } else {
      DOPPEL_ACCESS("movq %[cell], %[value]", [value] "=r"(value), [cell] "m"(cell));
    }
    return value;
  }
}

/// Loads 4 or 8 bytes as the lowest of a vector, whose others are zero.
template <std::size_t bytes>
DOPPEL_INLINE I64x2 guarded_load_low(AccessPlace place, const std::byte* address) {
  const auto& cell = *reinterpret_cast<const std::byte(*)[bytes]>(address);
  I64x2 value;
  if constexpr (bytes == 4) {
    DOPPEL_ACCESS("movd %[cell], %[value]", [value] "=x"(value), [cell] "m"(cell));
  } else {
    DOPPEL_ACCESS("movq %[cell], %[value]", [value] "=x"(value), [cell] "m"(cell));
  }
  return value;
}

/// Stores the low bits of `value` as an Access at `address`.
template <class Access, class Value>
DOPPEL_INLINE void guarded_store(AccessPlace place, std::byte* address, Value value) {
  auto& cell = *reinterpret_cast<Unaligned<Access>*>(address);
  if constexpr (LaneShape<Access>) {
    DOPPEL_ACCESS("movups %[value], %[cell]", [cell] "=m"(cell), [value] "x"(value));
  } else if constexpr (std::is_same_v<Access, float>) {
    DOPPEL_ACCESS("movss %[value], %[cell]", [cell] "=m"(cell), [value] "x"(value));
  } else if constexpr (std::is_same_v<Access, double>) {
    DOPPEL_ACCESS("movsd %[value], %[cell]", [cell] "=m"(cell), [value] "x"(value));
  } else if constexpr (sizeof(Access) == 1) {
    DOPPEL_ACCESS("movb %b[value], %[cell]", [cell] "=m"(cell), [value] "r"(value));
  } else if constexpr (sizeof(Access) == 2) {
    DOPPEL_ACCESS("movw %w[value], %[cell]", [cell] "=m"(cell), [value] "r"(value));
  } else if constexpr (sizeof(Access) == 4) {
    DOPPEL_ACCESS("movl %k[value], %[cell]", [cell] "=m"(cell), [value] "r"(value));
  } else {
    DOPPEL_ACCESS("movq %q[value], %[cell]", [cell] "=m"(cell), [value] "r"(value));
  }
}

#undef DOPPEL_ACCESS

#else

/// Hosts without pinned registers note the place before each access.
inline thread_local AccessPlace current_access_place;

template <class Access>
DOPPEL_INLINE auto guarded_load(AccessPlace place, const std::byte* address) {
  static_cast<volatile AccessPlace&>(current_access_place).pc = place.pc;
  static_cast<volatile AccessPlace&>(current_access_place).frame = place.frame;
  static_cast<volatile AccessPlace&>(current_access_place).context = place.context;
  const Access value = *reinterpret_cast<const volatile Unaligned<Access>*>(address);
  if constexpr (std::is_floating_point_v<Access> || LaneShape<Access>) {
    return value;
  } else if constexpr (std::is_signed_v<Access>) {
    return static_cast<std::int64_t>(value);
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

template <class Access, class Value>
DOPPEL_INLINE void guarded_store(AccessPlace place, std::byte* address, Value value) {
  static_cast<volatile AccessPlace&>(current_access_place).pc = place.pc;
  static_cast<volatile AccessPlace&>(current_access_place).frame = place.frame;
  static_cast<volatile AccessPlace&>(current_access_place).context = place.context;
  *reinterpret_cast<volatile Unaligned<Access>*>(address) = static_cast<Access>(value);
}

template <std::size_t bytes>
DOPPEL_INLINE I64x2 guarded_load_low(AccessPlace place, const std::byte* address) {
  using Lane = std::conditional_t<bytes == 4, std::uint32_t, std::uint64_t>;
  using Vector = VectorOf<Lane>::Type;
  return (I64x2)Vector{static_cast<Lane>(guarded_load<Lane>(place, address))};
}

#endif

}  // namespace doppel::ops
