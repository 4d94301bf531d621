// SPDX-License-Identifier: Apache-2.0
// A slot's registers and the states of a device.
#include "sysvm/virtio/mmio.h"

#include <gtest/gtest.h>

#include "tests/sysvm/virtio/driver.h"

namespace doppel::sysvm {
namespace {

/// Counts; its configuration is 1, 2, 3.
class IdleDevice : public VirtioDevice {
 public:
  [[nodiscard]] std::uint32_t type() const override { return 42; }
  [[nodiscard]] std::uint64_t offered_features() const override { return 5; }
  [[nodiscard]] unsigned queue_count() const override { return 2; }
  [[nodiscard]] std::span<const std::byte> configuration() const override { return bytes; }
  void notified(unsigned) override { ++notifications; }
  void reset() override { ++resets; }
  std::array<std::byte, 3> bytes = {std::byte{1}, std::byte{2}, std::byte{3}};
  int notifications = 0;
  int resets = 0;
};

class MmioTest : public testing::Test {
 protected:
  IdleDevice device;
  TestDriver driver{device};
};

TEST_F(MmioTest, TellsWhatItIs) {
  EXPECT_EQ(driver.get(0x00), 0x7472'6976U);
  EXPECT_EQ(driver.get(0x04), 2U);
  EXPECT_EQ(driver.get(0x08), 42U);
  driver.put(0x14, 0);
  EXPECT_EQ(driver.get(0x10) & 0xFF, 5U);
  driver.put(0x14, 1);
  EXPECT_EQ(driver.get(0x10) & 1, 1U) << "VIRTIO_F_VERSION_1";
  driver.put(0x14, 2);
  EXPECT_EQ(driver.get(0x10), 0U);
  driver.put(0x30, 1);
  EXPECT_EQ(driver.get(0x34), VirtQueue::kMaxSize);
  driver.put(0x30, 2);
  EXPECT_EQ(driver.get(0x34), 0U);
  EXPECT_EQ(driver.get(0xB0), 0xFFFF'FFFFU);
}

TEST_F(MmioTest, AnEmptySlotHasTypeZero) {
  VirtioMmio empty(driver.bus, {}, nullptr);
  EXPECT_EQ(empty.read(0, 4), 0x7472'6976U);
  EXPECT_EQ(empty.read(8, 4), 0U);
  empty.write(0x70, 4, 1);
  empty.write(0x44, 4, 1);
  empty.write(0x50, 4, 0);
  EXPECT_EQ(empty.read(0x70, 4), 0U);
  EXPECT_EQ(empty.read(0x100, 4), 0U);
}

TEST_F(MmioTest, ConfigurationIsReadInAnySize) {
  EXPECT_EQ(driver.slot.read(0x100, 1), 1U);
  EXPECT_EQ(driver.slot.read(0x102, 2), 3U) << "zero past the end";
  EXPECT_EQ(driver.slot.read(0x100, 4), 0x30201U);
  EXPECT_EQ(driver.slot.read(0xF00, 8), 0U);
}

TEST_F(MmioTest, RefusesFeaturesThatItDoesNotOffer) {
  driver.put(0x70, 3);
  driver.put(0x24, 1);
  driver.put(0x20, 1);
  driver.put(0x24, 0);
  driver.put(0x20, 2);
  driver.put(0x70, 11);
  EXPECT_EQ(driver.get(0x70), 3U);
  driver.put(0x20, 4);
  driver.put(0x70, 11);
  EXPECT_EQ(driver.get(0x70), 11U);
  driver.put(0x20, 0);
  EXPECT_EQ(driver.slot.features() & 0xFF, 4U) << "they stay once accepted";
}

TEST_F(MmioTest, RequiresVersion1) {
  driver.put(0x70, 3);
  driver.put(0x70, 11);
  EXPECT_EQ(driver.get(0x70), 3U);
}

TEST_F(MmioTest, NotifiesOnlyARunningDevice) {
  driver.notify(0);
  EXPECT_EQ(device.notifications, 0);
  driver.start(1);
  driver.notify(0);
  EXPECT_EQ(device.notifications, 1);
  driver.notify(1);
  driver.notify(2);
  driver.notify(0xFFFF'FFFF);
  EXPECT_EQ(device.notifications, 1) << "not ready, or not there";
}

TEST_F(MmioTest, ResetsToTheBeginning) {
  driver.start(2);
  EXPECT_EQ(driver.get(0x44), 1U);
  driver.put(0x70, 0);
  EXPECT_EQ(device.resets, 2);
  EXPECT_EQ(driver.get(0x70), 0U);
  driver.put(0x30, 1);
  EXPECT_EQ(driver.get(0x44), 0U);
}

TEST_F(MmioTest, AQueueOutsideOfRamNeedsAReset) {
  driver.start(0);
  driver.put(0x30, 0);
  driver.put(0x38, 8);
  driver.put(0x80, 0x1000);
  driver.put(0x90, TestDriver::available(0).value());
  driver.put(0xA0, TestDriver::used(0).value());
  driver.put(0x44, 1);
  EXPECT_TRUE(driver.needs_reset());
  EXPECT_EQ(driver.get(0x60), 2U);
  EXPECT_TRUE(driver.line());
  driver.put(0x64, 2);
  EXPECT_FALSE(driver.line());
  driver.notify(0);
  EXPECT_EQ(device.notifications, 0);
}

TEST_F(MmioTest, OddQueuesNeedAReset) {
  for (const std::uint32_t size : {0U, 3U, 2048U, 65536U + 8U}) {
    driver.start(0);
    driver.put(0x30, 0);
    driver.put(0x38, size);
    driver.put(0x80, TestDriver::descriptors(0).value());
    driver.put(0x90, TestDriver::available(0).value());
    driver.put(0xA0, TestDriver::used(0).value());
    driver.put(0x44, 1);
    EXPECT_TRUE(driver.needs_reset()) << size;
  }
}

TEST_F(MmioTest, OtherSizesAreIgnored) {
  driver.slot.write(0x70, 1, 3);
  EXPECT_EQ(driver.get(0x70), 0U);
  EXPECT_EQ(driver.slot.read(0x00, 1), 0U);
  EXPECT_EQ(driver.slot.read(0x00, 8), 0U);
}

}  // namespace
}  // namespace doppel::sysvm
