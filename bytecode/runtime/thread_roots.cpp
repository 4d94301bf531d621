// SPDX-License-Identifier: Apache-2.0
// The references on a thread's stack: in the frames from the innermost one outwards, across calls
// between instances and through host functions that called back.
#include "bytecode/gc/heap.h"
#include "bytecode/interp/slow.h"
#include "bytecode/runtime/instance.h"
#include "bytecode/runtime/thread.h"

namespace doppel::bytecode {

using interp::Place;

void Thread::visit_roots(gc::RootVisitor& visitor) {
  std::size_t crossing = crossings.size();
  const bool in_code = (nesting_ > 0 && !in_host_) || (nesting_ == 0 && resume_);
  if (in_code) visit_frames(visitor, place, crossing);
  for (auto host = suspended_.rbegin(); host != suspended_.rend(); ++host) {
    if (host->at.pc != nullptr) {
      visit_frames(visitor, host->at, crossing);
    } else if (host->function != nullptr) {
      visit_slots(visitor, host->function->type->params, host->slots);
    }
  }
  if (nesting_ > 0 || resume_) return;
  if (started_ != nullptr) visit_slots(visitor, started_->type->params, free_);
  if (result_slots_ > 0) visit_slots(visitor, result_function_->type->results, free_);
}

void Thread::visit_slots(gc::RootVisitor& visitor, const ResultType& types, std::uint64_t* slot) {
  for (const ValType type : types) {
    if (heap()->is_collected(type)) visitor.visit(*slot);
    slot += type.slots();
  }
}

/// Visits the frames from the one that is stopped at `at` to the outermost one before the host's.
/// Crossings are taken off from `crossing` downwards.
void Thread::visit_frames(gc::RootVisitor& visitor, Place at, std::size_t& crossing) {
  for (bool is_innermost = true;; is_innermost = false) {
    const interp::FrameMap& map = frame_map(at);
    const auto visit = [&](const std::vector<std::uint16_t>& slots) {
      for (const std::uint16_t slot : slots) visitor.visit(at.frame[slot]);
    };
    visit(*map.locals);
    if (map.stop != nullptr) {
      visit(map.stop->operands);
      // Elsewhere they are the callee's parameters, which its own map names.
      if (is_innermost) visit(map.stop->arguments);
    }
    at = interp::slow::caller(*this, at, map.parameter_slots, crossing);
    if (at.pc == nullptr) return;
  }
}

const interp::FrameMap& Thread::frame_map(Place at) {
  const auto [found, is_new] = frame_maps_.try_emplace(at.pc);
  if (is_new) found->second = at.context->instance->module->code().frame_map(at.pc);
  return found->second;
}

}  // namespace doppel::bytecode
