// SPDX-License-Identifier: Apache-2.0
// Distinct ordinals: arithmetic within a space, no mixing between spaces.
#include "core/types.h"

#include <gtest/gtest.h>

#include <concepts>
#include <type_traits>
#include <unordered_set>

namespace doppel {
namespace {

template <class A, class B>
concept Subtractable = requires(A a, B b) { a - b; };

static_assert(Subtractable<GuestPhys, GuestPhys>);
static_assert(!Subtractable<GuestPhys, GuestVirt>);
static_assert(!std::equality_comparable_with<GuestPhys, GuestVirt>);
static_assert(!std::convertible_to<std::uint64_t, GuestPhys>);
static_assert(!std::convertible_to<GuestPhys, std::uint64_t>);
static_assert(std::is_trivially_copyable_v<GuestPhys> && sizeof(GuestPhys) == 8);

TEST(Ordinal, MovesAndMeasuresWithinItsSpace) {
  const GuestPhys base{0x8000'0000};
  const GuestPhys next = base + 0x1000;
  EXPECT_EQ(next.value(), 0x8000'1000u);
  EXPECT_EQ(next - base, 0x1000u);
  EXPECT_LT(base, next);
}

TEST(Ordinal, WrapsWithItsRepresentation) {
  GuestVirt last{~std::uint64_t{0}};
  EXPECT_EQ(++last, GuestVirt{0});
}

TEST(Ordinal, Hashes) {
  const std::unordered_set<MachineFrame> frames{MachineFrame{1}, MachineFrame{2}, MachineFrame{1}};
  EXPECT_EQ(frames.size(), 2u);
}

}  // namespace
}  // namespace doppel
