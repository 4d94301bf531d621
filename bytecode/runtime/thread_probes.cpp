// SPDX-License-Identifier: Apache-2.0
// Firing of probes on a thread, which is stopped at the site meanwhile and may run other functions.
#include "bytecode/runtime/instance.h"
#include "bytecode/runtime/thread.h"

namespace doppel::bytecode {

ProbeAction Thread::fire(ProbeSite site, const ProbedState& state, interp::Place at,
                         std::uint64_t* free) {
  std::uint64_t* const free_before = free_;
  const ProbedState* const probed_before = probed_;
  free_ = free;
  probed_ = &state;
  place = at;
  const HostScope scope(*this, {at, nullptr, nullptr});
  const ProbeAction action = state.instance.module->probes().fire({site, *this});
  free_ = free_before;
  probed_ = probed_before;
  return action;
}

/// Fires the probes of a trap at `place`, before anybody hears of it.
void Thread::fire_trap(TrapKind kind) {
  if (place.pc == nullptr || place.context == nullptr) return;
  Instance& instance = *place.context->instance;
  const ProbeSite site{ProbeEvent::kTrap, static_cast<std::uint64_t>(kind)};
  if (!instance.module->probes().probed(site)) return;
  const auto location = instance.module->code().locate(place.pc);
  if (!location) return;
  const interp::FunctionCode& code =
      place.context
          ->codes[location->function.value() - instance.module->module().imported_functions];
  const interp::Place trapped = place;
  fire(site,
       {instance, location->function, location->offset, {place.frame, code.parameter_slots}, {}},
       trapped, place.frame + code.frame_slots);
  place = trapped;
}

}  // namespace doppel::bytecode
