// SPDX-License-Identifier: Apache-2.0
// The shapes of 16-byte vectors as host types, and what follows from a shape: its lane, its
// comparison mask, the shapes with lanes of half and of double the width.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace doppel::ops {

/// A host vector of `bytes` bytes with lanes of type T. Integer lanes are unsigned wherever a value
/// is passed on; words whose meaning depends on the sign say so in their names.
template <class T, unsigned bytes = 16>
struct VectorOf {
  typedef T Type __attribute__((vector_size(bytes)));
};

using I8x16 = VectorOf<std::uint8_t>::Type;
using I16x8 = VectorOf<std::uint16_t>::Type;
using I32x4 = VectorOf<std::uint32_t>::Type;
using I64x2 = VectorOf<std::uint64_t>::Type;
using F32x4 = VectorOf<float>::Type;
using F64x2 = VectorOf<double>::Type;

template <class V>
concept IntegerLanes = std::same_as<V, I8x16> || std::same_as<V, I16x8> || std::same_as<V, I32x4> ||
                       std::same_as<V, I64x2>;
template <class V>
concept FloatLanes = std::same_as<V, F32x4> || std::same_as<V, F64x2>;
/// One of the six shapes.
template <class V>
concept LaneShape = IntegerLanes<V> || FloatLanes<V>;

/// A lane of a shape, as an unsigned integer or a float.
template <LaneShape V>
using LaneOf = std::remove_cvref_t<decltype(std::declval<V&>()[0])>;

template <LaneShape V>
inline constexpr unsigned kLanes = 16 / sizeof(LaneOf<V>);

namespace detail {
template <unsigned bytes>
using UnsignedOf = std::conditional_t<
    bytes == 1, std::uint8_t,
    std::conditional_t<bytes == 2, std::uint16_t,
                       std::conditional_t<bytes == 4, std::uint32_t, std::uint64_t>>>;
}  // namespace detail

/// The integer shape with as many lanes: what comparisons answer.
template <LaneShape V>
using MaskOf = typename VectorOf<detail::UnsignedOf<sizeof(LaneOf<V>)>>::Type;
/// The same lanes as signed integers.
template <LaneShape V>
using SignedOf = typename VectorOf<std::make_signed_t<detail::UnsignedOf<sizeof(LaneOf<V>)>>>::Type;
/// The integer shape with half as many lanes of double the width.
template <IntegerLanes V>
using WideOf = typename VectorOf<detail::UnsignedOf<2 * sizeof(LaneOf<V>)>>::Type;
/// The integer shape with double as many lanes of half the width.
template <IntegerLanes V>
using NarrowOf = typename VectorOf<detail::UnsignedOf<sizeof(LaneOf<V>) / 2>>::Type;

}  // namespace doppel::ops
