// SPDX-License-Identifier: Apache-2.0
// The debugger's protocol over a pair of sockets, on a machine of two harts; and whatever bytes.
#include "sysvm/gdb/server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "sysvm/gdb/registers.h"
#include "tests/sysvm/gdb/client.h"
#include "tests/sysvm/hart/guest.h"

namespace doppel::sysvm::gdb {
namespace {

// Both harts count in memory of their own.
constexpr const char* kProgram = R"(
.globl _start, loop, store, data, tohost
_start:
  la s0, data
  csrr t0, mhartid
  slli t0, t0, 6
  add s0, s0, t0
  li a0, 0
loop:
  addi a0, a0, 1
store:
  sd a0, 0(s0)
  j loop
.data
.balign 4096
data: .space 4096
tohost: .space 4096
)";

/// Runs harts in turns on a thread of its own.
class TurnTarget final : public Target {
 public:
  TurnTarget() : board_(test::assemble_text(kProgram)), stop_(eventfd(0, EFD_NONBLOCK)) {
    for (std::uint64_t id = 0; id < 2; ++id) {
      harts_.push_back(std::make_unique<Hart>(
          Hart::Config{.id = id, .bus = &board_.bus, .clock = &board_.clock}));
      harts_.back()->reset(board_.boot.pc);
    }
  }
  ~TurnTarget() override {
    thread_ = {};
    close(stop_);
  }

  [[nodiscard]] unsigned hart_count() const override { return 2; }
  Hart& hart(unsigned index) override { return *harts_[index]; }
  void resume(std::span<const Resume> plan) override {
    interrupted_ = false;
    thread_ = std::jthread([this, steps = std::vector(plan.begin(), plan.end())] { turn(steps); });
  }
  void interrupt() override { interrupted_ = true; }
  [[nodiscard]] int stop_descriptor() const override { return stop_; }
  std::optional<StopEvent> take_stop() override {
    eventfd_t count;
    if (eventfd_read(stop_, &count) != 0) return std::nullopt;
    thread_.join();
    return event_;
  }
  [[nodiscard]] std::uint64_t symbol(std::string_view name) const {
    return board_.boot.symbols.find(name).value();
  }

 private:
  void turn(const std::vector<Resume>& plan) {
    for (;;) {
      for (unsigned i = 0; i < 2; ++i) {
        if (plan[i] == Resume::kStay) continue;
        const Exit exit = plan[i] == Resume::kStep ? harts_[i]->step() : harts_[i]->run({1'000});
        if (exit.reason == ExitReason::kBreakpoint)
          return finish({StopEvent::Reason::kDebug, i, 0});
      }
      if (interrupted_) return finish({StopEvent::Reason::kInterrupted, 0, 0});
    }
  }
  void finish(StopEvent event) {
    event_ = event;
    eventfd_write(stop_, 1);
  }

  test::Board board_;
  std::vector<std::unique_ptr<Hart>> harts_;
  int stop_;
  std::atomic<bool> interrupted_ = false;
  StopEvent event_;
  std::jthread thread_;
};

class Conversation : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
    target_ = std::make_unique<TurnTarget>();
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_), 0);
    client_.emplace(FileDescriptor(sockets_[0]));
    thread_ = std::jthread([this] { ending_ = Server(*target_, sockets_[1]).serve(); });
  }
  void TearDown() override {
    if (!target_) return;
    client_.reset();
    thread_ = {};
    close(sockets_[1]);
  }

  void send_raw(std::string_view bytes) const { ASSERT_TRUE(client_->send_raw(bytes)); }
  std::string receive() { return client_->receive(); }
  std::string ask(std::string_view packet) { return client_->ask(packet); }
  [[nodiscard]] std::string hex(std::string_view name) const {
    return fmt::format("{:x}", target_->symbol(name));
  }
  [[nodiscard]] static std::string little(std::uint64_t value) {
    return test::register_text(value);
  }

  std::unique_ptr<TurnTarget> target_;
  int sockets_[2] = {-1, -1};
  std::optional<test::DebuggerClient> client_;
  std::jthread thread_;
  std::atomic<Ending> ending_{Ending::kLost};
};

