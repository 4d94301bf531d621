// SPDX-License-Identifier: Apache-2.0
// The virtio console (virtio 1.2, 5.3), with one port.
#pragma once

#include <deque>

#include "sysvm/platform/console.h"
#include "sysvm/virtio/device.h"

namespace doppel::sysvm {

/// A console. Input is taken when the guest has buffers for it.
class VirtioConsole final : public VirtioDevice, public ConsoleDevice {
 public:
  /// `host` outlives the device.
  explicit VirtioConsole(ConsoleHost& host) : host_(host) {}

  [[nodiscard]] std::uint32_t type() const override { return 3; }
  [[nodiscard]] unsigned queue_count() const override { return 2; }
  void notified(unsigned queue) override;
  void reset() override { received_.clear(); }
  void save(StateWriter& writer) const override;
  void restore(StateReader& reader) override;

  [[nodiscard]] std::size_t input_room() const override;
  void input(std::span<const std::uint8_t> bytes) override;

 private:
  void deliver();
  void transmit();

  ConsoleHost& host_;
  std::deque<std::uint8_t> received_;  ///< taken from the host, not yet by the guest
};

}  // namespace doppel::sysvm
