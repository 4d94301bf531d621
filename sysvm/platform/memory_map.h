// SPDX-License-Identifier: Apache-2.0
// Where things are on QEMU's virt board, and which interrupt lines they have.
#pragma once

#include <cstdint>

#include "core/types.h"

namespace doppel::sysvm {

/// A device's place in the physical address space.
struct Region {
  GuestPhys base;
  std::uint64_t size;
};

/// Where RAM begins.
inline constexpr GuestPhys kRamBase{0x8000'0000};

inline constexpr Region kSysconRegion{GuestPhys{0x10'0000}, 0x1000};
inline constexpr Region kRtcRegion{GuestPhys{0x10'1000}, 0x1000};
inline constexpr Region kClintRegion{GuestPhys{0x0200'0000}, 0x1'0000};
inline constexpr Region kPlicRegion{GuestPhys{0x0C00'0000}, 0x60'0000};
inline constexpr Region kUartRegion{GuestPhys{0x1000'0000}, 0x100};

/// The virtio slots: slot i lies i * 0x1000 further on and has interrupt 1 + i.
inline constexpr Region kVirtioRegion{GuestPhys{0x1000'1000}, 0x1000};
inline constexpr unsigned kVirtioSlots = 8;
inline constexpr unsigned kVirtioInterrupt = 1;

inline constexpr unsigned kUartInterrupt = 10;
inline constexpr unsigned kRtcInterrupt = 11;

/// The most harts that the CLINT's and PLIC's ranges have room for, as the board limits them.
inline constexpr unsigned kMaxHarts = 64;

}  // namespace doppel::sysvm
