// SPDX-License-Identifier: Apache-2.0
// Any bytes from a debugger: packets are framed, and each is answered or refused.
#include <cstdlib>

#include "sysvm/gdb/server.h"

using namespace doppel;
using namespace doppel::sysvm;

namespace {

struct StoppedClock final : MachineClock {
  [[nodiscard]] std::uint64_t ticks() const override { return 0; }
  [[nodiscard]] std::uint64_t epoch_nanoseconds() const override { return 0; }
};

/// A machine of two harts that never gets on.
class StillTarget final : public gdb::Target {
 public:
  StillTarget() {
    for (Hart* hart : {&first_, &second_}) hart->reset(kRamBase);
  }
  [[nodiscard]] unsigned hart_count() const override { return 2; }
  Hart& hart(unsigned index) override { return index == 0 ? first_ : second_; }
  void resume(std::span<const gdb::Resume> harts) override {
    if (harts.size() != hart_count()) std::abort();
  }
  void interrupt() override {}
  [[nodiscard]] int stop_descriptor() const override { return -1; }
  std::optional<gdb::StopEvent> take_stop() override { return std::nullopt; }

 private:
  Bus bus_ = Bus::create(1 << 16).value();
  StoppedClock clock_;
  Hart first_{{.id = 0, .bus = &bus_, .clock = &clock_}};
  Hart second_{{.id = 1, .bus = &bus_, .clock = &clock_}};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static StillTarget target;
  gdb::Server server(target, -1);
  gdb::PacketReader reader;
  for (std::size_t i = 0; i < size; ++i) {
    const auto event = reader.feed(static_cast<char>(data[i]));
    if (reader.data().size() > gdb::PacketReader::kMostBytes) std::abort();
    if (event == gdb::PacketReader::Event::kPacket) {
      static_cast<void>(server.answer(reader.data()));
    }
  }
  // The whole as one packet too: checksums are hard to find.
  static_cast<void>(server.answer(std::string_view(reinterpret_cast<const char*>(data), size)));
  return 0;
}
