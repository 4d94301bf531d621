// SPDX-License-Identifier: Apache-2.0
// From the table of WASI functions to host functions: arguments out of slots, outcomes into errnos
// or traps.
#include "bytecode/wasi/link.h"

#include "bytecode/wasi/functions.h"

namespace doppel::bytecode::wasi {

namespace {

GuestMemory memory_of(const HostCall& call) {
  if (call.caller == nullptr || call.caller->memories.empty()) return {nullptr, 0};
  const MemoryInstance& memory = *call.caller->memories.front();
  return {memory.base(), memory.size()};
}

HostOutcome exit_with(Exitcode code) {
  return {TrapKind::kExit, {}, static_cast<std::int32_t>(code)};
}

HostOutcome finish(HostCall& call, const Outcome& outcome) {
  switch (outcome.kind()) {
    case Outcome::Kind::kErrno:
      call.slots[0] = static_cast<std::uint64_t>(outcome.error());
      return {};
    case Outcome::Kind::kExit: return exit_with(outcome.exit_code());
    case Outcome::Kind::kInterrupted: break;
  }
  return {call.thread.termination(), {}, 0};
}

HostOutcome finish(HostCall&, Exit end) { return exit_with(end.code); }

template <class R, class... Args>
void define(Linker& linker, Context& context, std::string_view name,
            R (*function)(Context&, GuestMemory, Args...)) {
  FuncType type;
  type.params = {val_type_of<Args>()...};
  if constexpr (std::is_same_v<R, Outcome>) type.results = {kI32};
  linker.define_function(std::string(kModuleName), std::string(name), std::move(type),
                         [&context, function](HostCall& call) -> HostOutcome {
                           const auto inside = context.enter();
                           return [&]<std::size_t... i>(std::index_sequence<i...>) {
                             return finish(call, function(context, memory_of(call),
                                                          static_cast<Args>(call.slots[i])...));
                           }(std::index_sequence_for<Args...>());
                         });
}

}  // namespace

void link(Linker& linker, Context& context) {
  for_each_function([&](std::string_view name, auto function, std::string_view) {
    define(linker, context, name, function);
  });
}

}  // namespace doppel::bytecode::wasi
