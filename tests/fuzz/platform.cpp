// SPDX-License-Identifier: Apache-2.0
// Fuzzing of the board's own devices: serial port, interrupt controllers, clocks and power. Their
// registers are read and written with anything while time goes on and keys are typed. What they
// save is what they restore.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "sysvm/platform/clint.h"
#include "sysvm/platform/plic.h"
#include "sysvm/platform/rtc.h"
#include "sysvm/platform/syscon.h"
#include "sysvm/platform/uart.h"

using namespace doppel;
using namespace doppel::sysvm;

namespace {

struct Clock final : MachineClock {
  [[nodiscard]] std::uint64_t ticks() const override { return now; }
  [[nodiscard]] std::uint64_t epoch_nanoseconds() const override { return UINT64_MAX - 1'000'000; }
  std::uint64_t now = 0;
};

struct Host final : ConsoleHost, PowerControl {
  void output(std::span<const std::uint8_t>) override {}
  void power_off(std::uint32_t) override {}
  void reboot() override {}
};

/// The devices of a machine of two harts.
struct Board {
  Clock clock;
  Host host;
  Alarms alarms;
  InterruptPins pins[2];
  InterruptPins* pin_list[2] = {&pins[0], &pins[1]};
  Plic plic{pin_list};
  Clint clint{pin_list, clock, alarms};
  Uart uart{InterruptLine(plic, kUartInterrupt), host};
  Rtc rtc{InterruptLine(plic, kRtcInterrupt), clock, alarms};
  Syscon syscon{host};

  [[nodiscard]] std::vector<std::byte> saved() const {
    StateWriter writer;
    for (const Saved* part : std::initializer_list<const Saved*>{&plic, &clint, &uart, &rtc})
      part->save(writer);
    return std::move(writer).finish();
  }
  /// With these bytes as what others have saved.
  Result<void> restore(std::span<const std::byte> state) {
    StateReader reader(state);
    for (Saved* part : std::initializer_list<Saved*>{&plic, &clint, &uart, &rtc})
      part->restore(reader);
    return reader.finish();
  }
};

struct Command {
  std::uint8_t what;
  std::uint8_t size;
  std::uint16_t high;  ///< of the offset, for the interrupt controller
  std::uint32_t place;
  std::uint64_t value;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto board = std::make_unique<Board>();
  struct Slot {
    Device* device;
    std::uint64_t bytes;
  };
  const Slot slots[] = {{&board->plic, kPlicRegion.size},
                        {&board->clint, kClintRegion.size},
                        {&board->uart, kUartRegion.size},
                        {&board->rtc, kRtcRegion.size},
                        {&board->syscon, kSysconRegion.size}};
  for (; size >= sizeof(Command); data += sizeof(Command), size -= sizeof(Command)) {
    Command command;
    std::memcpy(&command, data, sizeof command);
    const Slot& slot = slots[command.what % 5];
    const unsigned bytes = 1U << command.size % 4;
    const std::uint64_t offset =
        (std::uint64_t{command.high} << 12U | command.place % 0x1000) % slot.bytes / bytes * bytes;
    switch (command.what / 5 % 4) {
      case 0: slot.device->write(offset, bytes, command.value); break;
      case 1: (void)slot.device->read(offset, bytes); break;
      case 2:
        board->clock.now += command.value % (UINT64_MAX / 2 - board->clock.now);
        board->alarms.ring(board->clock.now);
        break;
      case 3: {
        const auto key = static_cast<std::uint8_t>(command.value);
        if (board->uart.input_room() != 0) board->uart.input({&key, 1});
        board->plic.set_level(command.place % Plic::kSources, command.value % 2 != 0);
        break;
      }
    }
  }
  const auto state = board->saved();
  const auto other = std::make_unique<Board>();
  other->clock.now = board->clock.now;
  if (!other->restore(state)) std::abort();
  return 0;
}
