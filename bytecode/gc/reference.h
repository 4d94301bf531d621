// SPDX-License-Identifier: Apache-2.0
// References as 64-bit words. Null is 0; of the others the low bits tell: an i31 is odd, a host's
// reference ends in 10, and what ends in 00 is the address of an object (or, in the hierarchy of
// functions, of a Function). any and extern share this form, so that converting between them does
// nothing.
#pragma once

#include <cstdint>

namespace doppel::bytecode::gc {

/// The i31 with the low 31 bits of `value`.
constexpr std::uint64_t make_i31(std::uint32_t value) { return std::uint32_t{value << 1U} | 1U; }
constexpr bool is_i31(std::uint64_t reference) { return (reference & 1U) != 0; }
constexpr std::uint32_t i31_unsigned(std::uint64_t reference) {
  return static_cast<std::uint32_t>(reference) >> 1U;
}
constexpr std::uint32_t i31_signed(std::uint64_t reference) {
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(reference) >> 1U);
}

/// The host's reference with that value, of which the low 62 bits count.
constexpr std::uint64_t make_host_reference(std::uint64_t value) { return (value << 2U) | 2U; }
constexpr bool is_host_reference(std::uint64_t reference) { return (reference & 3U) == 2; }
constexpr std::uint64_t host_value(std::uint64_t reference) { return reference >> 2U; }

/// Whether the word refers to an object of the heap. Not for references to functions.
constexpr bool is_object(std::uint64_t reference) {
  return reference != 0 && (reference & 3U) == 0;
}

}  // namespace doppel::bytecode::gc
