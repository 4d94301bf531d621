// SPDX-License-Identifier: Apache-2.0
// The bus: which device answers, with what offset, and what is an access fault.
#include "sysvm/platform/bus.h"

#include <gtest/gtest.h>

namespace doppel::sysvm {
namespace {

/// Remembers the last access; reads as the offset, with all higher bits set.
class Recorder : public Device {
 public:
  std::uint64_t read(std::uint64_t offset, unsigned) override { return offset | ~0xFFULL; }
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override {
    last_offset = offset;
    last_size = size;
    last_value = value;
  }
  std::uint64_t last_offset = 0;
  unsigned last_size = 0;
  std::uint64_t last_value = 0;
};

Bus bus_of(std::uint64_t ram) { return std::move(*Bus::create(ram)); }

TEST(BusTest, GivesRamByRange) {
  Bus bus = bus_of(8192);
  ASSERT_NE(bus.ram(kRamBase, 8192), nullptr);
  EXPECT_EQ(bus.ram(kRamBase + 8191, 1), bus.ram(kRamBase, 1) + 8191);
  EXPECT_EQ(bus.ram(kRamBase, 8193), nullptr);
  EXPECT_EQ(bus.ram(kRamBase + 8192, 1), nullptr);
  EXPECT_EQ(bus.ram(GuestPhys(0x7FFF'FFFF), 1), nullptr);
  EXPECT_EQ(bus.ram(GuestPhys(0), ~0ULL), nullptr);
  EXPECT_EQ(bus.ram(kRamBase + 1, ~0ULL), nullptr);
}

TEST(BusTest, RefusesBadRam) {
  EXPECT_FALSE(Bus::create(0));
  EXPECT_FALSE(Bus::create(4097));
}

TEST(BusTest, FindsDevices) {
  Bus bus = bus_of(4096);
  Recorder low;
  Recorder high;
  ASSERT_TRUE(bus.attach(GuestPhys(0x2000), 0x100, high));
  ASSERT_TRUE(bus.attach(GuestPhys(0x1000), 0x100, low));
  EXPECT_TRUE(bus.write(GuestPhys(0x1010), 2, 0x12345));
  EXPECT_EQ(low.last_offset, 0x10U);
  EXPECT_EQ(low.last_size, 2U);
  EXPECT_EQ(low.last_value, 0x2345U);
  EXPECT_EQ(bus.read(GuestPhys(0x20F8), 4), 0xFFFF'FFF8U);
  EXPECT_EQ(bus.read(GuestPhys(0x20F8), 8), 0xFFFF'FFFF'FFFF'FFF8U);
}

TEST(BusTest, FaultsOutsideDevices) {
  Bus bus = bus_of(4096);
  Recorder device;
  ASSERT_TRUE(bus.attach(GuestPhys(0x1000), 0xFC, device));
  EXPECT_FALSE(bus.read(GuestPhys(0xFFF), 1));
  EXPECT_FALSE(bus.read(GuestPhys(0x1001), 2)) << "misaligned";
  EXPECT_FALSE(bus.read(GuestPhys(0x10F8), 8)) << "reaches past the end";
  EXPECT_TRUE(bus.read(GuestPhys(0x10F8), 4));
  EXPECT_FALSE(bus.write(GuestPhys(0x1100), 4, 0));
  EXPECT_FALSE(bus.read(kRamBase, 4)) << "RAM is not a device";
}

TEST(BusTest, RefusesOverlaps) {
  Bus bus = bus_of(4096);
  Recorder device;
  ASSERT_TRUE(bus.attach(GuestPhys(0x1000), 0x100, device));
  EXPECT_FALSE(bus.attach(GuestPhys(0x10FF), 1, device));
  EXPECT_FALSE(bus.attach(GuestPhys(0xF00), 0x101, device));
  EXPECT_FALSE(bus.attach(GuestPhys(0x7FFF'F000), 0x1001, device));
  EXPECT_TRUE(bus.attach(GuestPhys(0x1100), 1, device));
}

}  // namespace
}  // namespace doppel::sysvm
