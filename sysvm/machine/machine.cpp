// SPDX-License-Identifier: Apache-2.0
// Wiring: who owns what, who hears of what.
#include "sysvm/machine/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "core/observe/exit_account.h"
#include "sysvm/block/raw_file.h"
#include "sysvm/hart/hart.h"
#include "sysvm/hart/reservations.h"
#include "sysvm/machine/debugger.h"
#include "sysvm/machine/diagnose.h"
#include "sysvm/machine/htif.h"
#include "sysvm/machine/saved_ram.h"
#include "sysvm/machine/sbi.h"
#include "sysvm/machine/terminal.h"
#include "sysvm/machine/time.h"
#include "sysvm/machine/timekeeper.h"
#include "sysvm/platform/clint.h"
#include "sysvm/platform/entropy.h"
#include "sysvm/platform/plic.h"
#include "sysvm/platform/rtc.h"
#include "sysvm/platform/uart.h"
#include "sysvm/virtio/block.h"
#include "sysvm/virtio/console.h"
#include "sysvm/virtio/mmio.h"
#include "sysvm/virtio/net.h"
#include "sysvm/virtio/rng.h"

namespace doppel::sysvm {

namespace {

/// How often a bare program's words are looked at, and on the instruction clock the host's input.
constexpr std::uint64_t kHtifPeriod = kTicksPerSecond / 10'000;
constexpr std::uint64_t kInputPeriod = kTicksPerSecond / 500;

/// How many instructions a hart that is alone runs on the instruction clock, short of deadlines.
constexpr std::uint64_t kSliceOfOne = 10'000'000;

constexpr MacAddress kMacAddress = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

}  // namespace

/// Everything, in the order of construction.
struct Machine::Parts final : PowerControl {
  /// What a hart and the machine tell each other.
  struct HartPort final : HartListener, ExceptionListener, InterruptListener {
    HartPort(Parts& machine, AlarmId the_alarm) : parts(machine), alarm(the_alarm) {}
    void timer_changed(std::uint64_t ticks) override { parts.alarms.set(alarm, ticks); }
    void rests() override { parts.hart_rests(); }
    void interrupt_raised() override { parts.wake(*hart); }
    void exception(std::uint64_t pc, Mode mode, const Trap& trap) override {
      parts.options.trace_exceptions(describe(hart->id(), pc, mode, trap, parts.symbols));
    }

    Parts& parts;
    AlarmId alarm;
    Hart* hart = nullptr;
  };

  Parts(MachineOptions given, std::unique_ptr<Bus> the_bus, HostLoop the_loop)
      : options(std::move(given)),
        owned_bus(std::move(the_bus)),
        loop(std::move(the_loop)),
        entropy(is_deterministic() ? Entropy(options.seed) : Entropy()),
        terminal(loop, {options.input, options.output, [this] { end({MachineEnd::Kind::kQuit}); },
                        [this] { scheduler.wake(timekeeper); }}),
        scheduler(scheduler_options()) {
    loop.add(terminal);
    alarms.on_earlier([this] { alarm_is_earlier(); });
    for (unsigned i = 0; i < options.harts; ++i) add_hart(i);
    instruction_time.count(hart_list);
  }

  [[nodiscard]] bool is_deterministic() const { return options.clock == ClockKind::kInstructions; }
  [[nodiscard]] const SchedulerTime& time() const {
    if (is_deterministic()) return instruction_time;
    return host_time;
  }
  [[nodiscard]] SchedulerOptions scheduler_options() const {
    SchedulerOptions made;
    made.clock = options.clock;
    made.host_threads = is_deterministic() ? 1 : options.harts + 1;  // and the timekeeper's
    if (options.harts == 1) made.instruction_slice = kSliceOfOne;
    made.account = &account;
    return made;
  }

  void add_hart(unsigned number);
  Result<void> add_devices();
  Result<void> plug(VirtioDevice* device);
  Result<void> attach(Region region, Device& device) {
    return bus.attach(region.base, region.size, device);
  }

