// SPDX-License-Identifier: Apache-2.0
// C++ numbers as WebAssembly values: which type each is, and how it lies in an 8-byte slot.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include "bytecode/isa/types.h"

namespace doppel::bytecode {

/// A C++ type that is a WebAssembly number type: 32- and 64-bit integers of either sign, float,
/// double.
template <class T>
concept Number = std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> ||
                 std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t> ||
                 std::same_as<T, float> || std::same_as<T, double>;

/// The value type that T is.
template <Number T>
constexpr ValType val_type_of() {
  if constexpr (std::same_as<T, float>) {
    return kF32;
  } else if constexpr (std::same_as<T, double>) {
    return kF64;
  } else {
    return sizeof(T) == 4 ? kI32 : kI64;
  }
}

/// The value in a slot.
template <Number T>
T from_slot(std::uint64_t slot) {
  if constexpr (std::same_as<T, float>) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(slot));
  } else if constexpr (std::same_as<T, double>) {
    return std::bit_cast<double>(slot);
  } else {
    return static_cast<T>(slot);
  }
}

/// The slot that holds a value; the upper half of a 32-bit one is zero.
template <Number T>
std::uint64_t to_slot(T value) {
  if constexpr (std::same_as<T, float>) {
    return std::bit_cast<std::uint32_t>(value);
  } else if constexpr (std::same_as<T, double>) {
    return std::bit_cast<std::uint64_t>(value);
  } else {
    return static_cast<std::make_unsigned_t<T>>(value);
  }
}

}  // namespace doppel::bytecode
