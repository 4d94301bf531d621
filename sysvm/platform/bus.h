// SPDX-License-Identifier: Apache-2.0
// The physical address space of a machine: RAM, which harts access directly, and devices, which are
// called under one lock for the whole board.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/memory/reservation.h"
#include "core/result.h"
#include "core/types.h"
#include "sysvm/platform/memory_map.h"

namespace doppel::sysvm {

/// Registers in the physical address space. Called under the board's lock.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;

  /// The register at `offset` in the device's range, read with 1, 2, 4 or 8 bytes, aligned. An
  /// offset or size that the device does not have reads as zero.
  virtual std::uint64_t read(std::uint64_t offset, unsigned size) = 0;
  /// Writes the low `size` bytes of `value`; ignored where the device has no such register.
  virtual void write(std::uint64_t offset, unsigned size, std::uint64_t value) = 0;
};

/// Hears of RAM that devices have written, as who keeps translations of its contents must.
class RamListener {
 public:
  virtual ~RamListener() = default;
  /// The bytes have changed. Called by any thread, under the board's lock.
  virtual void ram_written(GuestPhys address, std::uint64_t bytes) = 0;
};

/// RAM and devices by physical address. Devices and listeners are attached before the machine runs,
/// and are owned by others, who keep them as long as the bus is used. After that, any thread may
/// call any member; accesses to RAM are synchronized by the guest, those to devices by the lock.
class Bus {
 public:
  /// A bus with `ram_bytes` of zeroed RAM, a multiple of 4096 and not 0 (else kUsage).
  static Result<Bus> create(std::uint64_t ram_bytes);

  Bus(Bus&&) = default;
  Bus& operator=(Bus&&) = default;

  /// Puts a device at [base, base + size). An overlap with RAM or another device is kUsage.
  Result<void> attach(GuestPhys base, std::uint64_t size, Device& device);
  void attach(RamListener& listener) { listeners_.push_back(&listener); }

  /// The host address of `bytes` of RAM from `address` on; null where they are not all RAM.
  [[nodiscard]] std::byte* ram(GuestPhys address, std::uint64_t bytes) const {
    const std::uint64_t offset = address - kRamBase;
    if (offset > ram_bytes_ || bytes > ram_bytes_ - offset) return nullptr;
    return ram_.base() + offset;
  }
  /// The physical address of a place in RAM.
  [[nodiscard]] GuestPhys address_of(const std::byte* place) const {
    return kRamBase + static_cast<std::uint64_t>(place - ram_.base());
  }
  [[nodiscard]] std::uint64_t ram_bytes() const { return ram_bytes_; }

  /// Reads a device register; `size` is 1, 2, 4 or 8. Nothing: an access fault, because no device
  /// is there or the address is not a multiple of the size. RAM is not reached this way.
  [[nodiscard]] std::optional<std::uint64_t> read(GuestPhys address, unsigned size);
  /// Writes a device register. False: an access fault.
  [[nodiscard]] bool write(GuestPhys address, unsigned size, std::uint64_t value);

  /// Devices call this after they have written RAM, under the lock.
  void ram_written(GuestPhys address, std::uint64_t bytes) {
    for (RamListener* listener : listeners_) listener->ram_written(address, bytes);
  }

  /// The board's lock. Host threads that bring input to devices take it first; devices are called
  /// with it.
  [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(*mutex_); }

 private:
  struct Slot {
    GuestPhys base;
    std::uint64_t size;
    Device* device;
  };

  explicit Bus(Reservation ram, std::uint64_t ram_bytes)
      : ram_(std::move(ram)), ram_bytes_(ram_bytes) {}
  [[nodiscard]] const Slot* find(GuestPhys address, unsigned size) const;

  Reservation ram_;
  std::uint64_t ram_bytes_;
  std::vector<Slot> slots_;  // by address
  std::vector<RamListener*> listeners_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
};

}  // namespace doppel::sysvm