  void wake(Hart& hart) {
    interrupt(hart);
    scheduler.wake(debugger ? debugger->processor(hart.id()) : hart);
  }
  /// Ends the hart's run. On the instruction clock, where one thread runs everything, not the next
  /// one, which begins with what there is.
  void interrupt(Hart& hart) const {
    if (!is_deterministic() || hart.is_running()) hart.request_interrupt();
  }
  void alarm_is_earlier();
  void hart_rests();
  [[nodiscard]] bool may_come(std::uint64_t interrupts, std::uint64_t hart) const;
  [[nodiscard]] bool nobody_goes_on() const;
  [[nodiscard]] bool wants_turns();
  void look_around();
  Verdict answer(Hart& hart, const Exit& exit);
  void schedule(Hart& hart);
  Result<Scheduler::Outcome> run_scheduler();
  MachineEnd end_after(Scheduler::Outcome outcome);
  void debug(bool waits);

  /// Every part that has state but the harts, in the order of the stream.
  [[nodiscard]] std::vector<Saved*> saved_parts();
  void serve_sbi();

  void end(MachineEnd how);
  void power_off(std::uint32_t status) override {
    end({MachineEnd::Kind::kPoweredOff, status, {}});
  }
  void reboot() override { end({MachineEnd::Kind::kRebooted}); }

  MachineOptions options;
  std::unique_ptr<Bus> owned_bus;  // on the heap: the loop refers to it
  Bus& bus = *owned_bus;
  HostLoop loop;
  Entropy entropy;
  HostTime host_time;
  InstructionTime instruction_time;
  Alarms alarms;
  CounterTable counters;
  ExitAccount account{counters};
  Terminal terminal;
  Reservations reservations;
  std::deque<HartPort> ports;
  std::deque<Hart> harts;
  std::vector<Hart*> hart_list;
  std::vector<InterruptPins*> pin_list;
  Scheduler scheduler;
  Timekeeper timekeeper{bus, alarms, time()};

  // Devices; those that are plugged into virtio slots first.
  std::optional<Plic> plic;
  std::optional<Clint> clint;
  std::optional<Uart> uart;
  std::optional<Rtc> rtc;
  Syscon syscon{*this};
  std::deque<RawFile> disk_files;
  std::deque<VirtioBlock> disks;
  std::unique_ptr<UserNetwork> network;
  std::optional<VirtioNet> net;
  std::optional<VirtioConsole> console;
  std::optional<VirtioRng> rng;
  std::deque<VirtioMmio> slots;

  std::optional<Sbi> sbi;
  std::optional<Htif> htif;
  std::optional<Debugger> debugger;
  const gdb::Listener* listener = nullptr;  ///< of the debugger
  SymbolTable symbols;
  std::uint64_t executed_before = 0;     ///< when the timekeeper last looked at the host
  std::uint64_t executed_elsewhere = 0;  ///< by the machine that this one was restored from

