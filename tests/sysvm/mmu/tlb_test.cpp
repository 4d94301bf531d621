// SPDX-License-Identifier: Apache-2.0
// The two levels of the software TLB, and the page-walk cache.
#include "sysvm/mmu/tlb.h"

#include <gtest/gtest.h>

#include "sysvm/mmu/walk_cache.h"

namespace doppel::sysvm {
namespace {

constexpr std::uint64_t kContext = 5;

/// Maps pages to host addresses that nobody touches.
class TlbTest : public testing::Test {
 protected:
  TlbTest() {
    tlb_.data_context = kContext;
    tlb_.fetch_context = kContext;
    tlb_.gate.context = kContext;
  }
  void fill(std::uint64_t page, std::uint64_t host, std::uint64_t now = 0) {
    tlb_.fill(page, {page | kContext, page | kContext, 0, host - page}, now, false);
  }
  [[nodiscard]] std::byte* recall(std::uint64_t page) {
    return tlb_.recall(page, &TlbEntry::read, kContext, false);
  }
  static std::byte* at(std::uint64_t host) { return reinterpret_cast<std::byte*>(host); }

  Tlb tlb_;
};

TEST_F(TlbTest, AnEmptyOneHasNothing) {
  EXPECT_EQ(tlb_.readable(0, 8), nullptr);
  EXPECT_EQ(tlb_.readable(0x1000, 1), nullptr);
  EXPECT_EQ(recall(0), nullptr);
}

TEST_F(TlbTest, FindsWhatFitsInThePage) {
  fill(0x7000, 0x100'0000);
  EXPECT_EQ(tlb_.readable(0x7010, 8), at(0x100'0010));
  EXPECT_EQ(tlb_.readable(0x7ff8, 8), at(0x100'0ff8));
  EXPECT_EQ(tlb_.readable(0x7ff9, 8), nullptr);
  EXPECT_EQ(tlb_.readable(0x7010 + Tlb::kEntries * kPageSize, 8), nullptr);
  tlb_.data_context = kContext + 1;
  EXPECT_EQ(tlb_.readable(0x7010, 8), nullptr);
}

TEST_F(TlbTest, AClosedGateKeepsStoresFromTheQuickWay) {
  fill(0x7000, 0x100'0000);
  EXPECT_TRUE(tlb_.is_writable(tlb_.entry(0x7000), 0x7000, 8));
  tlb_.gate.context = StoreGate::kClosed;
  EXPECT_FALSE(tlb_.is_writable(tlb_.entry(0x7000), 0x7000, 8));
  EXPECT_EQ(tlb_.writable_beyond_gate(0x7000, 8), at(0x100'0000));
  // Not even an address in the last page of all matches it.
  EXPECT_FALSE(tlb_.is_writable(tlb_.entry(~kPageMask), ~kPageMask, 8));
}

TEST_F(TlbTest, APageThatWasDisplacedComesBack) {
  const std::uint64_t other = 0x7000 + Tlb::kEntries * kPageSize;
  fill(0x7000, 0x100'0000);
  fill(other, 0x200'0000);
  EXPECT_EQ(tlb_.readable(0x7000, 8), nullptr);
  EXPECT_EQ(recall(0x7008), at(0x100'0008));
  EXPECT_EQ(tlb_.readable(0x7000, 8), at(0x100'0000));
  EXPECT_EQ(tlb_.recall(0x7008, &TlbEntry::fetch, kContext, false), nullptr);
}

TEST_F(TlbTest, WhatIsForgottenDoesNotComeBack) {
  const std::uint64_t other = 0x7000 + Tlb::kEntries * kPageSize;
  fill(0x7000, 0x100'0000);
  fill(other, 0x100'0000 + other - 0x7000);  // as the same translation of a large page
  tlb_.forget(0x7000);
  EXPECT_EQ(tlb_.readable(0x7000, 8), nullptr);
  EXPECT_EQ(recall(0x7000), nullptr);
  EXPECT_NE(recall(other), nullptr);
  EXPECT_EQ(tlb_.readable(0x7000, 8), nullptr);
  tlb_.forget_all();
  EXPECT_EQ(recall(other), nullptr);
}

TEST_F(TlbTest, GrowsWhilePagesDisplaceEachOther) {
  const std::size_t before = tlb_.second_size(false);
  std::uint64_t now = 0;
  for (int round = 0; round < 4; ++round) {
    for (std::uint64_t page = 0; page < 2 * before; ++page) {
      fill(page << 12, 0x100'0000 + (page << 12), now += 10);
    }
  }
  EXPECT_EQ(tlb_.second_size(false), 2 * before);
  for (std::uint64_t page = 0; page < 2 * before; ++page) EXPECT_NE(recall(page << 12), nullptr);
}

TEST_F(TlbTest, StaysAsItIsWhereMissesAreRare) {
  const std::size_t before = tlb_.second_size(false);
  std::uint64_t now = 0;
  for (int round = 0; round < 4; ++round) {
    for (std::uint64_t page = 0; page < 2 * before; ++page) {
      fill(page << 12, 0x100'0000 + (page << 12), now += 100'000);
    }
  }
  EXPECT_EQ(tlb_.second_size(false), before);
}

TEST_F(TlbTest, TheUsersPagesOutlastTheSupervisorsUse) {
  constexpr std::uint64_t kUser = kContext + 1;
  tlb_.fill(0x7000, {0x7000 | kUser, 0x7000 | kUser, 0, 0x100'0000 - 0x7000}, 0, true);
  fill(0x7000, 0x100'0000);
  EXPECT_NE(tlb_.readable(0x7000, 8), nullptr);
  tlb_.forget_data(0x7000 | kContext);
  EXPECT_EQ(tlb_.readable(0x7000, 8), nullptr);
  EXPECT_EQ(recall(0x7000), nullptr);
  EXPECT_EQ(tlb_.recall(0x7000, &TlbEntry::write, kUser, true), at(0x100'0000));
  tlb_.forget(0x7000);
  EXPECT_EQ(tlb_.recall(0x7000, &TlbEntry::write, kUser, true), nullptr);
}

TEST(WalkCache, KnowsRegionsByRoot) {
  WalkCache cache;
  EXPECT_FALSE(cache.find(0, 0));
  cache.put(0x1000, 0x4020'0000, 0x9000);
  EXPECT_EQ(cache.find(0x1000, 0x403f'ffff), 0x9000U);
  EXPECT_FALSE(cache.find(0x1000, 0x4040'0000));
  EXPECT_FALSE(cache.find(0x2000, 0x4020'0000));
  cache.forget(0x4021'0000);
  EXPECT_FALSE(cache.find(0x1000, 0x4020'0000));
  cache.put(0x1000, 0x4020'0000, 0x9000);
  cache.forget_all();
  EXPECT_FALSE(cache.find(0x1000, 0x4020'0000));
}

}  // namespace
}  // namespace doppel::sysvm
