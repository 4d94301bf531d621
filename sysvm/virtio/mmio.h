// SPDX-License-Identifier: Apache-2.0
// The registers of a virtio slot: the MMIO transport in its modern form (virtio 1.2, 4.2).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sysvm/platform/bus.h"
#include "sysvm/platform/interrupts.h"
#include "sysvm/platform/saved.h"
#include "sysvm/virtio/device.h"

namespace doppel::sysvm {

/// A slot with a device, or an empty one, whose device type reads as 0.
class VirtioMmio final : public Device, public VirtioSlot, public Saved {
 public:
  /// `device` may be null; all arguments outlive the slot.
  VirtioMmio(Bus& bus, InterruptLine line, VirtioDevice* device);

  std::uint64_t read(std::uint64_t offset, unsigned size) override;
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override;

  VirtQueue& queue(unsigned number) override { return queues_[number]; }
  [[nodiscard]] bool is_running() const override;
  void finish(unsigned number) override;
  [[nodiscard]] std::uint64_t features() const override { return driver_features_; }

  void save(StateWriter& writer) const override;
  void restore(StateReader& reader) override;

 private:
  [[nodiscard]] std::uint64_t offered_features() const;
  [[nodiscard]] std::uint64_t read_configuration(std::uint64_t offset, unsigned size) const;
  [[nodiscard]] VirtQueue* selected_queue();
  void set_status(std::uint32_t value);
  void set_ready(bool ready);
  void notify(std::uint32_t number);
  void interrupt(std::uint32_t cause);
  void reset();

  InterruptLine line_;
  VirtioDevice* device_;
  std::vector<VirtQueue> queues_;
  std::vector<QueueLayout> layouts_;  ///< as the driver writes them, for `start`

  std::uint64_t driver_features_ = 0;
  std::uint32_t status_ = 0;
  std::uint32_t interrupt_status_ = 0;
  std::uint32_t queue_select_ = 0;
  std::uint32_t device_features_select_ = 0;
  std::uint32_t driver_features_select_ = 0;
};

}  // namespace doppel::sysvm
