// SPDX-License-Identifier: Apache-2.0
// What tells time: alarms, the CLINT and the real-time clock.
#include <gtest/gtest.h>

#include <string>

#include "sysvm/platform/clint.h"
#include "sysvm/platform/rtc.h"
#include "tests/sysvm/platform/fakes.h"

namespace doppel::sysvm {
namespace {

constexpr std::uint64_t kTimer = interrupt_bit::kMachineTimer;
constexpr std::uint64_t kSoftware = interrupt_bit::kMachineSoftware;

TEST(AlarmsTest, RingInOrderOfTheirTicks) {
  Alarms alarms;
  std::string rung;
  const AlarmId a = alarms.add([&] { rung += 'a'; });
  const AlarmId b = alarms.add([&] { rung += 'b'; });
  const AlarmId c = alarms.add([&] { rung += 'c'; });
  alarms.set(a, 30);
  alarms.set(b, 10);
  alarms.set(c, 31);
  EXPECT_EQ(alarms.next(), 10U);
  alarms.ring(30);
  EXPECT_EQ(rung, "ba");
  EXPECT_EQ(alarms.next(), 31U);
  EXPECT_EQ(alarms.tick_of(a), kNoTick);
  alarms.ring(kNoTick);
  EXPECT_EQ(rung, "bac");
  alarms.ring(kNoTick);
  EXPECT_EQ(rung, "bac") << "once";
}

TEST(AlarmsTest, OneMaySetAnotherWhileItRings) {
  Alarms alarms;
  int rung = 0;
  AlarmId second;
  const AlarmId first = alarms.add([&] { alarms.set(second, 5); });
  second = alarms.add([&] { ++rung; });
  alarms.set(first, 3);
  alarms.ring(4);
  EXPECT_EQ(rung, 0);
  alarms.ring(5);
  EXPECT_EQ(rung, 1);
}

TEST(AlarmsTest, TellsOfEarlierAlarmsOnly) {
  Alarms alarms;
  int heard = 0;
  alarms.on_earlier([&] { ++heard; });
  const AlarmId a = alarms.add([] {});
  const AlarmId b = alarms.add([] {});
  alarms.set(a, 10);
  EXPECT_EQ(heard, 1);
  alarms.set(b, 20);
  EXPECT_EQ(heard, 1);
  alarms.set(b, 9);
  EXPECT_EQ(heard, 2);
}

class ClintTest : public testing::Test {
 protected:
  void advance_to(std::uint64_t tick) {
    clock.now = tick;
    alarms.ring(tick);
  }
  ManualClock clock;
  Alarms alarms;
  InterruptPins pins[2];
  InterruptPins* harts[2] = {&pins[0], &pins[1]};
  Clint clint{harts, clock, alarms};
};

TEST_F(ClintTest, SoftwareInterrupts) {
  clint.write(4, 4, 0xFFFF'FFFF);
  EXPECT_EQ(pins[0].pending(), 0U);
  EXPECT_EQ(pins[1].pending(), kSoftware);
  EXPECT_EQ(clint.read(4, 4), 1U);
  clint.write(4, 4, 0);
  EXPECT_EQ(pins[1].pending(), 0U);
  clint.write(8, 4, 1);
  EXPECT_EQ(clint.read(8, 4), 0U) << "there is no third hart";
}

TEST_F(ClintTest, TimerRingsAtItsTick) {
  clint.write(0x4008, 8, 100);
  advance_to(99);
  EXPECT_EQ(pins[1].pending(), 0U);
  advance_to(100);
  EXPECT_EQ(pins[1].pending(), kTimer);
  clint.write(0x4008, 8, 200);
  EXPECT_EQ(pins[1].pending(), 0U);
  clint.write(0x4008, 8, 50);
  EXPECT_EQ(pins[1].pending(), kTimer) << "the past rings at once";
}

TEST_F(ClintTest, HalvesOfRegisters) {
  clint.write(0x4000, 4, 0x1111'1111);
  clint.write(0x4004, 4, 0x2222'2222);
  EXPECT_EQ(clint.read(0x4000, 8), 0x2222'2222'1111'1111U);
  EXPECT_EQ(clint.read(0x4004, 4), 0x2222'2222U);
  EXPECT_EQ(clint.read(0x4000, 4) & 0xFFFF'FFFF, 0x1111'1111U);
  clock.now = 0x3'0000'0004;
  EXPECT_EQ(clint.read(0xBFF8, 8), 0x3'0000'0004U);
  EXPECT_EQ(clint.read(0xBFFC, 4), 3U);
}

TEST_F(ClintTest, TimeCanBeSet) {
  clint.write(0x4000, 8, 1000);
  clint.write(0xBFF8, 8, 990);
  EXPECT_EQ(clint.read(0xBFF8, 8), 990U);
  advance_to(9);
  EXPECT_EQ(pins[0].pending(), 0U);
  advance_to(10);
  EXPECT_EQ(pins[0].pending(), kTimer);
}

TEST_F(ClintTest, FarTimersNeverRing) {
  clock.now = 5;
  clint.write(0xBFF8, 8, 0);
  clint.write(0x4000, 8, ~0ULL);
  EXPECT_EQ(alarms.next(), kNoTick);
  EXPECT_EQ(pins[0].pending(), 0U);
}

class RtcTest : public testing::Test {
 protected:
  RtcTest() { clock.epoch = 1'700'000'000'000'000'000; }
  std::uint64_t time() {
    const std::uint64_t low = rtc.read(0, 4);
    return rtc.read(4, 4) << 32 | low;
  }
  void set_alarm(std::uint64_t nanoseconds) {
    rtc.write(0x0C, 4, nanoseconds >> 32);
    rtc.write(0x08, 4, nanoseconds & 0xFFFF'FFFF);
  }
  ManualClock clock;
  Alarms alarms;
  RecordingController controller;
  Rtc rtc{InterruptLine(controller, 11), clock, alarms};
};

TEST_F(RtcTest, TellsTheTime) {
  clock.now = 15;
  EXPECT_EQ(time(), 1'700'000'000'000'001'500U);
}

TEST_F(RtcTest, CanBeSet) {
  rtc.write(4, 4, 0x1234);
  rtc.write(0, 4, 0x5678);
  EXPECT_EQ(time(), 0x1234'0000'5678U);
  clock.now = 1;
  EXPECT_EQ(time(), 0x1234'0000'5678U + 100);
}

TEST_F(RtcTest, AlarmRingsOnceWhenEnabled) {
  rtc.write(0x10, 4, 1);
  set_alarm(clock.epoch + 1001);
  EXPECT_EQ(rtc.read(0x18, 4), 1U);
  alarms.ring(10);
  EXPECT_FALSE(controller.levels[11]);
  alarms.ring(11);
  EXPECT_TRUE(controller.levels[11]);
  EXPECT_EQ(rtc.read(0x18, 4), 0U);
  rtc.write(0x1C, 4, 1);
  EXPECT_FALSE(controller.levels[11]);
}

TEST_F(RtcTest, AlarmCanBeClearedAndMasked) {
  set_alarm(clock.epoch + 1000);
  rtc.write(0x14, 4, 1);
  EXPECT_EQ(alarms.next(), kNoTick);
  set_alarm(clock.epoch - 1);
  EXPECT_FALSE(controller.levels[11]) << "not enabled";
  rtc.write(0x10, 4, 1);
  EXPECT_TRUE(controller.levels[11]);
}

}  // namespace
}  // namespace doppel::sysvm
