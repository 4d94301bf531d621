// SPDX-License-Identifier: Apache-2.0
// Queues: what devices see of chains, and guests that break the rules.
#include "sysvm/virtio/queue.h"

#include <gtest/gtest.h>

#include "tests/sysvm/virtio/driver.h"

namespace doppel::sysvm {
namespace {

/// Reverses the bytes that it reads into those that it writes.
class ReversingDevice : public VirtioDevice {
 public:
  [[nodiscard]] std::uint32_t type() const override { return 1; }
  [[nodiscard]] unsigned queue_count() const override { return 1; }
  void notified(unsigned) override {
    while (const auto chain = slot().queue(0).pop()) {
      std::vector<std::byte> bytes(chain->readable_bytes());
      chain->copy_out(0, bytes);
      const std::vector<std::byte> reversed(bytes.rbegin(), bytes.rend());
      const std::size_t written = chain->copy_in(0, reversed);
      ++chains;
      slot().queue(0).push(*chain, static_cast<std::uint32_t>(written));
    }
    slot().finish(0);
  }
  int chains = 0;
};

constexpr std::uint32_t kIndirectFeature = 1U << 28;
constexpr std::uint32_t kEventFeature = 1U << 29;

class QueueTest : public testing::Test {
 protected:
  QueueTest() {
    driver.poke_text(TestDriver::scratch(), "abcdef");
    driver.start(1);
  }
  static Buffer in(std::uint64_t offset, std::uint32_t length) {
    return {TestDriver::scratch(offset), length, false};
  }
  static Buffer out(std::uint64_t offset, std::uint32_t length) {
    return {TestDriver::scratch(offset), length, true};
  }
  void expect_broken() {
    driver.notify(0);
    EXPECT_TRUE(driver.needs_reset());
    EXPECT_EQ(driver.get(0x60), 2U);
    EXPECT_EQ(driver.used_index(0), 0U);
    EXPECT_EQ(device.chains, 0);
  }

