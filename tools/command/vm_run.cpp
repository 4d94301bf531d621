// SPDX-License-Identifier: Apache-2.0
// `doppel vm run`: a system machine on this terminal, from its files to its exit status.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "sysvm/machine/machine.h"
#include "tools/command/commands.h"
#include "tools/exit_status.h"
#include "tools/file.h"
#include "tools/options/parse.h"
#include "tools/vm/deadline.h"
#include "tools/vm/inputs.h"
#include "tools/vm/report.h"
#include "tools/vm/signal_watch.h"

namespace doppel::tools {

namespace {

using sysvm::Machine;
using sysvm::MachineEnd;
using sysvm::MachineOptions;

int stop_with(const Error& error) {
  return complain(error.kind == ErrorKind::kUsage ? kExitUsage : kExitError, error.message);
}

Result<MachineOptions> machine_options(const ParsedOptions& options) {
  MachineOptions machine;
  machine.harts = static_cast<unsigned>(options.count("--cpus").value_or(machine.harts));
  machine.ram_bytes = options.size("--memory").value_or(machine.ram_bytes);
  machine.clock =
      options.text("--clock") == "instructions" ? ClockKind::kInstructions : ClockKind::kHost;
  machine.seed = options.count("--seed").value_or(0);
  machine.command_line = options.text("--append").value_or("");
  for (const std::string_view path : options.all("--disk")) machine.disks.emplace_back(path);
  if (const auto network = options.text("--net"))
    machine.network = DOPPEL_TRY(sysvm::parse_user_network(*network));
  machine.input_to_virtio = options.text("--console") == "virtio";
  machine.bare = options.has("--bare");
  if (options.has("--trace"))
    machine.trace_exceptions = [](const std::string& line) { complain(kExitSuccess, line); };
  return machine;
}

bool has_images(const ParsedOptions& options) {
  return options.has("--kernel") || options.has("--bios") || options.has("--bare");
}

/// Opens those of the standard descriptors that are closed: otherwise the next file, be it a disk,
/// would become the console.
void occupy_standard_descriptors() {
  int opened = ::open("/dev/null", O_RDWR);
  while (opened >= 0 && opened <= STDERR_FILENO) opened = ::open("/dev/null", O_RDWR);
  if (opened >= 0) ::close(opened);
}

/// What of the options excludes or requires what.
Result<void> check_combination(const ParsedOptions& options) {
  if (!has_images(options) && !options.has("--restore"))
    return fail(ErrorKind::kUsage,
                "nothing to run, expected --kernel, --bios, --bare or --restore");
  if (options.has("--bare") && (options.has("--kernel") || options.has("--bios"))) {
    return fail(ErrorKind::kUsage,
                "more than one thing to run, expected --kernel and --bios, or --bare");
  }
  for (const std::string_view name : {"--initrd", "--append"}) {
    if (options.has("--bare") && options.has(name))
      return fail(ErrorKind::kUsage, fmt::format("{} with --bare, expected --kernel", name));
  }
  if (options.text("--clock") != "instructions") {
    for (const std::string_view name : {"--seed", "--until", "--save", "--save-at", "--restore"}) {
      if (options.has(name))
        return fail(ErrorKind::kUsage,
                    fmt::format("{} on the host's clock, expected --clock instructions", name));
    }
  }
  if (const auto port = options.count("--gdb"); port && *port > UINT16_MAX)
    return fail(ErrorKind::kUsage, fmt::format("--gdb {}, expected a port below 65536", *port));
  if (options.has("-S") && !options.has("--gdb"))
    return fail(ErrorKind::kUsage, "-S without --gdb, expected the port for debuggers");
  if (options.has("--save-at") && !options.has("--save"))
    return fail(ErrorKind::kUsage, "--save-at without --save, expected the file to write");
  if (const auto harts = options.count("--cpus");
      harts && (*harts == 0 || *harts > sysvm::kMaxHarts)) {
    return fail(ErrorKind::kUsage,
                fmt::format("--cpus {}, expected 1 to {}", *harts, sysvm::kMaxHarts));
  }
  return {};
}

int status_of(const MachineEnd& end, bool timed_out) {
  switch (end.kind) {
    case MachineEnd::Kind::kPoweredOff:
      if (end.status == 0) return kExitSuccess;
      return complain(kExitError,
                      end.diagnosis.empty()
                          ? fmt::format("the guest powered off with status {}", end.status)
                          : end.diagnosis);
    case MachineEnd::Kind::kStuck: return complain(kExitTrap, end.diagnosis);
    case MachineEnd::Kind::kStopped:
      if (!timed_out) return kExitError;
      return complain(kExitTimeout,
                      fmt::format("timeout: the guest was still running\n{}", end.diagnosis));
    case MachineEnd::Kind::kReached:
    case MachineEnd::Kind::kRebooted:
    case MachineEnd::Kind::kQuit: return kExitSuccess;
  }
  return kExitError;
}

/// One call of the command: machines one after another, until one does not reboot.
class Runs {
 public:
  Runs(const ParsedOptions& options, MachineOptions machine)
      : options_(options), machine_(std::move(machine)), inputs_(options) {
    if (const auto seconds = options.seconds("--timeout")) deadline_.emplace(*seconds);
  }

