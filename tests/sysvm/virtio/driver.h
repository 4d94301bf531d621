// SPDX-License-Identifier: Apache-2.0
// A guest's driver for tests: takes a slot through its states, and puts requests into queues in
// RAM.
#pragma once

#include <cstring>
#include <string_view>
#include <vector>

#include "sysvm/virtio/mmio.h"
#include "tests/sysvm/platform/fakes.h"

namespace doppel::sysvm {

/// A descriptor as it lies in memory.
struct RawDescriptor {
  std::uint64_t address;
  std::uint32_t length;
  std::uint16_t flags;
  std::uint16_t next;
};
inline constexpr std::uint16_t kNextFlag = 1;
inline constexpr std::uint16_t kWriteFlag = 2;
inline constexpr std::uint16_t kIndirectFlag = 4;

/// A buffer of a request.
struct Buffer {
  GuestPhys address;
  std::uint32_t length;
  bool device_writes = false;
};

/// The driver's side of a slot. Queue q has its rings at kRamBase + q * 0x1'0000, and 8
/// descriptors.
class TestDriver {
 public:
  static constexpr std::uint16_t kSize = 8;

  explicit TestDriver(VirtioDevice& device) : slot(bus, InterruptLine(controller, 1), &device) {}

  std::uint64_t get(std::uint64_t offset) { return slot.read(offset, 4); }
  void put(std::uint64_t offset, std::uint64_t value) { slot.write(offset, 4, value); }

  static GuestPhys descriptors(unsigned queue) { return kRamBase + queue * 0x1'0000ULL; }
  static GuestPhys available(unsigned queue) { return descriptors(queue) + 0x1000; }
  static GuestPhys used(unsigned queue) { return descriptors(queue) + 0x2000; }
  /// RAM for buffers.
  static GuestPhys scratch(std::uint64_t offset = 0) { return kRamBase + 0x10'0000 + offset; }

  template <class T>
  void poke(GuestPhys address, const T& value) {
    std::memcpy(bus.ram(address, sizeof value), &value, sizeof value);
  }
  template <class T>
  T peek(GuestPhys address) {
    T value;
    std::memcpy(&value, bus.ram(address, sizeof value), sizeof value);
    return value;
  }
  void poke_text(GuestPhys address, std::string_view text) {
    std::memcpy(bus.ram(address, text.size()), text.data(), text.size());
  }
  std::string peek_text(GuestPhys address, std::size_t bytes) {
    return {reinterpret_cast<const char*>(bus.ram(address, bytes)), bytes};
  }

  void set_up_queue(unsigned queue) {
    put(0x30, queue);
    put(0x38, kSize);
    put(0x80, descriptors(queue).value());
    put(0x84, 0);
    put(0x90, available(queue).value());
    put(0xA0, used(queue).value());
    put(0x44, 1);
  }
  /// From reset to DRIVER_OK, with these features besides VERSION_1.
  void start(unsigned queues, std::uint32_t features = 0) {
    put(0x70, 0);
    put(0x70, 3);
    put(0x24, 0);
    put(0x20, features);
    put(0x24, 1);
    put(0x20, 1);
    put(0x70, 11);
    for (unsigned queue = 0; queue < queues; ++queue) set_up_queue(queue);
    put(0x70, 15);
  }

  /// Makes descriptors available from `first` on, one for each buffer.
  void offer(unsigned queue, const std::vector<Buffer>& buffers, std::uint16_t first = 0) {
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      const bool last = i + 1 == buffers.size();
      const auto flags = static_cast<std::uint16_t>((last ? 0 : kNextFlag) |
                                                    (buffers[i].device_writes ? kWriteFlag : 0));
      const auto number = static_cast<std::uint16_t>(first + i);
      write_descriptor(queue, number,
                       {buffers[i].address.value(), buffers[i].length, flags,
                        static_cast<std::uint16_t>(number + 1)});
    }
    make_available(queue, first);
  }
  void write_descriptor(unsigned queue, std::uint16_t number, const RawDescriptor& descriptor) {
    poke(descriptors(queue) + number * sizeof descriptor, descriptor);
  }
  void make_available(unsigned queue, std::uint16_t head) {
    const auto index = peek<std::uint16_t>(available(queue) + 2);
    poke(available(queue) + 4 + 2 * (index % kSize), head);
    poke<std::uint16_t>(available(queue) + 2, static_cast<std::uint16_t>(index + 1));
  }
  void notify(unsigned queue) { put(0x50, queue); }

  [[nodiscard]] std::uint16_t used_index(unsigned queue) {
    return peek<std::uint16_t>(used(queue) + 2);
  }
  [[nodiscard]] std::uint32_t used_length(unsigned queue, unsigned element) {
    return peek<std::uint32_t>(used(queue) + 4 + 8 * element + 4);
  }
  [[nodiscard]] bool needs_reset() { return (get(0x70) & 64) != 0; }
  [[nodiscard]] bool line() const { return controller.levels[1]; }

  Bus bus = std::move(*Bus::create(4U << 20));
  RecordingController controller;
  VirtioMmio slot;
};

}  // namespace doppel::sysvm
