// SPDX-License-Identifier: Apache-2.0
// Any module that is valid runs without harm: the input is a module's bytes, or the choices of the
// generator of valid modules. Every exported function is called, with little fuel, memory and stack
// and with arguments from the input.
#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

#include "bytecode/runtime/linker.h"
#include "tests/bytecode/interp/choices.h"
#include "tests/bytecode/interp/random_module.h"

using namespace doppel;
using namespace doppel::bytecode;

namespace {

constexpr std::uint64_t kFuel = 20'000;
constexpr std::uint64_t kMaxMemoryBytes = 256U << 10U;
constexpr std::uint64_t kMaxTableElements = 100'000;
constexpr std::size_t kStackBytes = 256U << 10U;

/// What an import asks for, made for it; none where that is too large.
std::optional<Extern> stand_in(Store& store, const Module& module, const Import& import) {
  Extern made;
  made.kind = import.kind;
  switch (import.kind) {
    case ExternKind::kFunc: {
      const FuncType& type = module.func_type(FuncIndex{import.index});
      const std::uint32_t results = slot_count(type.results);
      made.function = store.add_host_function(
          type,
          [results](HostCall& call) {
            std::fill_n(call.slots, results, 0);
            return HostOutcome{};
          },
          import.name);
      break;
    }
    case ExternKind::kTable:
      if (auto table = store.add_table(module.tables[import.index].type)) made.table = *table;
      break;
    case ExternKind::kMemory:
      if (auto memory = store.add_memory(module.memories[import.index])) made.memory = *memory;
      break;
    case ExternKind::kGlobal:
      made.global = store.add_global(module.globals[import.index].type, 0);
      break;
    case ExternKind::kTag: break;
  }
  const bool is_made = made.function != nullptr || made.table != nullptr ||
                       made.memory != nullptr || made.global != nullptr;
  return is_made ? std::optional(made) : std::nullopt;
}

/// A trap's backtrace leads to instructions of its module.
void check(const std::optional<Trap>& trap, const Module& module) {
  if (!trap) return;
  if (trap->kind == TrapKind::kNone) std::abort();
  for (const BacktraceFrame& frame : trap->backtrace) {
    const ByteRange code = module.body(frame.function).code;
    if (frame.offset < code.begin || frame.offset >= code.end) std::abort();
  }
}

void execute(std::vector<std::byte> bytes, Choices& choices) {
  LoadOptions options;
  options.fuel = true;
  auto loaded = LoadedModule::load(std::move(bytes), options);
  if (!loaded) return;
  const Module& module = (*loaded)->module();
  StoreLimits limits;
  limits.max_memory_bytes = kMaxMemoryBytes;
  limits.max_table_elements = kMaxTableElements;
  limits.stack_bytes = kStackBytes;
  const auto store = Store::create(limits);
  if (!store) return;
  Thread& thread = (*store)->thread();
  std::vector<Extern> imports;
  for (const Import& import : module.imports) {
    const auto made = stand_in(**store, module, import);
    if (!made) return;
    imports.push_back(*made);
  }
  thread.set_fuel(kFuel);
  const auto made = (*store)->instantiate(*loaded, imports);
  if (!made) return;
  check(made->trap, module);
  for (const Export& item : module.exports) {
    if (item.kind != ExternKind::kFunc) continue;
    Function& function = *made->instance->functions[item.index];
    const FuncType& type = *function.type;
    std::vector<std::uint64_t> slots(std::max(slot_count(type.params), slot_count(type.results)));
    auto next = slots.begin();
    for (const ValType param : type.params) {
      for (std::uint32_t slot = 0; slot < param.slots(); ++slot)
        *next++ = param.is_ref() ? 0 : choices.word();
    }
    thread.set_fuel(kFuel);
    check(thread.call(function, slots), module);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  // A module begins with a zero byte; the generator's choices begin with any other.
  const bool is_module = size > 0 && data[0] == 0;
  Choices choices(input.subspan(size - size / 4));
  const auto bytes = std::as_bytes(input);
  execute(is_module ? std::vector(bytes.begin(), bytes.end()) : random_module(input), choices);
  return 0;
}
