// SPDX-License-Identifier: Apache-2.0
// Running machines under a debugger, which connects to their port, on both clocks.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <cstring>
#include <random>
#include <span>
#include <thread>

#include "sysvm/boot/loader.h"
#include "sysvm/machine/machine.h"
#include "tests/sysvm/gdb/client.h"
#include "tests/sysvm/hart/guest.h"
#include "tests/sysvm/machine/console_pipe.h"

namespace doppel::sysvm {
namespace {

using test::DebuggerClient;
using test::register_text;
using Kind = MachineEnd::Kind;

// GDB's numbers of registers.
constexpr unsigned kPc = 32;
constexpr unsigned kFirstCsr = 65;
constexpr unsigned kTime = kFirstCsr + 0xc01;

/// Each hart counts in memory of its own; a word that is set ends the run.
constexpr const char* kCounting = R"(
.globl _start, loop, store, second, data, quit, tohost
_start:
  la s0, data
  csrr t0, mhartid
  slli t0, t0, 6
  add s0, s0, t0
  la s1, quit
  li a0, 0
  bnez t0, second
loop:
  addi a0, a0, 1
store:
  sd a0, 0(s0)
  ld t1, 0(s1)
  beqz t1, loop
  li t2, 0x100000
  sw t1, 0(t2)
  j .
second:
  addi a0, a0, 1
  sd a0, 0(s0)
  j second
.data
.balign 4096
data: .space 4096
quit: .dword 0
.balign 64
tohost: .dword 0
)";
constexpr std::uint64_t kPowerOff = 0x5555;
constexpr std::uint64_t kFailure = 0x13333;

class DebuggerTest : public testing::TestWithParam<ClockKind> {
 protected:
  void SetUp() override {
    if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
    options_.clock = GetParam();
    options_.ram_bytes = 16U << 20;
    options_.bare = true;
    options_.input = console_.input();
    options_.output = console_.output();
    console_.hang_up();
  }
  void TearDown() override {
    if (machine_) machine_->stop();
  }

  /// Runs a program on a thread of its own.
  void start(const std::string& program, bool waits = true) {
    thread_ = {};
    const std::vector<std::byte> image = test::assemble_text(program);
    Bus bus = Bus::create(options_.ram_bytes).value();
    symbols_ = load_bare(bus, image).value().symbols;
    machine_ = Machine::create(options_).value();
    ASSERT_TRUE(machine_->load({.firmware = {}, .kernel = image, .initrd = {}}));
    machine_->serve_debuggers(listener_, waits);
    thread_ = std::jthread([this] { end_ = machine_->run().value(); });
  }
  /// How the run has ended.
  const MachineEnd& end() {
    if (thread_.joinable()) thread_.join();
    return end_;
  }

