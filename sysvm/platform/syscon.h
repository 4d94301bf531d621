// SPDX-License-Identifier: Apache-2.0
// The register that ends a run: sifive,test1, by which the guest powers off or reboots.
#pragma once

#include <cstdint>

#include "sysvm/platform/bus.h"

namespace doppel::sysvm {

/// How a guest wants its run to end. Called under the board's lock, by a hart's thread.
class PowerControl {
 public:
  virtual ~PowerControl() = default;
  /// Off; 0 is the status of success.
  virtual void power_off(std::uint32_t status) = 0;
  virtual void reboot() = 0;
};

/// One register of 4 bytes.
class Syscon final : public Device {
 public:
  explicit Syscon(PowerControl& power) : power_(power) {}

  static constexpr std::uint32_t kFail = 0x3333;  ///< with the status in the upper half
  static constexpr std::uint32_t kPowerOff = 0x5555;
  static constexpr std::uint32_t kReboot = 0x7777;

  std::uint64_t read(std::uint64_t, unsigned) override { return 0; }
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override {
    if (offset != 0 || size < 2) return;
    switch (value & 0xFFFF) {
      case kPowerOff: return power_.power_off(0);
      case kFail: return power_.power_off(static_cast<std::uint32_t>(value >> 16U) & 0xFFFF);
      case kReboot: return power_.reboot();
      default: return;
    }
  }

 private:
  PowerControl& power_;
};

}  // namespace doppel::sysvm