  ReversingDevice device;
  TestDriver driver{device};
};

TEST_F(QueueTest, ServesAChain) {
  driver.offer(0, {in(0, 2), in(2, 4), out(0x100, 1), out(0x200, 0x100)});
  driver.notify(0);
  EXPECT_EQ(driver.used_index(0), 1U);
  EXPECT_EQ(driver.used_length(0, 0), 6U);
  EXPECT_EQ(driver.peek_text(TestDriver::scratch(0x100), 1), "f");
  EXPECT_EQ(driver.peek_text(TestDriver::scratch(0x200), 5), "edcba");
  EXPECT_TRUE(driver.line());
  EXPECT_EQ(driver.get(0x60), 1U);
  driver.put(0x64, 1);
  EXPECT_FALSE(driver.line());
}

TEST_F(QueueTest, GoesRoundTheRing) {
  for (int i = 0; i < 70'000; ++i) {
    driver.offer(0, {in(0, 6), out(0x100, 6)}, 3);
    if (i % 5 == 0) driver.notify(0);
  }
  driver.notify(0);
  EXPECT_EQ(device.chains, 70'000);
  EXPECT_EQ(driver.used_index(0), 70'000U % 65'536);
  EXPECT_FALSE(driver.needs_reset());
}

TEST_F(QueueTest, InterruptsCanBeSuppressed) {
  driver.poke<std::uint16_t>(TestDriver::available(0), 1);
  driver.offer(0, {in(0, 6)});
  driver.notify(0);
  EXPECT_EQ(driver.used_index(0), 1U);
  EXPECT_FALSE(driver.line());
}

TEST_F(QueueTest, InterruptsAtTheEventIndex) {
  driver.start(1, kEventFeature);
  const GuestPhys used_event = TestDriver::available(0) + 4 + 2 * TestDriver::kSize;
  driver.poke<std::uint16_t>(used_event, 1);
  driver.offer(0, {in(0, 6)});
  driver.notify(0);
  EXPECT_FALSE(driver.line());
  driver.offer(0, {in(0, 6)});
  driver.notify(0);
  EXPECT_TRUE(driver.line());
  const GuestPhys available_event = TestDriver::used(0) + 4 + 8 * TestDriver::kSize;
  EXPECT_EQ(driver.peek<std::uint16_t>(available_event), 2U) << "the next kick is wanted";
}

TEST_F(QueueTest, FollowsIndirectTables) {
  driver.start(1, kIndirectFeature);
  const GuestPhys table = TestDriver::scratch(0x800);
  driver.poke(table, RawDescriptor{TestDriver::scratch().value(), 3, kNextFlag, 2});
  driver.poke(table + 32, RawDescriptor{TestDriver::scratch(0x100).value(), 8, kWriteFlag, 0});
  driver.write_descriptor(0, 5, {table.value(), 48, kIndirectFlag, 0});
  driver.make_available(0, 5);
  driver.notify(0);
  EXPECT_EQ(driver.used_length(0, 0), 3U);
  EXPECT_EQ(driver.peek_text(TestDriver::scratch(0x100), 3), "cba");
}

TEST_F(QueueTest, TellsListenersWhatWasWritten) {
  class Listener : public RamListener {
   public:
    void ram_written(GuestPhys address, std::uint64_t bytes) override {
      if (address >= TestDriver::scratch()) written.emplace_back(address, bytes);
    }
    std::vector<std::pair<GuestPhys, std::uint64_t>> written;
  } listener;
  driver.bus.attach(listener);
  driver.offer(0, {in(0, 6), out(0x100, 4), out(0x200, 9)});
  driver.notify(0);
  ASSERT_EQ(listener.written.size(), 2U);
  EXPECT_EQ(listener.written[1], std::pair(TestDriver::scratch(0x200), std::uint64_t{2}));
}

TEST_F(QueueTest, BreaksOnALoop) {
  driver.write_descriptor(0, 0, {TestDriver::scratch().value(), 1, kNextFlag, 1});
  driver.write_descriptor(0, 1, {TestDriver::scratch().value(), 1, kNextFlag, 0});
  driver.make_available(0, 0);
  expect_broken();
}

TEST_F(QueueTest, BreaksOnAHeadOutsideOfTheTable) {
  driver.make_available(0, TestDriver::kSize);
  expect_broken();
}

TEST_F(QueueTest, BreaksOnANextOutsideOfTheTable) {
  driver.write_descriptor(0, 0, {TestDriver::scratch().value(), 1, kNextFlag, 0xFFFF});
  driver.make_available(0, 0);
  expect_broken();
}

TEST_F(QueueTest, BreaksOnBuffersOutsideOfRam) {
  for (const std::uint64_t address :
       {std::uint64_t{0}, kRamBase.value() + (4U << 20) - 1, ~std::uint64_t{0}}) {
    driver.start(1);
    driver.poke<std::uint32_t>(TestDriver::available(0), 0);
    driver.write_descriptor(0, 0, {address, 2, 0, 0});
    driver.make_available(0, 0);
    expect_broken();
  }
}

TEST_F(QueueTest, BreaksOnReadableAfterWritable) {
  driver.offer(0, {out(0x100, 4), in(0, 4)});
  expect_broken();
}

TEST_F(QueueTest, BreaksOnAnIndexTooFarAhead) {
  driver.poke<std::uint16_t>(TestDriver::available(0) + 2, TestDriver::kSize + 1);
  expect_broken();
}

TEST_F(QueueTest, BreaksOnBadIndirectTables) {
  const GuestPhys table = TestDriver::scratch(0x800);
  const RawDescriptor nested{table.value(), 16, kIndirectFlag, 0};
  driver.poke(table, nested);
  const RawDescriptor bad[] = {
      nested,
      {table.value(), 15, kIndirectFlag, 0},
      {table.value(), 0, kIndirectFlag, 0},
      {table.value(), 16, kIndirectFlag | kNextFlag, 1},
      {0x1000, 16, kIndirectFlag, 0},
      {table.value(), 16 * 2000, kIndirectFlag, 0},
  };
  for (const RawDescriptor& descriptor : bad) {
    driver.start(1);
    driver.poke<std::uint32_t>(TestDriver::available(0), 0);
    driver.write_descriptor(0, 0, descriptor);
    driver.make_available(0, 0);
    expect_broken();
  }
}

TEST_F(QueueTest, BreaksOnALoopInAnIndirectTable) {
  const GuestPhys table = TestDriver::scratch(0x800);
  driver.poke(table, RawDescriptor{TestDriver::scratch().value(), 1, kNextFlag, 0});
  driver.write_descriptor(0, 0, {table.value(), 16, kIndirectFlag, 0});
  driver.make_available(0, 0);
  expect_broken();
}

TEST_F(QueueTest, WorksAgainAfterAReset) {
  driver.make_available(0, 100);
  expect_broken();
  driver.poke<std::uint32_t>(TestDriver::available(0), 0);
  driver.start(1);
  driver.offer(0, {in(0, 6), out(0x100, 6)});
  driver.notify(0);
  EXPECT_EQ(device.chains, 1);
}

}  // namespace
}  // namespace doppel::sysvm
