// SPDX-License-Identifier: Apache-2.0
// The 16550A through its registers.
#include "sysvm/platform/uart.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/sysvm/platform/fakes.h"

namespace doppel::sysvm {
namespace {

class UartTest : public testing::Test {
 protected:
  void type(std::string_view text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    uart.input(bytes);
  }
  std::uint64_t get(std::uint64_t offset) { return uart.read(offset, 1); }
  void put(std::uint64_t offset, std::uint64_t value) { uart.write(offset, 1, value); }
  [[nodiscard]] bool line() const { return controller.levels[10]; }

  RecordingController controller;
  RecordingConsole console;
  Uart uart{InterruptLine(controller, 10), console};
};

TEST_F(UartTest, TransmitsAtOnce) {
  for (const char c : std::string_view("hi\n")) put(0, static_cast<std::uint8_t>(c));
  EXPECT_EQ(console.written, "hi\n");
  EXPECT_EQ(get(5), 0x60U);
}

TEST_F(UartTest, DivisorLatchHidesDataRegisters) {
  put(3, 0x83);
  put(0, 0x34);
  put(1, 0x12);
  EXPECT_EQ(get(0), 0x34U);
  EXPECT_EQ(get(1), 0x12U);
  put(3, 0x03);
  EXPECT_EQ(console.written, "");
  EXPECT_EQ(get(1), 0U);
  EXPECT_EQ(get(3), 0x03U);
}

TEST_F(UartTest, ReceivesInOrderAndTellsWhenItHasRoom) {
  put(2, 0x01);
  put(1, 0x01);
  EXPECT_EQ(uart.input_room(), 16U);
  type("ab");
  EXPECT_EQ(uart.input_room(), 14U);
  EXPECT_EQ(get(5) & 1, 1U);
  const int before = console.wanted;
  EXPECT_EQ(get(0), 'a');
  EXPECT_EQ(console.wanted, before);
  EXPECT_EQ(get(0), 'b');
  EXPECT_EQ(console.wanted, before + 1);
  EXPECT_EQ(get(5) & 1, 0U);
  EXPECT_EQ(get(0), 0U);
}

TEST_F(UartTest, WithoutFifoHoldsOneByteAndReportsOverrun) {
  put(1, 0x05);
  EXPECT_EQ(uart.input_room(), 1U);
  put(1, 0x04);
  type("xy");
  EXPECT_TRUE(line());
  EXPECT_EQ(get(2), 0x06U);
  EXPECT_EQ(get(5), 0x63U);
  EXPECT_EQ(get(5), 0x61U) << "reading the status clears the overrun";
  EXPECT_FALSE(line());
  EXPECT_EQ(get(0), 'x');
}

TEST_F(UartTest, InterruptsAtTheTriggerLevelAndByTimeOutBelow) {
  put(2, 0x41);  // FIFOs, trigger at 4
  put(1, 0x01);
  type("abc");
  EXPECT_TRUE(line());
  EXPECT_EQ(get(2), 0xCCU);
  type("d");
  EXPECT_EQ(get(2), 0xC4U);
  for (int i = 0; i < 4; ++i) get(0);
  EXPECT_FALSE(line());
  EXPECT_EQ(get(2), 0xC1U);
}

TEST_F(UartTest, TransmitterInterruptIsAcknowledgedByReadingTheIdentity) {
  put(1, 0x02);
  EXPECT_TRUE(line()) << "enabled while empty";
  EXPECT_EQ(get(2), 0x02U);
  EXPECT_FALSE(line());
  EXPECT_EQ(get(2), 0x01U);
  put(0, 'x');
  EXPECT_TRUE(line());
  put(1, 0x00);
  EXPECT_FALSE(line());
}

TEST_F(UartTest, ReceivedDataComeBeforeTheTransmitter) {
  put(1, 0x03);
  type("a");
  EXPECT_EQ(get(2), 0x04U);
  get(0);
  EXPECT_EQ(get(2), 0x02U) << "not lost by the first reading";
}

TEST_F(UartTest, WhoTypesWaitsUntilTheGuestListens) {
  put(2, 0x01);
  EXPECT_EQ(uart.input_room(), 0U) << "nobody listens yet";
  put(1, 0x01);
  EXPECT_EQ(uart.input_room(), 16U) << "by interrupt";
  EXPECT_GT(console.wanted, 0);
  put(1, 0x00);
  EXPECT_EQ(uart.input_room(), 0U);

  const int before = console.wanted;
  for (int i = 0; i < 100; ++i) {
    get(5);
    put(0, 'x');
  }
  EXPECT_EQ(uart.input_room(), 0U) << "looking at the transmitter is not listening";
  for (int i = 0; i < 100; ++i) get(5);
  EXPECT_EQ(uart.input_room(), 16U) << "by polling";
  EXPECT_EQ(console.wanted, before + 1);
  put(2, 0x03);
  EXPECT_EQ(uart.input_room(), 0U) << "a driver starts over";
}

TEST_F(UartTest, LoopsBack) {
  put(1, 0x01);
  put(4, 0x1A);
  EXPECT_EQ(get(6), 0x90U) << "RTS and OUT2 appear as CTS and DCD";
  put(0, 'q');
  EXPECT_EQ(console.written, "");
  EXPECT_EQ(uart.input_room(), 0U);
  EXPECT_EQ(get(0), 'q');
  EXPECT_EQ(uart.input_room(), 0U);
  put(4, 0x00);
  EXPECT_EQ(get(6), 0xB0U);
}

TEST_F(UartTest, ClearsTheReceiver) {
  put(2, 0x01);
  type("abc");
  get(0);
  put(2, 0x03);
  EXPECT_EQ(console.returned, "bc") << "what was not read can be typed again";
  EXPECT_EQ(get(5) & 1, 0U);
  EXPECT_EQ(get(2) & 0xC0, 0xC0U);
  put(2, 0x00);
  EXPECT_EQ(get(2) & 0xC0, 0U);
}

TEST_F(UartTest, HasAScratchRegisterAndNothingPastIt) {
  put(7, 0xA5);
  EXPECT_EQ(get(7), 0xA5U);
  put(8, 1);
  EXPECT_EQ(get(8), 0U);
}

}  // namespace
}  // namespace doppel::sysvm