  std::mutex end_mutex;  // protects how_it_ended
  std::optional<MachineEnd> how_it_ended;
};

void Machine::Parts::add_hart(unsigned number) {
  const AlarmId alarm = alarms.add([this, number] { wake(*hart_list[number]); });
  HartPort& port = ports.emplace_back(*this, alarm);
  Hart::Config config;
  config.id = number;
  config.bus = &bus;
  config.clock = &time();
  config.listener = &port;
  config.exceptions = options.trace_exceptions ? &port : nullptr;
  config.reservations = options.harts > 1 ? &reservations : nullptr;
  config.serves_calls = false;
  Hart& hart = harts.emplace_back(config);
  port.hart = &hart;
  hart.pins().listen(&port);
  hart_list.push_back(&hart);
  pin_list.push_back(&hart.pins());
}

Result<void> Machine::Parts::add_devices() {
  plic.emplace(pin_list);
  clint.emplace(pin_list, time(), alarms);
  uart.emplace(InterruptLine(*plic, kUartInterrupt), terminal);
  rtc.emplace(InterruptLine(*plic, kRtcInterrupt), time(), alarms);
  DOPPEL_TRY(attach(kPlicRegion, *plic));
  DOPPEL_TRY(attach(kClintRegion, *clint));
  DOPPEL_TRY(attach(kUartRegion, *uart));
  DOPPEL_TRY(attach(kRtcRegion, *rtc));
  DOPPEL_TRY(attach(kSysconRegion, syscon));

  for (const std::string& path : options.disks) {
    disk_files.push_back(DOPPEL_TRY(RawFile::open(path)));
    VirtioBlock& disk =
        disks.emplace_back(disk_files.back(), fmt::format("doppel-{}", disks.size()));
    DOPPEL_TRY(plug(&disk));
  }
  if (options.network) {
    network = DOPPEL_TRY(UserNetwork::create(loop, *options.network));
    net.emplace(*network, kMacAddress);
    network->connect(*net);
    loop.add(*network);
    DOPPEL_TRY(plug(&*net));
  }
  DOPPEL_TRY(plug(&rng.emplace(entropy)));
  DOPPEL_TRY(plug(&console.emplace(terminal)));
  while (slots.size() < kVirtioSlots) DOPPEL_TRY(plug(nullptr));
  if (options.input_to_virtio) {
    terminal.connect(*console);
  } else {
    terminal.connect(*uart);
  }
  return {};
}

/// Puts a device into the next slot.
Result<void> Machine::Parts::plug(VirtioDevice* device) {
  const auto number = static_cast<unsigned>(slots.size());
  if (number >= kVirtioSlots) {
    return fail(ErrorKind::kLimit,
                fmt::format("more than {} virtio devices, expected fewer disks", kVirtioSlots));
  }
  VirtioMmio& slot =
      slots.emplace_back(bus, InterruptLine(*plic, kVirtioInterrupt + number), device);
  return bus.attach(kVirtioRegion.base + number * kVirtioRegion.size, kVirtioRegion.size, slot);
}

/// The timekeeper waits for what is due first; on the instruction clock, so does whoever runs.
void Machine::Parts::alarm_is_earlier() {
  scheduler.wake(timekeeper);
  if (!is_deterministic()) return;
  for (Hart& hart : harts) interrupt(hart);
}

/// On the host's clock, where it may have been the last one, the timekeeper looks closer. On the
/// other, the scheduler itself finds that nobody is left.
void Machine::Parts::hart_rests() {
  if (is_deterministic()) return;
  const auto waits_for_no_timer = [](const Hart& hart) {
    const auto awaited = hart.awaited_interrupts();
    return awaited && (*awaited & interrupt_bit::kSupervisorTimer) == 0;
  };
  if (std::ranges::all_of(harts, waits_for_no_timer)) scheduler.wake(timekeeper);
}

/// Whether one of these interrupts can come to a hart while all harts rest, of which none sends one
/// to another. Under the board's lock.
bool Machine::Parts::may_come(std::uint64_t interrupts, std::uint64_t hart) const {
  using namespace interrupt_bit;
  if ((interrupts & kSupervisorTimer) != 0) return true;  // which is set
  if ((interrupts & kMachineTimer) != 0 && clint->is_set(hart)) return true;
  const bool is_external = (interrupts & (kSupervisorExternal | kMachineExternal)) != 0;
  return is_external && (terminal.has_input() || network || alarms.next() != kNoTick);
}

/// Whether no hart will ever go on, nor a debugger make it. Under the board's lock, so that none is
/// started meanwhile.
bool Machine::Parts::nobody_goes_on() const {
  if (debugger) return false;
  const auto runs = [this] {
    std::uint64_t sum = 0;
    for (const Hart& hart : harts) sum += hart.runs();
    return sum;
  };
  const std::uint64_t before = runs();
  for (const Hart& hart : harts) {
    const auto awaited = hart.awaited_interrupts();
    if (!awaited || may_come(*awaited, hart.id())) return false;
  }
  return runs() == before;
}

/// Whether there is something to look at from time to time.
bool Machine::Parts::wants_turns() {
  if (!htif && !(is_deterministic() && (terminal.has_input() || network))) return false;
  const auto lock = bus.lock();
  return !nobody_goes_on();
}

/// The timekeeper's turn: what is looked at from time to time.
void Machine::Parts::look_around() {
  if (is_deterministic()) {
    if (debugger) debugger->pass();
    instruction_time.catch_up(scheduler.now());
    // With nothing executed since, the guest waits for input: so do we, instead of leaping on.
    const bool is_idle =
        std::exchange(executed_before, instruction_time.executed()) == instruction_time.executed();
    if (terminal.has_input() || network) {
      loop.poll_once(is_idle ? 1 : 0);
    } else {
      const auto lock = bus.lock();
      terminal.flush();
    }
  }
  const auto lock = bus.lock();
  const bool is_over = !is_deterministic() && nobody_goes_on();  // before their last words are read
  if (const auto code = htif ? htif->poll() : std::nullopt) {
    MachineEnd how{MachineEnd::Kind::kPoweredOff, 0, {}};
    if (*code != 0) {
      how.status = 1;
      how.diagnosis = fmt::format("test {} failed", *code);
    }
    end(std::move(how));
  } else if (is_over) {
    end({MachineEnd::Kind::kStuck, 0, diagnose_waiting(hart_list, symbols)});
  }
}

Verdict Machine::Parts::answer(Hart& hart, const Exit& exit) {
  if (exit.reason == ExitReason::kHypercall && sbi) {
    sbi->serve(hart);
    return Verdict::kContinue;
  }
  end({MachineEnd::Kind::kStuck, 0, diagnose(hart, symbols)});
  return Verdict::kRemove;
}

void Machine::Parts::schedule(Hart& hart) {
  Counters* const counted = &counters.add_processor();
  if (debugger) {
    const auto handler = [this, &hart](const Exit& exit) {
      return debugger->answer(hart.id(), exit);
    };
    scheduler.add(debugger->processor(hart.id()), handler, counted);
  } else {
    const auto handler = [this, &hart](const Exit& exit) { return answer(hart, exit); };
    scheduler.add(hart, handler, counted);
  }
}

void Machine::Parts::debug(bool waits) {
  DebuggerEnvironment environment;
  environment.harts = hart_list;
  environment.loop = is_deterministic() ? &loop : nullptr;
  environment.wake = [this](VirtualProcessor& processor) { scheduler.wake(processor); };
  environment.answer = [this](Hart& hart, const Exit& exit) { return answer(hart, exit); };
  environment.hold_clock = [this](bool held) {
    if (is_deterministic()) return;
    host_time.hold(held);
    scheduler.wake(timekeeper);
  };
  environment.kill = [this] { end({MachineEnd::Kind::kQuit}); };
  debugger.emplace(std::move(environment), waits);
}

std::vector<Saved*> Machine::Parts::saved_parts() {
  std::vector<Saved*> parts = {&*plic, &*clint, &*uart, &*rtc, &entropy};
  for (VirtioMmio& slot : slots) parts.push_back(&slot);
  return parts;
}

void Machine::Parts::serve_sbi() {
  sbi.emplace(SbiEnvironment{hart_list, bus, terminal, *this, [this](Hart& hart) { wake(hart); }});
  for (Hart& hart : harts) hart.serve_calls(true);
}

void Machine::Parts::end(MachineEnd how) {
  // Who ends it from outside does not wait for a reader that never reads.
  if (how.kind == MachineEnd::Kind::kStopped || how.kind == MachineEnd::Kind::kQuit)
    terminal.give_up();
  {
    const std::scoped_lock lock(end_mutex);
    if (!how_it_ended) how_it_ended = std::move(how);
  }
  scheduler.stop();
  if (debugger) debugger->release();
}

Result<Scheduler::Outcome> Machine::Parts::run_scheduler() {
  auto outcome = scheduler.run();
  while (debugger && outcome == Scheduler::Outcome::kIdle && debugger->stop_idle())
    outcome = scheduler.run();
  return outcome;
}

MachineEnd Machine::Parts::end_after(Scheduler::Outcome outcome) {
  const std::scoped_lock lock(end_mutex);
  MachineEnd how = how_it_ended.value_or(MachineEnd{});
  if (!how_it_ended && outcome == Scheduler::Outcome::kIdle)
    how = {MachineEnd::Kind::kStuck, 0, diagnose_waiting(hart_list, symbols)};
  if (how.kind == MachineEnd::Kind::kStopped) how.diagnosis = describe_places(hart_list, symbols);
  return how;
}

Result<std::unique_ptr<Machine>> Machine::create(const MachineOptions& options) {
  if (options.harts == 0 || options.harts > kMaxHarts) {
    return fail(ErrorKind::kUsage,
                fmt::format("{} harts, expected 1 to {}", options.harts, kMaxHarts));
  }
  auto bus = std::make_unique<Bus>(DOPPEL_TRY(Bus::create(options.ram_bytes)));
  HostLoop loop = DOPPEL_TRY(HostLoop::create(*bus));
  auto parts = std::make_unique<Parts>(options, std::move(bus), std::move(loop));
  DOPPEL_TRY(parts->add_devices());
  return std::unique_ptr<Machine>(new Machine(std::move(parts)));
}

Machine::Machine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Machine::~Machine() = default;

Result<void> Machine::load(const BootFiles& files) {
  Parts& parts = *parts_;
  BootState state;
  if (parts.options.bare) {
    state = DOPPEL_TRY(load_bare(parts.bus, files.kernel));
    parts.htif = Htif::find(parts.bus, parts.terminal, state.symbols);
  } else {
    BoardDescription board;
    board.harts = parts.options.harts;
    board.ram_bytes = parts.bus.ram_bytes();
    board.command_line = parts.options.command_line;
    parts.entropy.fill(std::as_writable_bytes(std::span(board.entropy)));
    state = DOPPEL_TRY(sysvm::load(parts.bus, files, board));
  }
  parts.symbols = std::move(state.symbols);
  if (!state.in_machine_mode) parts.serve_sbi();
  for (unsigned i = 0; i < parts.harts.size(); ++i) {
    Hart& hart = parts.harts[i];
    if (state.in_machine_mode) {
      hart.reset(state.pc);
      hart.set_x(10, i);
      hart.set_x(11, state.device_tree.value());
      hart.set_x(12, state.firmware_info.value());
    } else if (i == 0) {
      hart.start_supervisor(state.pc, 0, state.device_tree.value());
    } else {
      hart.stop();
    }
  }
  return {};
}

void Machine::serve_debuggers(const gdb::Listener& listener, bool waits) {
  parts_->listener = &listener;
  parts_->debug(waits);
}

Result<MachineEnd> Machine::run() {
  Parts& parts = *parts_;
  parts.timekeeper.on_run([&parts] { parts.look_around(); });
  parts.timekeeper.run_every(parts.htif ? kHtifPeriod : kInputPeriod,
                             [&parts] { return parts.wants_turns(); });
  parts.scheduler.add(parts.timekeeper);  // first: it knows the deadlines
  for (Hart& hart : parts.harts) parts.schedule(hart);

  std::atomic<bool> over = false;
  std::thread host;
  if (!parts.is_deterministic()) {
    host = std::thread([&] {
      while (!over) parts.loop.poll_once(-1);
    });
  }
  std::jthread stub;
  if (parts.debugger) stub = std::jthread([&] { parts.debugger->serve(*parts.listener); });
  const auto outcome = parts.run_scheduler();
  MachineEnd end = outcome ? parts.end_after(*outcome) : MachineEnd{};
  if (parts.debugger) parts.debugger->finish(end.is_failure() ? 1 : 0);
  stub = {};
  over = true;
  parts.loop.wake();
  if (host.joinable()) host.join();
  parts.terminal.flush();
  if (!outcome) return tl::unexpected(outcome.error());
  return end;
}

void Machine::stop() { parts_->end({}); }

void Machine::at(std::uint64_t moment, std::function<void()> call) {
  const AlarmId alarm = parts_->alarms.add(std::move(call));
  parts_->alarms.set(alarm, (moment + kClockUnitsPerTick - 1) / kClockUnitsPerTick);
}

void Machine::stop_at(std::uint64_t moment) {
  at(moment, [this] { parts_->end({MachineEnd::Kind::kReached}); });
}

std::vector<std::byte> Machine::save() {
  Parts& parts = *parts_;
  StateWriter writer;
  writer.begin("machine", 1);
  writer.u32(parts.options.harts);
  writer.u64(parts.bus.ram_bytes());
  writer.boolean(parts.sbi.has_value());
  writer.u64(parts.instruction_time.leaps());
  for (const Hart& hart : parts.harts) writer.boolean(hart.is_stopped());
  // A restored machine begins with whose turn it is in the beginning, and its harts have to walk
  // page tables again, which leaves traces in them. Here both happens likewise.
  parts.scheduler.begin_again();
  for (Hart& hart : parts.harts) {
    hart.save(writer);
    hart.request(Hart::kTranslationFence | Hart::kFetchFence);
  }
  for (const Saved* part : parts.saved_parts()) part->save(writer);
  save_ram(parts.bus, writer);
  return std::move(writer).finish();
}

Result<void> Machine::restore(std::span<const std::byte> state) {
  Parts& parts = *parts_;
  StateReader reader(state);
  reader.begin("machine", 1);
  if (const std::uint32_t harts = reader.u32(); !reader.failed() && harts != parts.options.harts)
    reader.reject(fmt::format("found {} harts, expected {}", harts, parts.options.harts));
  if (const std::uint64_t bytes = reader.u64(); !reader.failed() && bytes != parts.bus.ram_bytes())
    reader.reject(
        fmt::format("found {:#x} bytes of RAM, expected {:#x}", bytes, parts.bus.ram_bytes()));
  const bool has_sbi = reader.boolean();
  const std::uint64_t leaps = reader.u64();
  std::vector<bool> stopped(parts.harts.size());
  for (auto&& is_stopped : stopped) is_stopped = reader.boolean();
  if (reader.failed()) return reader.status();
  if (has_sbi) parts.serve_sbi();
  for (unsigned i = 0; i < parts.harts.size(); ++i) {
    DOPPEL_TRY(parts.harts[i].restore(reader));
    parts.harts[i].request(Hart::kTranslationFence | Hart::kFetchFence);
    if (stopped[i]) parts.harts[i].stop();
  }
  parts.instruction_time.restore(leaps);
  parts.executed_elsewhere = parts.instruction_time.executed();
  for (Saved* part : parts.saved_parts()) part->restore(reader);
  restore_ram(parts.bus, reader);
  for (Parts::HartPort& port : parts.ports) {
    if (const auto due = port.hart->timer()) parts.alarms.set(port.alarm, *due);
  }
  return reader.finish();
}

MachineStatistics Machine::statistics() const {
  MachineStatistics sum;
  for (const Hart& hart : parts_->harts) {
    const Hart::Statistics& one = hart.statistics();
    sum.instructions += hart.retired();
    sum.walks += one.walks;
    sum.exceptions += one.exceptions;
    sum.interrupts += one.interrupts;
    sum.blocks += one.blocks;
    sum.device_accesses += one.device_accesses;
  }
  for (CounterTotal& total : parts_->counters.totals()) {
    if (total.name.starts_with("exit.")) sum.exits.push_back(std::move(total));
  }
  sum.instructions -= parts_->executed_elsewhere;
  return sum;
}

}  // namespace doppel::sysvm
