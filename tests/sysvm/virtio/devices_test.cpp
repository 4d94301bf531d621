// SPDX-License-Identifier: Apache-2.0
// The kinds of virtio devices, through their queues.
#include <gtest/gtest.h>

#include <numeric>

#include "sysvm/virtio/block.h"
#include "sysvm/virtio/console.h"
#include "sysvm/virtio/net.h"
#include "sysvm/virtio/rng.h"
#include "tests/sysvm/virtio/driver.h"

namespace doppel::sysvm {
namespace {

/// A disk in memory that counts flushes and can fail.
class MemoryStore : public BlockStore {
 public:
  [[nodiscard]] std::uint64_t bytes() const override { return contents.size(); }
  [[nodiscard]] bool is_read_only() const override { return read_only; }
  Result<void> read(std::uint64_t offset, std::span<const std::span<std::byte>> buffers) override {
    if (fails) return fail(ErrorKind::kSystem, "broken");
    for (const auto buffer : buffers) {
      std::memcpy(buffer.data(), contents.data() + offset, buffer.size());
      offset += buffer.size();
    }
    return {};
  }
  Result<void> write(std::uint64_t offset,
                     std::span<const std::span<const std::byte>> buffers) override {
    for (const auto buffer : buffers) {
      std::memcpy(contents.data() + offset, buffer.data(), buffer.size());
      offset += buffer.size();
    }
    return {};
  }
  Result<void> flush() override {
    ++flushes;
    return {};
  }
  std::string contents = std::string(512 * 8, '.');
  bool read_only = false;
  bool fails = false;
  int flushes = 0;
};

class BlockTest : public testing::Test {
 protected:
  /// Carries out a request of 1,024 bytes in two buffers and returns its status.
  std::uint8_t request(std::uint32_t type, std::uint64_t sector, bool device_writes) {
    const GuestPhys header = TestDriver::scratch();
    const GuestPhys status = TestDriver::scratch(0x100);
    driver.poke(header, type);
    driver.poke(header + 8, sector);
    driver.poke(status, std::uint8_t{0xFF});
    driver.offer(0, {{header, 16},
                     {data, 1000, device_writes},
                     {data + 1000, 24, device_writes},
                     {status, 1, true}});
    driver.notify(0);
    return driver.peek<std::uint8_t>(status);
  }

