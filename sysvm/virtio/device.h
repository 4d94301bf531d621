// SPDX-License-Identifier: Apache-2.0
// What a kind of virtio device adds to the transport: its number, features, configuration, and what
// it does with the chains of its queues.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sysvm/virtio/queue.h"

namespace doppel::sysvm {

/// What a device asks of the slot that it is plugged into. Under the board's lock.
class VirtioSlot {
 public:
  virtual ~VirtioSlot() = default;
  /// A queue of the device.
  virtual VirtQueue& queue(unsigned number) = 0;
  /// Whether the driver lets the device work. Devices are not notified before, and must not touch
  /// their queues on their own.
  [[nodiscard]] virtual bool is_running() const = 0;
  /// Interrupts the guest, if it wants that, for what was pushed to the queue, and takes notice
  /// where the queue was found broken.
  virtual void finish(unsigned number) = 0;
  /// The features that driver and device have agreed on.
  [[nodiscard]] virtual std::uint64_t features() const = 0;
};

/// A kind of device. Under the board's lock.
class VirtioDevice {
 public:
  virtual ~VirtioDevice() = default;

  /// The device type (virtio 1.2, 5).
  [[nodiscard]] virtual std::uint32_t type() const = 0;
  /// Feature bits of the type.
  [[nodiscard]] virtual std::uint64_t offered_features() const { return 0; }
  [[nodiscard]] virtual unsigned queue_count() const = 0;
  /// The configuration space. It does not change while the machine runs.
  [[nodiscard]] virtual std::span<const std::byte> configuration() const { return {}; }

  /// The slot, once, before the machine runs. It outlives the device's use.
  void plug_into(VirtioSlot& slot) { slot_ = &slot; }

  /// The driver has put something into a queue.
  virtual void notified(unsigned queue) = 0;
  /// The driver has reset the device.
  virtual void reset() {}

  /// What the device holds besides its queues, in the slot's section.
  virtual void save(StateWriter&) const {}
  virtual void restore(StateReader&) {}

 protected:
  [[nodiscard]] VirtioSlot& slot() const { return *slot_; }

 private:
  VirtioSlot* slot_ = nullptr;
};

}  // namespace doppel::sysvm
