// SPDX-License-Identifier: Apache-2.0
// Exceptions: a try block becomes a region, a clause a place with slots for what is caught
// (docs/design/exceptions.md). The old instructions make the same: a catch body has the reference
// to its exception as a hidden entry below the payload, for rethrow.
#include <algorithm>

#include "bytecode/interp/predecoder.h"

namespace doppel::bytecode::interp {

/// A region of `block`, which is about to be opened, begins here.
void Predecoder::begin_region(Block& block) {
  block.region = static_cast<std::uint32_t>(regions_.size());
  TryRegion& region = regions_.emplace_back();
  region.begin = emitter_.position();
  region.depth = static_cast<std::uint32_t>(blocks_.size());
}

void Predecoder::end_region(const Block& block) {
  regions_[block.region].end = emitter_.position();
}

/// The clauses of a try_table that is about to be opened, each a branch to an outer label.
void Predecoder::catch_clauses(const Block& block) {
  for (std::uint32_t left = reader_.read_u32(); left > 0; --left) {
    const CatchClause clause = reader_.read_catch_clause();
    Block& target = this->block(clause.label.value());
    CatchTarget made;
    made.payload_slot = emitter_.home_at(target.height);
    std::uint32_t payload_slots = 0;
    if (clause.has_tag()) {
      made.tag = clause.tag.value();
      payload_slots = slot_count(tag_type(made.tag).params);
    }
    if (clause.has_ref()) made.reference_slot = made.payload_slot + payload_slots;
    if (target.opcode == Opcode::kLoop) {
      made.cell = target.loop_label;
    } else {
      made.cell = target.catching;
      target.catching = static_cast<std::uint32_t>(clauses_.size());
    }
    clauses_.push_back({block.region, made});
  }
}

/// The label of the clauses that wait for it is here.
void Predecoder::land_clauses(Block& block) {
  while (block.catching != kNone) {
    std::uint32_t& cell = clauses_[block.catching].target.cell;
    block.catching = cell;
    cell = emitter_.position();
  }
}

void Predecoder::throw_new() {
  const std::uint32_t tag = reader_.read_u32();
  emitter_.runtime(Special::kThrow, tag_type(tag).params.size(), {}, 0, tag);
  unreachable_ = true;
}

void Predecoder::throw_ref() {
  emitter_.runtime(Special::kThrowRef, 1, {}, 0, 0);
  unreachable_ = true;
}

/// catch and catch_all of the old instructions.
void Predecoder::begin_catch(Opcode opcode) {
  Block& block = blocks_.back();
  if (block.opcode == Opcode::kTry) end_region(block);
  if (!unreachable_) jump_to(block);
  emitter_.label();
  emitter_.truncate(block.height);
  CatchTarget made;
  made.cell = emitter_.position();
  made.reference_slot = emitter_.next_home();
  emitter_.push_home(RefType{HeapKind::kExn, true});
  made.payload_slot = emitter_.next_home();
  if (opcode == Opcode::kCatch) {
    made.tag = reader_.read_u32();
    push_all(tag_type(made.tag).params);
  }
  clauses_.push_back({block.region, made});
  block.opcode = Opcode::kCatch;
  unreachable_ = false;
  begin_stretch();
}

/// Throws again what the catch body that the label names has caught.
void Predecoder::rethrow(std::uint32_t depth) {
  emitter_.emit(Special::kThrowRef).call = {
      static_cast<std::uint16_t>(emitter_.home_at(block(depth).height)), 0, 0};
  unreachable_ = true;
}

/// Ends a try whose exceptions are those of the block that the label outside of it names.
void Predecoder::delegate(std::uint32_t depth) {
  regions_[blocks_.back().region].outer_depth =
      static_cast<std::uint32_t>(blocks_.size() - 2 - depth);
}

/// The finished regions, those farther in before those around them.
TryRegions Predecoder::take_regions() {
  for (const PendingClause& clause : clauses_)
    regions_[clause.region].clauses.push_back(clause.target);
  std::erase_if(regions_, [](const TryRegion& region) {
    return region.clauses.empty() && region.outer_depth == TryRegion::kAnyDepth;
  });
  std::ranges::sort(regions_, std::ranges::greater(), &TryRegion::depth);
  return std::move(regions_);
}

}  // namespace doppel::bytecode::interp