  GuestPhys data = TestDriver::scratch(0x1000);
  MemoryStore store;
  VirtioBlock device{store, "doppel-0"};
  TestDriver driver{device};
};

TEST_F(BlockTest, TellsItsCapacity) {
  EXPECT_EQ(driver.get(0x100), 8U);
  EXPECT_EQ(driver.get(0x114), 512U);
  driver.put(0x14, 0);
  EXPECT_EQ(driver.get(0x10) & 1U << 9, 1U << 9) << "VIRTIO_BLK_F_FLUSH";
  EXPECT_EQ(driver.get(0x10) & 1U << 5, 0U);
  store.read_only = true;
  EXPECT_EQ(driver.get(0x10) & 1U << 5, 1U << 5) << "VIRTIO_BLK_F_RO";
}

TEST_F(BlockTest, ReadsAndWritesSectors) {
  driver.start(1);
  std::iota(store.contents.begin(), store.contents.end(), '\0');
  EXPECT_EQ(request(0, 2, true), 0);
  EXPECT_EQ(driver.peek_text(data, 1024), store.contents.substr(1024, 1024));
  EXPECT_EQ(driver.used_length(0, 0), 1025U);
  driver.poke_text(data, "written");
  EXPECT_EQ(request(1, 6, false), 0);
  EXPECT_EQ(store.contents.substr(6 * 512, 7), "written");
}

TEST_F(BlockTest, Flushes) {
  driver.start(1);
  driver.poke(TestDriver::scratch(), std::uint32_t{4});
  driver.offer(0, {{TestDriver::scratch(), 16}, {data, 1, true}});
  driver.notify(0);
  EXPECT_EQ(store.flushes, 1);
  EXPECT_EQ(driver.peek<std::uint8_t>(data), 0);
}

TEST_F(BlockTest, TellsItsSerialNumber) {
  driver.start(1);
  EXPECT_EQ(request(8, 0, true), 0);
  EXPECT_EQ(driver.peek_text(data, 9), std::string("doppel-0\0", 9));
}

TEST_F(BlockTest, AnswersWhatItCannotDo) {
  driver.start(1);
  EXPECT_EQ(request(0, 7, true), 1) << "reaches past the end";
  EXPECT_EQ(request(0, ~0ULL, true), 1);
  EXPECT_EQ(request(1, 8, false), 1);
  EXPECT_EQ(request(99, 0, true), 2);
  store.fails = true;
  EXPECT_EQ(request(0, 0, true), 1);
  store.read_only = true;
  EXPECT_EQ(request(1, 0, false), 1);
  EXPECT_FALSE(driver.needs_reset());
}

TEST_F(BlockTest, ARequestWithoutHeaderOrStatusIsNone) {
  driver.start(1);
  driver.offer(0, {{TestDriver::scratch(), 15}, {data, 1, true}});
  driver.notify(0);
  EXPECT_TRUE(driver.needs_reset());
  driver.poke<std::uint32_t>(TestDriver::available(0), 0);
  driver.start(1);
  driver.offer(0, {{TestDriver::scratch(), 16}});
  driver.notify(0);
  EXPECT_TRUE(driver.needs_reset());
}

TEST(VirtioConsoleTest, CarriesCharactersBothWays) {
  RecordingConsole host;
  VirtioConsole device(host);
  TestDriver driver(device);
  EXPECT_EQ(device.input_room(), 0U) << "nobody listens yet";
  driver.start(2);
  driver.poke_text(TestDriver::scratch(), "hello");
  driver.offer(1, {{TestDriver::scratch(), 3}, {TestDriver::scratch(3), 2}});
  driver.notify(1);
  EXPECT_EQ(host.written, "hello");

  const std::uint8_t typed[] = {'a', 'b', 'c'};
  device.input(typed);
  EXPECT_EQ(driver.used_index(0), 0U);
  driver.offer(0, {{TestDriver::scratch(0x100), 2, true}});
  driver.notify(0);
  EXPECT_EQ(driver.used_length(0, 0), 2U);
  EXPECT_EQ(driver.peek_text(TestDriver::scratch(0x100), 2), "ab");
  driver.offer(0, {{TestDriver::scratch(0x100), 2, true}});
  driver.notify(0);
  EXPECT_EQ(driver.used_length(0, 1), 1U);
  EXPECT_EQ(driver.peek_text(TestDriver::scratch(0x100), 1), "c");
  EXPECT_EQ(device.input_room(), 4096U);
}

TEST(VirtioRngTest, RepeatsFromASeed) {
  const auto random = [] {
    Entropy entropy(7);
    VirtioRng device(entropy);
    TestDriver driver(device);
    driver.start(1);
    driver.offer(0, {{TestDriver::scratch(), 5, true}, {TestDriver::scratch(0x100), 11, true}});
    driver.notify(0);
    EXPECT_EQ(driver.used_length(0, 0), 16U);
    return driver.peek_text(TestDriver::scratch(), 0x10B);
  };
  const std::string first = random();
  EXPECT_EQ(first, random());
  EXPECT_NE(first.substr(0, 5), std::string(5, '\0'));
  EXPECT_EQ(first[5], '\0');
}

TEST(VirtioRngTest, BoundsARequest) {
  Entropy entropy;
  VirtioRng device(entropy);
  TestDriver driver(device);
  driver.start(1);
  driver.offer(0, {{TestDriver::scratch(), 1U << 20, true}});
  driver.notify(0);
  EXPECT_EQ(driver.used_length(0, 0), VirtioRng::kMostBytes);
}

class NetTest : public testing::Test, public NetworkHost {
 protected:
  void send(std::span<const std::byte> frame) override {
    sent.emplace_back(reinterpret_cast<const char*>(frame.data()), frame.size());
  }
  bool receive(std::string_view frame) { return device.receive(std::as_bytes(std::span(frame))); }

  std::vector<std::string> sent;
  VirtioNet device{*this, {0x52, 0x54, 0, 0x12, 0x34, 0x56}};
  TestDriver driver{device};
};

TEST_F(NetTest, TellsItsAddress) {
  EXPECT_EQ(driver.get(0x100), 0x1200'5452U);
  EXPECT_EQ(driver.slot.read(0x106, 2), 1U) << "the link is up";
}

TEST_F(NetTest, SendsWithoutTheHeader) {
  driver.start(2);
  driver.poke_text(TestDriver::scratch(12), "frame");
  driver.offer(1, {{TestDriver::scratch(), 14}, {TestDriver::scratch(14), 3}});
  driver.notify(1);
  EXPECT_EQ(sent, std::vector<std::string>{"frame"});
  driver.offer(1, {{TestDriver::scratch(), 11}});
  driver.notify(1);
  EXPECT_TRUE(driver.needs_reset());
}

TEST_F(NetTest, ReceivesBehindAHeader) {
  EXPECT_FALSE(receive("early"));
  driver.start(2);
  EXPECT_FALSE(receive("no buffer"));
  driver.offer(0, {{TestDriver::scratch(), 100, true}});
  driver.notify(0);
  EXPECT_TRUE(receive("frame"));
  EXPECT_EQ(driver.used_length(0, 0), 17U);
  EXPECT_EQ(driver.peek_text(TestDriver::scratch(12), 5), "frame");
  EXPECT_EQ(driver.peek<std::uint16_t>(TestDriver::scratch(10)), 1);
  EXPECT_TRUE(driver.line());
}

TEST_F(NetTest, ABufferTooSmallForAFrameBreaksTheRules) {
  driver.start(2);
  driver.offer(0, {{TestDriver::scratch(), 14, true}});
  EXPECT_FALSE(receive("frame"));
  EXPECT_TRUE(driver.needs_reset());
}

}  // namespace
}  // namespace doppel::sysvm
