// SPDX-License-Identifier: Apache-2.0
// Fuzzing of virtio slots: registers, rings and RAM are written with anything. The first byte
// chooses the device; then come commands of 8 bytes. Sanitizers watch that nothing leaves RAM.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "sysvm/virtio/block.h"
#include "sysvm/virtio/console.h"
#include "sysvm/virtio/mmio.h"
#include "sysvm/virtio/net.h"
#include "sysvm/virtio/rng.h"

using namespace doppel;
using namespace doppel::sysvm;

namespace {

constexpr std::uint64_t kRamBytes = 64U << 10;

class Disk : public BlockStore {
 public:
  [[nodiscard]] std::uint64_t bytes() const override { return contents_.size(); }
  [[nodiscard]] bool is_read_only() const override { return false; }
  Result<void> read(std::uint64_t offset, std::span<const std::span<std::byte>> buffers) override {
    for (const auto buffer : buffers) {
      std::memcpy(buffer.data(), &contents_.at(offset), buffer.size());
      offset += buffer.size();
    }
    return {};
  }
  Result<void> write(std::uint64_t offset,
                     std::span<const std::span<const std::byte>> buffers) override {
    for (const auto buffer : buffers) {
      std::memcpy(&contents_.at(offset), buffer.data(), buffer.size());
      offset += buffer.size();
    }
    return {};
  }
  Result<void> flush() override { return {}; }

 private:
  std::vector<std::byte> contents_ = std::vector<std::byte>(16384);
};

struct Host : ConsoleHost, NetworkHost {
  void output(std::span<const std::uint8_t> bytes) override {
    for (const std::uint8_t byte : bytes.first(std::min<std::size_t>(bytes.size(), 64)))
      sum += byte;
  }
  void send(std::span<const std::byte> frame) override { sum += frame.size(); }
  std::size_t sum = 0;
};

struct Command {
  std::uint8_t what;
  std::uint8_t size;
  std::uint16_t place;
  std::uint32_t value;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static Bus bus = std::move(*Bus::create(kRamBytes));
  std::memset(bus.ram(kRamBase, kRamBytes), 0, kRamBytes);
  Disk disk;
  Host host;
  Entropy entropy(1);
  VirtioBlock block(disk, "fuzz");
  VirtioConsole console(host);
  VirtioNet net(host, {});
  VirtioRng rng(entropy);
  VirtioDevice* const devices[] = {&block, &console, &net, &rng};
  const unsigned kind = data[0] % 4;
  VirtioMmio slot(bus, {}, devices[kind]);

  for (std::size_t at = 1; at + sizeof(Command) <= size; at += sizeof(Command)) {
    Command command;
    std::memcpy(&command, data + at, sizeof command);
    const std::uint64_t value = command.value;
    switch (command.what % 6) {
      case 0: slot.write(command.place % 0x200U & ~3U, 4, value); break;
      // An address in RAM, as drivers write them.
      case 1:
        slot.write(command.place % 0x200U & ~3U, 4, kRamBase.value() + value % kRamBytes);
        break;
      case 2: slot.read(command.place % 0x200U, 1U << command.size % 4); break;
      case 3: std::memcpy(bus.ram(kRamBase + command.place % (kRamBytes - 4), 4), &value, 4); break;
      case 4: {
        const std::uint64_t address = kRamBase.value() + value % kRamBytes;
        std::memcpy(bus.ram(kRamBase + command.place % (kRamBytes - 8), 8), &address, 8);
        break;
      }
      case 5: {
        const std::uint8_t bytes[300] = {1, 2, 3};
        const auto part = std::span(bytes).first(command.place % sizeof bytes);
        if (kind == 1) console.input(part.first(std::min(part.size(), console.input_room())));
        if (kind == 2) net.receive(std::as_bytes(part));
        break;
      }
    }
  }
  return 0;
}