  int execute() {
    if (auto opened = open_debugger_port(); !opened) return stop_with(opened.error());
    while (true) {
      const auto end = run_once();
      if (!end) return stop_with(end.error());
      if (signal_) die_by(*signal_);
      if (end->kind != MachineEnd::Kind::kRebooted || options_.has("--no-reboot"))
        return finish(*end);
      if (!has_images(options_)) {
        return stop_with(
            {ErrorKind::kUsage,
             "the restored guest reboots, and nothing is there to boot, expected what it "
             "was booted from beside --restore"});
      }
      restores_ = false;
      waits_for_debugger_ = false;
    }
  }

 private:
  int finish(const MachineEnd& end) {
    const int status = status_of(end, deadline_ && deadline_->is_over());
    if (!is_save_missing_) return status;
    complain(status, fmt::format("{} was not written: the run ended before {} instructions",
                                 *options_.text("--save"), *options_.count("--save-at")));
    return status == kExitSuccess ? kExitError : status;
  }

  Result<void> open_debugger_port() {
    const auto port = options_.count("--gdb");
    if (!port) return {};
    debuggers_.emplace(DOPPEL_TRY(sysvm::gdb::Listener::open(static_cast<std::uint16_t>(*port))));
    waits_for_debugger_ = options_.has("-S");
    complain(kExitSuccess,
             fmt::format("{} at 127.0.0.1:{}",
                         waits_for_debugger_ ? "waiting for a debugger" : "debuggers may connect",
                         debuggers_->port()));
    return {};
  }

  /// The machine is gone, and the terminal as before, when this returns.
  Result<MachineEnd> run_once() {
    const auto machine = DOPPEL_TRY(prepare());
    if (debuggers_) machine->serve_debuggers(*debuggers_, waits_for_debugger_);
    std::optional<Result<void>> saved;
    if (const auto moment = options_.count("--save-at"))
      machine->at(*moment, [&] { saved = save(*machine); });
    if (const auto moment = options_.count("--until")) machine->stop_at(*moment);
    const auto began = std::chrono::steady_clock::now();
    MachineEnd end = DOPPEL_TRY(watched_run(*machine));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    if (options_.has("--save") && !options_.has("--save-at")) saved = save(*machine);
    if (saved) DOPPEL_TRY(std::move(*saved));
    is_save_missing_ = options_.has("--save") && !saved;
    if (options_.has("--stats")) report(*machine, took.count());
    return end;
  }

  /// A machine before its run.
  [[nodiscard]] Result<std::unique_ptr<Machine>> prepare() {
    const auto firmware = DOPPEL_TRY(inputs_.read("--bios"));
    const auto kernel = DOPPEL_TRY(inputs_.read(machine_.bare ? "--bare" : "--kernel"));
    const auto initrd = DOPPEL_TRY(inputs_.read("--initrd"));
    const auto state = DOPPEL_TRY(inputs_.read("--restore"));
    auto machine = DOPPEL_TRY(Machine::create(machine_));
    if (restores_) {
      DOPPEL_TRY(machine->restore(state));
    } else {
      DOPPEL_TRY(machine->load({firmware, kernel, initrd}));
    }
    return machine;
  }

  Result<MachineEnd> watched_run(Machine& machine) {
    const auto stop = [&machine] { machine.stop(); };
    const Deadline::Watch watch(deadline_, stop);
    SignalWatch signals(stop);
    auto end = machine.run();
    signal_ = signals.taken();
    return end;
  }

  Result<void> save(Machine& machine) const {
    const std::vector<std::byte> state = machine.save();
    return write_file(std::string(*options_.text("--save")), state);
  }

  void report(Machine& machine, double seconds) const {
    std::optional<std::uint64_t> hash;
    if (machine_.clock == ClockKind::kInstructions) hash = hash_of(machine.save());
    fmt::print(stderr, "{}",
               format(machine.statistics(), seconds, hash, options_.text("--stats") == "json"));
  }

  const ParsedOptions& options_;
  const MachineOptions machine_;
  Inputs inputs_;
  bool restores_ = options_.has("--restore");
  std::optional<Deadline> deadline_;
  std::optional<sysvm::gdb::Listener> debuggers_;
  bool waits_for_debugger_ = false;  ///< before the guest's first instruction
  std::optional<int> signal_;        ///< that ended the last run
  bool is_save_missing_ = false;     ///< it ended before the moment of --save-at
};

}  // namespace

int vm_run_command(const ParsedOptions& options) {
  occupy_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  if (auto good = check_combination(options); !good) return stop_with(good.error());
  auto machine = machine_options(options);
  if (!machine) return stop_with(machine.error());
  return Runs(options, std::move(*machine)).execute();
}

}  // namespace doppel::tools
