// SPDX-License-Identifier: Apache-2.0
// `doppel run`: a module under WASI, from its file to its exit status.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>

#include "bytecode/runtime/linker.h"
#include "bytecode/wasi/link.h"
#include "bytecode/wasi/threads.h"
#include "tools/command/commands.h"
#include "tools/command_line.h"
#include "tools/exit_status.h"
#include "tools/file.h"
#include "tools/options/parse.h"
#include "tools/run/kept.h"
#include "tools/run/report.h"
#include "tools/run/tier.h"
#include "tools/run/trace.h"
#include "tools/run/values.h"
#include "tools/run/watchdog.h"

namespace doppel::tools {

namespace {

using namespace bytecode;

/// What ends a run before its time: the exit status, its message already printed.
using Ended = tl::unexpected<int>;

Ended stop_with(const Error& error) {
  return Ended(complain(error.kind == ErrorKind::kUsage ? kExitUsage : kExitError, error.message));
}

/// The WASI side of the options.
Result<wasi::Context> wasi_context(const ParsedOptions& options,
                                   std::function<bool()> interrupted) {
  wasi::ContextOptions given;
  for (const std::string_view word : options.operands()) given.arguments.emplace_back(word);
  for (const std::string_view variable : options.all("--env")) {
    const std::size_t equals = variable.find('=');
    if (equals == std::string_view::npos) {
      return fail(ErrorKind::kUsage, fmt::format("--env \"{}\", expected NAME=VALUE", variable));
    }
    given.environment.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  for (const std::string_view folder : options.all("--dir")) {
    const std::size_t colons = folder.find("::");
    const std::string_view host = folder.substr(0, colons);
    given.directories.push_back(
        {std::string(host),
         std::string(colons == std::string_view::npos ? host : folder.substr(colons + 2))});
  }
  given.inherit_standard_streams();
  given.interrupted = std::move(interrupted);
  return wasi::Context::create(std::move(given));
}

/// One run, with what has to outlive it.
class Run {
 public:
  explicit Run(const ParsedOptions& options)
      : options_(options),
        fuel_(std::min(options.count("--fuel").value_or(Thread::kUnlimitedFuel),
                       Thread::kUnlimitedFuel - 1)) {}

  int execute() {
    const tl::expected<void, int> ended = prepare().and_then([this] { return call(); });
    if (store_ != nullptr && options_.has("--stats")) print_statistics();
    int status = ended ? kExitSuccess : ended.error();
    if (std::fflush(stdout) != 0) status = complain(kExitError, "cannot write to standard output");
    // Nobody waits for the end of a compilation.
    if (process_ends_with_command && tiers_.tier_up && tiers_.tier_up->is_busy()) {
      if (module_ != nullptr && module_->code().kept() != nullptr) module_->code().kept()->write();
      std::_Exit(status);
    }
    return status;
  }

 private:
  tl::expected<void, int> prepare();
  Result<std::vector<std::byte>> read(const std::string& path, LoadOptions& load) const;
  tl::expected<void, int> call();
  tl::expected<Function*, int> entry() const;
  tl::expected<void, int> link(Linker& linker, const StoreLimits& limits);
  tl::expected<void, int> finish(std::optional<Trap> trap);
  void print_statistics() const;

  const ParsedOptions& options_;
  const std::uint64_t fuel_;  ///< counted down also for the statistics alone
  CounterTable counters_;
  Tiers tiers_;
  std::shared_ptr<LoadedModule> module_;
  std::unique_ptr<Store> store_;
  std::optional<wasi::Context> wasi_;
  std::optional<Watchdog> watchdog_;
  const Instance* instance_ = nullptr;
  std::optional<wasi::ThreadGroup> threads_;  ///< of a program that asks for them
};

tl::expected<void, int> Run::prepare() {
  const std::string path(options_.operands()[0]);
  LoadOptions load;
  load.fuel = options_.has("--fuel") || options_.has("--stats");
  if (auto chosen = choose_tier(options_, "auto", load, tiers_); !chosen)
    return stop_with(chosen.error());
  auto bytes = read(path, load);
  if (!bytes) return stop_with(bytes.error());
  auto module = LoadedModule::load(std::move(*bytes), load);
  if (!module) return stop_with(std::move(module.error()).within(path));
  module_ = std::move(*module);

  StoreLimits limits;
  if (const auto most = options_.size("--max-memory")) limits.max_memory_bytes = *most;
  if (const auto most = options_.size("--max-heap")) limits.max_heap_bytes = *most;
  auto store = Store::create(limits);
  if (!store) return stop_with(store.error());
  store_ = std::move(*store);
  if (load.fuel) store_->thread().set_fuel(fuel_);
  if (options_.has("--stats")) store_->thread().count_in(counters_);
  if (const auto seconds = options_.seconds("--timeout"))
    watchdog_.emplace(store_->thread(), *seconds);

  Linker linker(*store_);
  if (auto linked = link(linker, limits); !linked) return linked;
  auto made = linker.instantiate(module_);
  if (!made) return stop_with(std::move(made.error()).within(path));
  instance_ = made->instance;
  return finish(made->trap);
}

/// The module, which may come with its code.
Result<std::vector<std::byte>> Run::read(const std::string& path, LoadOptions& load) const {
  auto precompiled = DOPPEL_TRY(open_native(path, options_.has("--allow-precompiled"), load));
  if (precompiled) return *std::move(precompiled);
  return read_module(path);
}

/// Offers WASI, and threads if the module asks for them.
tl::expected<void, int> Run::link(Linker& linker, const StoreLimits& limits) {
  auto context = wasi_context(options_, [this] {
    return threads_ ? threads_->interrupted() : store_->thread().terminating();
  });
  if (!context) return stop_with(context.error());
  wasi_.emplace(std::move(*context));
  const auto offer = [this](Linker& to) {
    wasi::link(to, *wasi_);
    if (options_.has("--stub-imports")) to.stub_unknown_functions();
  };
  offer(linker);
  if (!wasi::ThreadGroup::is_wanted_by(module_->module())) return {};
  wasi_->share();
  wasi::ThreadGroup::Options group;
  group.module = module_;
  group.limits = limits;
  if (options_.has("--fuel")) group.fuel = fuel_;
  group.link = offer;
  threads_.emplace(std::move(group), store_->thread());
  if (auto linked = threads_->link(*store_, linker); !linked) return stop_with(linked.error());
  return {};
}

/// The function to call: the one of --invoke, or _start.
tl::expected<Function*, int> Run::entry() const {
  const std::string name(options_.text("--invoke").value_or("_start"));
  if (const auto found = instance_->find_export(name); found && found->function != nullptr)
    return found->function;
  std::string offered;
  for (const Export& item : instance_->module->module().exports) {
    if (item.kind == ExternKind::kFunc) offered += (offered.empty() ? "" : ", ") + item.name;
  }
  return Ended(complain(
      kExitError, fmt::format("{}: found no exported function \"{}\", expected one of: {}",
                              options_.operands()[0], name, offered.empty() ? "none" : offered)));
}

tl::expected<void, int> Run::call() {
  const auto function = entry();
  if (!function) return Ended(function.error());
  // A reactor is initialized before anything else of it is called (WASI application ABI).
  if (options_.has("--invoke")) {
    const auto initialize = instance_->find_export("_initialize");
    if (initialize && initialize->function != nullptr &&
        initialize->function->type->params.empty() && initialize->function != *function) {
      if (auto ended = finish(store_->thread().call(*initialize->function, {})); !ended)
        return ended;
    }
  }
  const FuncType& type = *(*function)->type;
  const auto words = options_.operands().subspan(1);
  std::vector<std::uint64_t> slots(std::max(slot_count(type.params), slot_count(type.results)));
  if (options_.has("--invoke") && words.size() != type.params.size()) {
    return Ended(complain(kExitUsage,
                          fmt::format("{} arguments given, expected {}: the function is of type {}",
                                      words.size(), type.params.size(), to_string(type))));
  }
  auto next = slots.begin();
  for (std::size_t i = 0; i < type.params.size(); ++i) {
    auto value = parse_value(type.params[i], i < words.size() ? words[i] : std::string_view());
    if (!value) return stop_with(value.error());
    next = std::copy_n(value->begin(), type.params[i].slots(), next);
  }
  for (const std::string_view name : options_.all("--trace")) {
    if (auto traced = trace_calls(*module_, name); !traced) return stop_with(traced.error());
  }
  std::optional<Trap> trap = store_->thread().call(**function, slots);
  if (threads_) trap = threads_->end(std::move(trap));
  if (auto ended = finish(std::move(trap)); !ended) return ended;
  std::span<const std::uint64_t> results = slots;
  for (const ValType result : type.results) {
    fmt::print("{}\n", format_value(result, results));
    results = results.subspan(result.slots());
  }
  return {};
}

/// Turns a trap, if there is one, into the exit status and its report. Other threads end with it.
tl::expected<void, int> Run::finish(std::optional<Trap> trap) {
  if (trap && threads_) trap = threads_->end(std::move(trap));
  if (!trap) return {};
  if (trap->kind == TrapKind::kExit) return Ended(trap->exit_code);
  return Ended(
      complain(trap->kind == TrapKind::kTimeout ? kExitTimeout : kExitTrap, describe(*trap)));
}

void Run::print_statistics() const {
  Statistics statistics;
  statistics.functions = module_->module().bodies.size();
  statistics.predecoded_functions = module_->code().prepared_functions();
  statistics.predecoded_cells = module_->code().prepared_cells();
  const auto compiled = module_->code().compiled();
  statistics.has_compiler = module_->code().is_compiled();
  statistics.compiled_functions = compiled.functions;
  statistics.compiled_loops = compiled.loops;
  statistics.kept_functions = compiled.kept;
  for (const FuncIndex function : compiled.left)
    statistics.interpreted.push_back(module_->function_name(function));
  for (const auto& [function, parts] : compiled.parts)
    statistics.hot.push_back({module_->function_name(function), parts});
  statistics.instructions = fuel_ - store_->thread().fuel_left();
  if (instance_ != nullptr) {
    for (const MemoryInstance* memory : instance_->memories)
      statistics.memory_bytes += memory->size();
  }
  statistics.events = counters_.totals();
  statistics.heap = store_->heap().statistics();
  fmt::print(stderr, "{}", format(statistics, options_.text("--stats") == "json"));
}

}  // namespace

int run_command(const ParsedOptions& options) {
  // A closed pipe is an error for the guest, as for every program, and no reason to be killed.
  std::signal(SIGPIPE, SIG_IGN);
  return Run(options).execute();
}

}  // namespace doppel::tools
