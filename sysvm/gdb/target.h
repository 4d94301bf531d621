// SPDX-License-Identifier: Apache-2.0
// What a debugger's stub asks of a machine. Harts are the debugger's threads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sysvm/hart/hart.h"

namespace doppel::sysvm::gdb {

/// What a hart is to do when the machine goes on.
enum class Resume : std::uint8_t { kStay, kContinue, kStep };

/// Why the machine has stopped.
struct StopEvent {
  enum class Reason : std::uint8_t {
    kDebug,        ///< the hart exited with kBreakpoint; its debug_stop() says more
    kInterrupted,  ///< `interrupt` was called, or all harts wait for ever
    kStuck,        ///< the hart cannot execute any instruction, not even its trap handler's
    kEnded,        ///< the machine is off, for good
  } reason = Reason::kInterrupted;
  unsigned hart = 0;           ///< that is the debugger's concern
  std::uint8_t exit_code = 0;  ///< with kEnded
};

/// A machine with a debugger. It is stopped when the stub begins. Called by the stub's thread;
/// while the machine runs, `interrupt` alone.
class Target {
 public:
  virtual ~Target() = default;
  [[nodiscard]] virtual unsigned hart_count() const = 0;
  /// A hart of the stopped machine.
  virtual Hart& hart(unsigned index) = 0;
  /// Lets harts run, one entry each, and returns at once. The machine stops all of them as soon as
  /// one exits with kBreakpoint.
  virtual void resume(std::span<const Resume> harts) = 0;
  /// Asks the running machine to stop.
  virtual void interrupt() = 0;
  /// A descriptor that can be read from (poll) when the machine has stopped after `resume`.
  [[nodiscard]] virtual int stop_descriptor() const = 0;
  /// The stop that the descriptor tells of, once; nothing: the machine runs still.
  virtual std::optional<StopEvent> take_stop() = 0;
};

}  // namespace doppel::sysvm::gdb