TEST_F(Conversation, BeginsWithWhatIsSupported) {
  EXPECT_NE(ask("qSupported:swbreak+;hwbreak+").find("qXfer:features:read+"), std::string::npos);
  EXPECT_EQ(ask("?"), "T02thread:1;");
  EXPECT_EQ(ask("qfThreadInfo"), "m1,2");
  EXPECT_EQ(ask("qsThreadInfo"), "l");
  EXPECT_EQ(ask("qThreadExtraInfo,2"), to_hex("hart 1"));
  EXPECT_EQ(ask("vMustReplyEmpty"), "");
  EXPECT_EQ(ask("T2"), "OK");
  EXPECT_EQ(ask("T3"), "E01");
}

TEST_F(Conversation, DescribesRegistersInParts) {
  std::string xml;
  for (;;) {
    const std::string part =
        ask(fmt::format("qXfer:features:read:target.xml:{:x},{:x}", xml.size(), 1'000));
    ASSERT_FALSE(part.empty());
    xml += part.substr(1);
    if (part.front() == 'l') break;
  }
  EXPECT_EQ(xml, target_description());
  EXPECT_NE(xml.find("name=\"satp\""), std::string::npos);
  EXPECT_EQ(ask("qXfer:features:read:target.xml:ffffff,10"), "E01");
}

TEST_F(Conversation, ReadsAndWritesRegisters) {
  EXPECT_EQ(ask("P5=" + little(0x1122334455667788)), "OK");
  EXPECT_EQ(ask("p5"), little(0x1122334455667788));
  EXPECT_EQ(ask("g").substr(16 * 5, 16), little(0x1122334455667788));
  EXPECT_EQ(ask("P21=" + little(0x4000'0000'0000'0000)), "OK");
  EXPECT_EQ(ask("p21"), little(0x4000'0000'0000'0000)) << "f0";
  EXPECT_EQ(ask("P381=" + little(0x42)), "OK") << "mscratch";
  EXPECT_EQ(ask("p381"), little(0x42));
  EXPECT_EQ(ask("Hg2"), "OK");
  EXPECT_EQ(ask("pf55"), little(1)) << "mhartid";
  EXPECT_EQ(ask("p5"), little(0));
  EXPECT_EQ(ask("p1041"), "03") << "priv";
  EXPECT_EQ(ask("p9999"), "E01");
  EXPECT_EQ(ask("P20=zz"), "E01");
  std::string all = ask("g");
  all.replace(16 * 7, 16, little(77));
  EXPECT_EQ(ask("G" + all), "OK");
  EXPECT_EQ(ask("p7"), little(77));
  EXPECT_EQ(ask("G00"), "E01");
}

TEST_F(Conversation, ReadsAndWritesMemory) {
  EXPECT_EQ(ask("M" + hex("data") + ",4:01020304"), "OK");
  EXPECT_EQ(ask("m" + hex("data") + ",4"), "01020304");
  EXPECT_EQ(ask("X" + hex("data") + ",3:$#}"), "OK");
  EXPECT_EQ(ask("m" + hex("data") + ",4"), "24237d04");
  EXPECT_EQ(ask("m0,4"), "E0e");
  EXPECT_EQ(ask("m" + hex("data") + ",ffffffff"), "E01");
  EXPECT_EQ(ask("mzz"), "E01");
  EXPECT_EQ(ask("M" + hex("data") + ",4:01"), "E01");
}

TEST_F(Conversation, StopsAtBreakpointsAndWatchpoints) {
  ask("qSupported:hwbreak+");
  EXPECT_EQ(ask("Z0," + hex("store") + ",2"), "OK");
  EXPECT_EQ(ask("vCont;c"), "T05thread:1;hwbreak:;");
  EXPECT_EQ(ask("p20"), little(target_->symbol("store")));
  EXPECT_EQ(ask("z0," + hex("store") + ",2"), "OK");
  EXPECT_EQ(ask("vCont;s:1"), "T05thread:1;");
  EXPECT_EQ(ask("p20"), little(target_->symbol("store") + 2)) << "c.sd";
  EXPECT_EQ(ask(fmt::format("Z2,{:x},8", target_->symbol("data") + 64)), "OK");
  EXPECT_EQ(ask("vCont;c"), fmt::format("T05thread:2;watch:{:x};", target_->symbol("data") + 64));
  EXPECT_EQ(ask("p20"), little(target_->symbol("store")));
  EXPECT_EQ(ask("Z9,0,0"), "");
  EXPECT_EQ(ask("Z2,0,0"), "E01");
}

TEST_F(Conversation, Interrupts) {
  send_raw(framed("vCont;c"));
  send_raw("\x03");
  EXPECT_EQ(receive(), "T02thread:1;");
  send_raw(framed("c"));
  send_raw("\x03");
  EXPECT_EQ(receive(), "T02thread:1;");
}

TEST_F(Conversation, EndsWhenTheDebuggerGoes) {
  EXPECT_EQ(ask("D"), "OK");
  thread_.join();
  EXPECT_EQ(ending_.load(), Ending::kDetached);
}

TEST_F(Conversation, EndsWhileTheMachineRuns) {
  send_raw(framed("vCont;c"));
  client_->hang_up();
  thread_.join();
  EXPECT_EQ(ending_.load(), Ending::kLost);
}

TEST_F(Conversation, AsksForDamagedPacketsAgain) {
  send_raw("$qC#00");
  EXPECT_EQ(client_->receive_byte(), '-');
  EXPECT_EQ(ask("qC"), "QC1");
  send_raw("-");
  EXPECT_EQ(receive(), "QC1");
  EXPECT_EQ(ask("QStartNoAckMode"), "OK");
}

TEST(Packets, SurviveAnyBytes) {
  std::mt19937 random(9);
  constexpr std::string_view kLikely = "$#}+-\x03*:,;0123456789abcdefgGmMXZzvContqPHc";
  PacketReader reader;
  for (int i = 0; i < 2'000'000; ++i) {
    const char byte =
        random() % 4 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
    reader.feed(byte);
    ASSERT_LE(reader.data().size(), PacketReader::kMostBytes);
  }
}

TEST(Packets, AreAnsweredWhateverTheySay) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  TurnTarget target;
  Server server(target, -1);
  std::mt19937 random(4);
  constexpr std::string_view kStarts[] = {"g",
                                          "G",
                                          "p",
                                          "P",
                                          "m",
                                          "M",
                                          "X",
                                          "Z0,",
                                          "Z2,",
                                          "z4,",
                                          "Hg",
                                          "Hc",
                                          "T",
                                          "q",
                                          "qXfer:features:read:target.xml:",
                                          "qThreadExtraInfo,",
                                          ""};
  constexpr std::string_view kLikely = "0123456789abcdef,;:=-+";
  for (int i = 0; i < 50'000; ++i) {
    std::string packet(kStarts[random() % std::size(kStarts)]);
    for (unsigned length = random() % 40; length != 0; --length) {
      packet.push_back(random() % 10 == 0 ? static_cast<char>(random())
                                          : kLikely[random() % kLikely.size()]);
    }
    if (packet.starts_with('c') || packet.starts_with('s') || packet.starts_with('v') ||
        packet.starts_with('k') || packet.starts_with('D')) {
      continue;  // these run or end
    }
    ASSERT_TRUE(server.answer(packet).has_value()) << packet;
  }
}

}  // namespace
}  // namespace doppel::sysvm::gdb
