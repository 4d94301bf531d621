// SPDX-License-Identifier: Apache-2.0
// Probes that print.
#include "tools/run/trace.h"

#include <fmt/format.h>

#include "bytecode/runtime/thread.h"
#include "tools/run/values.h"

namespace doppel::tools {

namespace {

using namespace bytecode;

/// "1, 2.5": values that stand in consecutive slots.
std::string format_values(const ResultType& types, std::span<const std::uint64_t> slots) {
  std::string text;
  for (const ValType type : types) {
    text += (text.empty() ? "" : ", ") + format_value(type, slots);
    slots = slots.subspan(type.slots());
  }
  return text;
}

void trace(LoadedModule& module, FuncIndex function, const std::string& name) {
  const FuncType& type = module.module().func_type(function);
  module.probes().attach({ProbeEvent::kCall, function.value()}, [&type, name](const ProbeHit& hit) {
    const ProbedState& state = static_cast<Thread&>(hit.processor).probed();
    fmt::print(stderr, "doppel: call {}({})\n", name, format_values(type.params, state.parameters));
    return ProbeAction::kContinue;
  });
  module.probes().attach(
      {ProbeEvent::kReturn, function.value()}, [&type, name](const ProbeHit& hit) {
        const ProbedState& state = static_cast<Thread&>(hit.processor).probed();
        const std::string values = format_values(type.results, state.results);
        fmt::print(stderr, "doppel: return {}{}{}\n", name, values.empty() ? "" : " = ", values);
        return ProbeAction::kContinue;
      });
}

}  // namespace

Result<void> trace_calls(LoadedModule& module, std::string_view name) {
  bool found = false;
  const auto count = static_cast<std::uint32_t>(module.module().functions.size());
  for (std::uint32_t i = module.module().imported_functions; i < count; ++i) {
    const std::string defined = module.function_name(FuncIndex{i});
    if (name != "*" && name != defined) continue;
    trace(module, FuncIndex{i}, defined);
    found = true;
  }
  if (found) return {};
  return fail(
      ErrorKind::kUsage,
      fmt::format("--trace {}: found no function of that name, expected one of the module's "
                  "own",
                  name));
}

}  // namespace doppel::tools