  [[nodiscard]] FileDescriptor connected_socket() const {
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(listener_.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int at_once = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  [[nodiscard]] DebuggerClient connect() const { return DebuggerClient(connected_socket()); }

  [[nodiscard]] std::uint64_t symbol(std::string_view name) const {
    return symbols_.find(name).value();
  }
  [[nodiscard]] std::string break_at(std::string_view name) const {
    return fmt::format("Z0,{:x},2", symbol(name));
  }
  /// A doubleword of memory, as digits.
  [[nodiscard]] std::string memory(DebuggerClient& client, std::uint64_t address) const {
    return client.ask(fmt::format("m{:x},8", address));
  }
  /// Ends the counting program.
  void tell_to_quit(DebuggerClient& client, std::uint64_t how) const {
    const std::string packet = fmt::format("M{:x},8:{}", symbol("quit"), register_text(how));
    EXPECT_EQ(client.ask(packet), "OK");
  }
  /// Lets harts run, and interrupts them.
  static void run_a_while(DebuggerClient& client, std::string_view packet) {
    ASSERT_TRUE(client.start(packet));
    pause();
    client.interrupt();
    ASSERT_EQ(client.receive(), "T02thread:1;");
  }
  /// Does so until they have changed a word of memory.
  void run_until_changed(DebuggerClient& client, std::uint64_t address, std::string_view packet) {
    const std::string before = memory(client, address);
    for (unsigned i = 0; i < 500 && memory(client, address) == before; ++i)
      run_a_while(client, packet);
    EXPECT_NE(memory(client, address), before);
  }
  static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

  MachineOptions options_;

 private:
  test::ConsolePipe console_;
  gdb::Listener listener_ = gdb::Listener::open(0).value();
  std::unique_ptr<Machine> machine_;
  SymbolTable symbols_;
  MachineEnd end_;
  std::jthread thread_;
};

std::string ask_register(DebuggerClient& client, unsigned number) {
  return client.ask(fmt::format("p{:x}", number));
}

TEST_P(DebuggerTest, TheGuestBeginsWhenToldTo) {
  start(kCounting);
  DebuggerClient client = connect();
  EXPECT_EQ(client.ask("?"), "T02thread:1;");
  EXPECT_EQ(ask_register(client, kPc), register_text(symbol("_start")));
  pause();
  EXPECT_EQ(memory(client, symbol("data")), register_text(0));
  client.ask("qSupported:hwbreak+");
  EXPECT_EQ(client.ask(break_at("store")), "OK");
  EXPECT_EQ(client.ask("vCont;c"), "T05thread:1;hwbreak:;");
  EXPECT_EQ(ask_register(client, kPc), register_text(symbol("store")));
  EXPECT_EQ(ask_register(client, 10), register_text(1));
  EXPECT_EQ(client.ask("c"), "T05thread:1;hwbreak:;");
  EXPECT_EQ(ask_register(client, 10), register_text(2));
  EXPECT_EQ(memory(client, symbol("data")), register_text(1));
  EXPECT_EQ(client.ask("s"), "T05thread:1;");
  EXPECT_EQ(memory(client, symbol("data")), register_text(2));
  tell_to_quit(client, kPowerOff);
  EXPECT_EQ(client.ask("D"), "OK");
  EXPECT_EQ(end().kind, Kind::kPoweredOff) << "the breakpoint is gone, and the guest goes on";
}

TEST_P(DebuggerTest, ADebuggerComesWhileTheMachineRuns) {
  start(kCounting, false);
  for (unsigned i = 0; i < 3; ++i) {
    DebuggerClient client = connect();
    EXPECT_EQ(client.ask("?"), "T02thread:1;");
    const std::string before = memory(client, symbol("data"));
    pause();
    EXPECT_EQ(memory(client, symbol("data")), before) << "the machine stands still";
    run_until_changed(client, symbol("data"), "c");
    if (i == 0) EXPECT_EQ(client.ask("D"), "OK");
    if (i == 1) client.send("c");
    if (i == 2) {
      tell_to_quit(client, kPowerOff);
      EXPECT_EQ(client.ask("c"), "W00");
    }
  }
  EXPECT_EQ(end().kind, Kind::kPoweredOff);
}

TEST_P(DebuggerTest, HartsAreThreads) {
  options_.harts = 2;
  start(kCounting);
  DebuggerClient client = connect();
  client.ask("qSupported:hwbreak+");
  EXPECT_EQ(client.ask("qfThreadInfo"), "m1,2");
  EXPECT_EQ(client.ask(break_at("second")), "OK");
  EXPECT_EQ(client.ask("vCont;c"), "T05thread:2;hwbreak:;");
  EXPECT_EQ(ask_register(client, kPc), register_text(symbol("second")));
  EXPECT_EQ(client.ask(fmt::format("z0,{:x},2", symbol("second"))), "OK");
  const std::string before = memory(client, symbol("data"));
  for (unsigned i = 0; i < 10; ++i) EXPECT_EQ(client.ask("vCont;s:2"), "T05thread:2;");
  EXPECT_EQ(memory(client, symbol("data")), before) << "the other stays";
  const std::uint64_t counter = symbol("data") + 64;
  EXPECT_EQ(client.ask(fmt::format("Z2,{:x},8", counter)), "OK");
  EXPECT_EQ(client.ask("vCont;c"), fmt::format("T05thread:2;watch:{:x};", counter));
  EXPECT_EQ(client.ask(fmt::format("z2,{:x},8", counter)), "OK");
  run_until_changed(client, symbol("data"), "vCont;c:1");
  tell_to_quit(client, kPowerOff);
  EXPECT_EQ(client.ask("vCont;c"), "W00");
}

TEST_P(DebuggerTest, NoHartPassesABreakpointUntold) {
  options_.harts = 2;
  start(kCounting);
  DebuggerClient client = connect();
  client.ask(break_at("store"));
  client.ask(break_at("second"));
  // Each stop is at the next number of the hart that it names.
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  for (unsigned i = 0; i < 200; ++i) {
    const std::string stop = client.ask("c");
    const bool is_first = stop == "T05thread:1;";
    if (!is_first) ASSERT_EQ(stop, "T05thread:2;");
    client.ask(is_first ? "Hg1" : "Hg2");
    const std::uint64_t expected = is_first ? ++first : second++;
    ASSERT_EQ(ask_register(client, 10), register_text(expected)) << stop;
  }
}

TEST_P(DebuggerTest, TheEndIsTold) {
  start(kCounting);
  DebuggerClient client = connect();
  tell_to_quit(client, kFailure);
  EXPECT_EQ(client.ask("c"), "W01");
  EXPECT_EQ(end().status, 1U);
}

TEST_P(DebuggerTest, TheDebuggerKills) {
  start(kCounting);
  DebuggerClient client = connect();
  EXPECT_EQ(client.ask("vKill;1"), "OK");
  EXPECT_EQ(end().kind, Kind::kQuit);
}

TEST_P(DebuggerTest, AStoppedMachineCanBeEnded) {
  start(kCounting);
  DebuggerClient client = connect();
  EXPECT_EQ(client.ask("?"), "T02thread:1;");
  TearDown();
  EXPECT_EQ(end().kind, Kind::kStopped);
  EXPECT_EQ(client.ask("?"), "(closed)");
}

TEST_P(DebuggerTest, AMachineThatWaitsForADebuggerCanBeEnded) {
  start(kCounting);
  pause();
  TearDown();
  EXPECT_EQ(end().kind, Kind::kStopped);
}

TEST_P(DebuggerTest, TimeStandsStillWhileTheMachineIsStopped) {
  start(kCounting);
  DebuggerClient client = connect();
  run_until_changed(client, symbol("data"), "c");
  const std::string time = ask_register(client, kTime);
  EXPECT_NE(time, register_text(0));
  pause();
  EXPECT_EQ(ask_register(client, kTime), time);
}

TEST_P(DebuggerTest, AHartThatCannotGoOnIsTheDebuggersToLookAt) {
  start(R"(
.globl _start, tohost
_start:
  csrw mtvec, zero
  li t0, 0x1234
  jr t0
.data
tohost: .dword 0
)");
  DebuggerClient client = connect();
  EXPECT_EQ(client.ask("c"), "T0bthread:1;");
  EXPECT_EQ(ask_register(client, kPc), register_text(0));
  EXPECT_EQ(ask_register(client, 5), register_text(0x1234));
  EXPECT_EQ(client.ask("D"), "OK");
  EXPECT_EQ(end().kind, Kind::kStuck);
}

TEST_P(DebuggerTest, WaitingHartsAreSteppedAndSentOn) {
  start(R"(
.globl _start, idle, quit, tohost
_start:
  nop
idle:
  wfi
  j idle
quit:
  li t0, 0x5555
  li t1, 0x100000
  sw t0, 0(t1)
  j .
.data
tohost: .dword 0
)");
  DebuggerClient client = connect();
  client.ask(break_at("idle"));
  EXPECT_EQ(client.ask("c"), "T05thread:1;");
  EXPECT_EQ(client.ask("s"), "T05thread:1;");
  EXPECT_EQ(ask_register(client, kPc), register_text(symbol("idle") + 4));
  run_a_while(client, "c");
  EXPECT_EQ(ask_register(client, kPc), register_text(symbol("idle") + 4));
  client.ask(fmt::format("P20={}", register_text(symbol("quit"))));
  EXPECT_EQ(client.ask("c"), "W00");
}

TEST_P(DebuggerTest, AMachineThatWaitsForNothingWaitsForADebuggerToo) {
  start(R"(
.globl _start, idle, tohost
_start:
  wfi
idle:
  j _start
.data
tohost: .dword 0
)",
        false);
  pause();
  DebuggerClient client = connect();
  EXPECT_EQ(client.ask("?"), "T02thread:1;");
  EXPECT_EQ(ask_register(client, kPc), register_text(symbol("idle")));
  EXPECT_EQ(client.ask("k"), "(closed)");
  EXPECT_EQ(end().kind, Kind::kQuit);
}

TEST_P(DebuggerTest, CallsOfTheMonitorAreSteppedOver) {
  options_.bare = false;
  start(R"(
.globl _start, call, quit, tohost
_start:
  li a7, 0x10
  li a6, 0
call:
  ecall
  mv s0, a1
quit:
  li a7, 0x53525354
  li a6, 0
  li a0, 0
  li a1, 0
  ecall
.data
tohost: .dword 0
)");
  DebuggerClient client = connect();
  client.ask(break_at("call"));
  EXPECT_EQ(client.ask("c"), "T05thread:1;");
  EXPECT_EQ(client.ask("s"), "T05thread:1;");
  EXPECT_EQ(ask_register(client, kPc), register_text(symbol("call") + 4));
  EXPECT_EQ(ask_register(client, 11), register_text(0x0200'0000)) << "the SBI's version";
  EXPECT_EQ(client.ask("c"), "W00");
}

/// Some packets out of `packets`, noise, and interruptions.
void say_anything(const DebuggerClient& client, std::span<const std::string_view> packets,
                  std::mt19937& random) {
  for (unsigned rest = random() % 20; rest != 0; --rest) {
    switch (random() % 4) {
      case 0: client.interrupt(); break;
      case 1: client.send_raw(std::string(random() % 64, static_cast<char>(random()))); break;
      default: client.send(packets[random() % packets.size()]); break;
    }
  }
}

constexpr std::string_view kHarmless[] = {"g",
                                          "vCont;c",
                                          "vCont;s:1",
                                          "vCont;s:2;c",
                                          "c",
                                          "s",
                                          "D",
                                          "qSupported",
                                          "p20",
                                          "vCont;t",
                                          "Z0,80000000,2",
                                          "Z2,0,ffffffffffffffff",
                                          "m0,1000",
                                          "vCont;c:ff",
                                          "Hg2",
                                          "?",
                                          "T1",
                                          "cxyz",
                                          "M80001000,2:zz",
                                          "G00",
                                          "vCont",
                                          "vCont;",
                                          "vCont;s:1;c;c;c:-1",
                                          "QStartNoAckMode"};
constexpr std::string_view kHarmful[] = {"c",
                                         "vCont;s:2;c",
                                         "P20=00f0ffffffffffff",
                                         "P1041=01",
                                         "P1041=00",
                                         "P181=ffffffffffffffff",
                                         "P1c1=0000000000000080",
                                         "P346=ff",
                                         "c1",
                                         "s80000001",
                                         "X80000000,3:xyz",
                                         "Z0,80000004,2",
                                         "M80000010,4:00000000"};

TEST_P(DebuggerTest, AMachineGoesOnAfterAnyPackets) {
  options_.harts = 2;
  start(kCounting, false);
  std::mt19937 random(3);
  for (unsigned i = 0; i < 30; ++i) say_anything(connect(), kHarmless, random);
  DebuggerClient client = connect();
  EXPECT_EQ(client.ask("?"), "T02thread:1;");
  EXPECT_EQ(client.ask("k"), "(closed)");
  EXPECT_EQ(end().kind, Kind::kQuit);
}

TEST_P(DebuggerTest, ADebuggerCanWreckTheGuestAlone) {
  std::mt19937 random(5);
  for (unsigned i = 0; i < 6; ++i) {
    options_.harts = 1 + i % 2;
    start(kCounting, false);
    for (unsigned j = 0; j < 3; ++j) say_anything(connect(), kHarmful, random);
    pause();
    TearDown();
    EXPECT_TRUE(end().kind == Kind::kStopped || end().kind == Kind::kStuck);
  }
}

TEST_P(DebuggerTest, ADebuggerThatDoesNotReadHoldsNothingUp) {
  start(kCounting);
  FileDescriptor socket = connected_socket();
  constexpr timeval kPatience = {.tv_sec = 0, .tv_usec = 300'000};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  const DebuggerClient client(std::move(socket));
  std::string questions;
  for (unsigned i = 0; i < 1'000; ++i) questions += gdb::framed("m80000000,2000");
  unsigned rounds = 0;
  while (rounds < 1'000 && client.send_raw(questions)) ++rounds;
  EXPECT_LT(rounds, 1'000U) << "no question is taken while no answer is";
  TearDown();
  EXPECT_EQ(end().kind, Kind::kStopped);
}

INSTANTIATE_TEST_SUITE_P(Clocks, DebuggerTest,
                         testing::Values(ClockKind::kHost, ClockKind::kInstructions),
                         [](const auto& info) {
                           return info.param == ClockKind::kHost ? "Host" : "Instructions";
                         });

TEST(DebuggerListener, SaysWhichPortCannotBeHad) {
  const auto first = gdb::Listener::open(0);
  ASSERT_TRUE(first);
  const auto second = gdb::Listener::open(first->port());
  ASSERT_FALSE(second);
  EXPECT_EQ(
      second.error().message,
      fmt::format("listen for debuggers at 127.0.0.1:{}: Address already in use", first->port()));
}

}  // namespace
}  // namespace doppel::sysvm
