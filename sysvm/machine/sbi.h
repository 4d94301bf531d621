// SPDX-License-Identifier: Apache-2.0
// The supervisor binary interface (RISC-V SBI specification 2.0), served by the machine itself so
// that a kernel starts in S-mode at once, without firmware.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "sysvm/hart/hart.h"
#include "sysvm/platform/bus.h"
#include "sysvm/platform/console.h"
#include "sysvm/platform/syscon.h"

namespace doppel::sysvm {

/// What the interface works on; all of it outlives the Sbi.
struct SbiEnvironment {
  std::span<Hart* const> harts;
  Bus& bus;
  ConsoleHost& console;
  PowerControl& power;
  /// Lets a hart run that was stopped.
  std::function<void(Hart&)> wake;
};

/// Serves the extensions base, timer, IPI, remote fence, hart state management, system reset and
/// debug console. Harts are served on their threads.
class Sbi {
 public:
  explicit Sbi(const SbiEnvironment& environment) : env_(environment) {}

  /// Answers the call that a hart has exited with, in its registers.
  void serve(Hart& caller);

 private:
  /// An error code of the specification, and the second result.
  struct Answer {
    std::int64_t error = 0;
    std::uint64_t value = 0;
  };
  struct Call {
    std::uint64_t extension;
    std::uint64_t function;
    std::uint64_t a[5];
  };

  Answer dispatch(Hart& caller, const Call& call);
  Answer serve_base(const Call& call) const;
  Answer serve_fence(Hart& caller, const Call& call);
  Answer serve_hart_state(Hart& caller, const Call& call);
  Answer start_hart(const Call& call);
  Answer serve_reset(const Call& call);
  Answer serve_console(const Call& call);
  std::uint64_t read_console(std::span<std::uint8_t> to);
  /// Calls `visit` with the harts that a mask and its base name; an error where one does not exist.
  Answer for_each_hart(std::uint64_t mask, std::uint64_t base,
                       const std::function<void(Hart&)>& visit);

  SbiEnvironment env_;
};

}  // namespace doppel::sysvm
