// SPDX-License-Identifier: Apache-2.0
// Filling a machine's RAM before it starts: firmware, kernel, initial RAM disk, device tree, and
// where the first hart begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/result.h"
#include "core/types.h"
#include "sysvm/boot/device_tree.h"
#include "sysvm/boot/symbols.h"
#include "sysvm/platform/bus.h"

namespace doppel::sysvm {

/// The contents of the files to boot from; empty where there is none. At least one of firmware and
/// kernel is given.
struct BootFiles {
  std::span<const std::byte> firmware;
  std::span<const std::byte> kernel;
  std::span<const std::byte> initrd;
};

/// How harts start: at `pc` with a0 = number of the hart, a1 = device_tree, a2 = firmware_info.
struct BootState {
  GuestPhys pc;
  GuestPhys device_tree;
  GuestPhys firmware_info;       ///< OpenSBI's fw_dynamic_info; 0 without firmware
  bool in_machine_mode = false;  ///< in firmware; else in S-mode
  SymbolTable symbols;           ///< of the kernel, or else of the firmware
};

/// Places everything in RAM. The kernel lies where it asks to, or 2 MiB above the base; the RAM
/// disk above it; the device tree at the end of RAM. `board` is completed with the place of the RAM
/// disk. Errors name what does not fit or is not a program for this machine.
Result<BootState> load(Bus& bus, const BootFiles& files, BoardDescription board);

/// Places a program that runs on the bare machine, in M-mode, without a device tree.
Result<BootState> load_bare(Bus& bus, std::span<const std::byte> program);

}  // namespace doppel::sysvm
