// SPDX-License-Identifier: Apache-2.0
// A whole machine: harts, board, and the scheduler that runs them. It is made, loaded, run once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/schedule/scheduler.h"
#include "sysvm/boot/loader.h"
#include "sysvm/gdb/listener.h"
#include "sysvm/net/user_network.h"

namespace doppel::sysvm {

/// How a machine is built.
struct MachineOptions {
  unsigned harts = 1;
  std::uint64_t ram_bytes = std::uint64_t{1} << 30;
  ClockKind clock = ClockKind::kHost;
  /// On the instruction clock: what randomness the guest is given.
  std::uint64_t seed = 0;
  std::string command_line;
  /// Raw files, one for each disk.
  std::vector<std::string> disks;
  /// Whether there is a user network, and which ports lead to the guest.
  std::optional<std::vector<PortForward>> network;
  /// The input goes to the virtio console, and not to the serial port.
  bool input_to_virtio = false;
  /// A bare program: HTIF is looked for, no device tree is written.
  bool bare = false;
  /// Hears a line for each exception that a hart takes, on the hart's thread; may be empty.
  std::function<void(const std::string&)> trace_exceptions;
  /// The console's descriptors.
  int input = 0;
  int output = 1;
};

/// How a run ended.
struct MachineEnd {
  enum class Kind : std::uint8_t {
    kPoweredOff,  ///< by the guest, with a status
    kRebooted,    ///< the guest wants to start over
    kStuck,       ///< no hart can go on; see `diagnosis`
    kStopped,     ///< by `stop`
    kReached,     ///< the moment of `stop_at`
    kQuit,        ///< by Ctrl-a x or a debugger
  };
  Kind kind = Kind::kStopped;
  std::uint32_t status = 0;
  /// Why, where it is not for the best; of `kStopped`, where harts were. Lines.
  std::string diagnosis = {};

  [[nodiscard]] bool is_failure() const {
    return status != 0 || kind == Kind::kStuck || kind == Kind::kStopped;
  }
};

/// What harts have done since they were loaded or restored, in sum.
struct MachineStatistics {
  std::uint64_t instructions = 0;
  std::uint64_t walks = 0;
  std::uint64_t exceptions = 0;
  std::uint64_t interrupts = 0;
  std::uint64_t blocks = 0;
  std::uint64_t device_accesses = 0;
  std::vector<CounterTotal> exits;  ///< by reason
};

/// See the file comment.
class Machine {
 public:
  /// Builds a machine. Errors: kSystem and kUsage from disks, network and RAM.
  static Result<std::unique_ptr<Machine>> create(const MachineOptions& options);
  ~Machine();

  /// Fills RAM and sets the harts to their beginning. Once, before `run`.
  Result<void> load(const BootFiles& files);

  /// Takes the state of a machine that was saved, which had the same options and disks; in place of
  /// `load`. Errors: kMalformed, after
  /// which the machine cannot be used.
  Result<void> restore(std::span<const std::byte> state);

  /// On the instruction clock: calls at this moment, in instructions, rounded up to a tick. All
  /// harts stand still then. Before `run`.
  void at(std::uint64_t moment, std::function<void()> call);
  /// Ends the run at this moment, likewise.
  void stop_at(std::uint64_t moment);

  /// All state but that of disks and network connections. While no hart runs: before or after a
  /// run, or in a call of `at`, from where on the run goes on as a restored one does.
  [[nodiscard]] std::vector<std::byte> save();

  /// Debuggers may connect while the machine runs; if it `waits`, its harts begin when one says so.
  /// Before `run`; the listener outlives it.
  void serve_debuggers(const gdb::Listener& listener, bool waits);

  /// Runs until there is an end. Errors: kSystem.
  Result<MachineEnd> run();
  /// Ends the run soon. Any thread.
  void stop();

  /// After the run, or before.
  [[nodiscard]] MachineStatistics statistics() const;

 private:
  struct Parts;
  explicit Machine(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace doppel::sysvm
