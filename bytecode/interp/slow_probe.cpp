// SPDX-License-Identifier: Apache-2.0
// The cell of a probe: shows the callbacks the guest's state, and does as they say.
#include <algorithm>

#include "bytecode/interp/slow.h"
#include "bytecode/runtime/instance.h"
#include "bytecode/runtime/thread.h"

namespace doppel::bytecode::interp::slow {

Transfer probe(ThreadState& state, Place place) {
  const Cell& cell = *place.pc;
  const auto event = static_cast<ProbeEvent>(cell.slots.a);
  Instance& instance = *place.context->instance;
  LoadedModule& module = *instance.module;
  const auto [function, offset] = module.code().locate(place.pc).value();
  const FuncType& type = module.module().func_type(function);
  const FunctionCode& code =
      place.context->codes[function.value() - module.module().imported_functions];
  const std::uint32_t result_slots = slot_count(type.results);
  std::vector<std::uint64_t> replacement(event == ProbeEvent::kCall ? result_slots : 0);

  ProbedState probed{instance, function, offset, {place.frame, cell.slots.dst}, {}};
  if (event == ProbeEvent::kCall) probed.results = replacement;
  if (event == ProbeEvent::kReturn) probed.results = {place.frame + cell.slots.b, result_slots};
  const std::uint64_t location =
      event == ProbeEvent::kInstruction ? offset.value() : function.value();
  Place behind = place;
  ++behind.pc;
  switch (static_cast<Thread&>(state).fire({event, location}, probed, place,
                                           place.frame + code.frame_slots)) {
    case ProbeAction::kContinue: break;
    case ProbeAction::kSkip: {
      if (event != ProbeEvent::kCall) break;
      const std::uint64_t* header = place.frame + cell.slots.dst;
      const Place caller{reinterpret_cast<const Cell*>(header[kHeaderReturnPc]),
                         reinterpret_cast<std::uint64_t*>(header[kHeaderCallerFrame]),
                         place.context};
      std::ranges::copy(replacement, place.frame);
      return {caller, replacement.empty() ? 0 : replacement.front()};
    }
    case ProbeAction::kExit: stop(state, Stop::kBreakpoint, behind); return {};
  }
  return {behind, 0};
}

}  // namespace doppel::bytecode::interp::slow
