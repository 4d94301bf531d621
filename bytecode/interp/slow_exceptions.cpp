// SPDX-License-Identifier: Apache-2.0
// Throwing: the search through regions, frames and crossings for a clause that takes the exception
// (docs/design/exceptions.md). Nothing changes until one is found.
#include <algorithm>

#include "bytecode/interp/slow.h"
#include "bytecode/runtime/exception.h"
#include "bytecode/runtime/store.h"

namespace doppel::bytecode::interp::slow {

namespace {

bool takes(const CatchTarget& clause, const Instance& instance, const TagInstance* tag) {
  return clause.tag == CatchTarget::kAllTags || instance.tags[clause.tag] == tag;
}

/// The innermost clause around the cell that takes exceptions of `tag`; null if none does.
const CatchTarget* find_clause(const ModuleCode::Position& position, const Instance& instance,
                               const TagInstance* tag) {
  std::uint32_t depth = ~0U;
  for (const TryRegion& region : *position.regions) {
    if (position.cell < region.begin || position.cell >= region.end || region.depth > depth)
      continue;
    for (const CatchTarget& clause : region.clauses) {
      if (takes(clause, instance, tag)) return &clause;
    }
    depth = region.outer_depth;
  }
  return nullptr;
}

/// Leaves the values in the clause's slots.
void deliver(const CatchTarget& clause, std::uint64_t* frame, std::uint64_t reference) {
  if (clause.payload_slot != CatchTarget::kNoSlot)
    std::ranges::copy(payload_of(reference), frame + clause.payload_slot);
  if (clause.reference_slot != CatchTarget::kNoSlot) frame[clause.reference_slot] = reference;
}

}  // namespace

Place unwind(ThreadState& thread, Place thrown, std::uint64_t reference, bool skips_frame) {
  const TagInstance* tag = &tag_of(reference);
  Place at = thrown;
  std::size_t crossing = thread.crossings.size();
  while (at.pc != nullptr) {
    ModuleCode& code = at.context->instance->module->code();
    const ModuleCode::Position position = code.position(at.pc);
    const CatchTarget* clause =
        skips_frame ? nullptr : find_clause(position, *at.context->instance, tag);
    skips_frame = false;
    if (clause != nullptr) {
      thread.crossings.resize(crossing);
      if (position.is_compiled) {
        thread.exception = reference;
        stop(thread, Stop::kUnwinding, at);
        return {};
      }
      deliver(*clause, at.frame, reference);
      at.pc = position.cells + clause->cell;
      if (at.frame < thread.engine_base) {
        stop(thread, Stop::kUnwinding, at);
        return {};
      }
      if (!thread.interrupt_requested().load(std::memory_order_relaxed)) return at;
      stop(thread, Stop::kInterrupted, at);
      return {};
    }
    at = caller(thread, at, position.parameter_slots, crossing);
  }
  thread.exception = reference;
  trap(thread, TrapKind::kUncaughtException, thrown);
  return {};
}

Place catch_exception(ThreadState& thread) {
  const Place at = thread.place;
  Instance& instance = *at.context->instance;
  const ModuleCode::Position position = instance.module->code().position(at.pc);
  const CatchTarget* clause = find_clause(position, instance, &tag_of(thread.exception));
  deliver(*clause, at.frame, thread.exception);
  return {position.cells + clause->cell, at.frame, at.context};
}

Place throw_tag(ThreadState& thread, Place place, std::uint64_t* payload) {
  Instance& instance = *place.context->instance;
  thread.place = place;
  const std::uint64_t reference =
      instance.store.new_exception(*instance.tags[place.pc->call.index], payload);
  if (reference == 0) {
    trap(thread, TrapKind::kOutOfMemory, place);
    return {};
  }
  return unwind(thread, place, reference, false);
}

Place throw_ref(ThreadState& thread, Place place, std::uint64_t* reference) {
  if (*reference != 0) return unwind(thread, place, *reference, false);
  trap(thread, TrapKind::kNullReference, place);
  return {};
}

}  // namespace doppel::bytecode::interp::slow
