// SPDX-License-Identifier: Apache-2.0
// The host-target interface, as Spike has it: a bare program writes commands for the host to
// `tohost` and reads answers from `fromhost`, two words in its memory.
#pragma once

#include <cstdint>
#include <optional>

#include "sysvm/boot/symbols.h"
#include "sysvm/platform/bus.h"
#include "sysvm/platform/console.h"

namespace doppel::sysvm {

/// Looks at `tohost` when it is asked to.
class Htif {
 public:
  /// The words of a program; nothing when it has no symbol `tohost` in RAM.
  static std::optional<Htif> find(Bus& bus, ConsoleHost& console, const SymbolTable& symbols);

  /// Carries out what the program has asked for since the last call. An exit code ends the program:
  /// 0 for success, else the number of the test that failed. Under the board's lock.
  std::optional<std::uint64_t> poll();

 private:
  Htif(Bus& bus, ConsoleHost& console, std::uint64_t* to, std::uint64_t* from)
      : bus_(&bus), console_(&console), to_host_(to), from_host_(from) {}
  /// Device 0: a system call, of which programs use `write` and `exit`.
  std::optional<std::uint64_t> call(std::uint64_t arguments);

  Bus* bus_;
  ConsoleHost* console_;
  std::uint64_t* to_host_;
  std::uint64_t* from_host_;  ///< may be null
};

}  // namespace doppel::sysvm
