// SPDX-License-Identifier: Apache-2.0
// Distinct types for every address space and index space: mixing two of them does not compile.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace doppel {

/// A number that counts or locates things of one kind. `Tag` names the space, `Rep` holds the
/// value. Conversion from and to the bare number is explicit: `FuncIndex{3}`, `index.value()`.
template <class Tag, class Rep>
class Ordinal {
 public:
  using Representation = Rep;

  constexpr Ordinal() = default;
  explicit constexpr Ordinal(Rep value) : value_(value) {}

  [[nodiscard]] constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(Ordinal, Ordinal) = default;

  constexpr Ordinal& operator++() {
    ++value_;
    return *this;
  }
  /// The place `distance` further on in the same space (wraps with Rep).
  friend constexpr Ordinal operator+(Ordinal place, Rep distance) {
    return Ordinal(static_cast<Rep>(place.value_ + distance));
  }
  /// The distance between two places of the same space.
  friend constexpr Rep operator-(Ordinal a, Ordinal b) {
    return static_cast<Rep>(a.value_ - b.value_);
  }

 private:
  Rep value_ = 0;
};

/// A virtual address of a system guest.
using GuestVirt = Ordinal<struct GuestVirtTag, std::uint64_t>;
/// A physical address as a system guest sees it.
using GuestPhys = Ordinal<struct GuestPhysTag, std::uint64_t>;
/// A page frame of the machine memory that all domains share.
using MachineFrame = Ordinal<struct MachineFrameTag, std::uint64_t>;

}  // namespace doppel

template <class Tag, class Rep>
struct std::hash<doppel::Ordinal<Tag, Rep>> {
  std::size_t operator()(doppel::Ordinal<Tag, Rep> ordinal) const noexcept {
    return std::hash<Rep>{}(ordinal.value());
  }
};
