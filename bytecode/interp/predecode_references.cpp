// SPDX-License-Identifier: Apache-2.0
// Calls through references, and branches on them.
#include "bytecode/interp/casts.h"
#include "bytecode/interp/predecoder.h"

namespace doppel::bytecode::interp {

void Predecoder::call_ref(bool tail) {
  const FuncType& type = module_.func_type(reader_.read_index<TypeIndex>());
  emitter_.to_accumulator();
  const std::uint32_t frame = emitter_.arrange_arguments(type.params.size());
  emitter_.emit(tail ? Special::kReturnCallRef : Special::kCallRef).call = {
      static_cast<std::uint16_t>(frame), static_cast<std::uint16_t>(parameter_slots_), 0};
  if (tail) {
    unreachable_ = true;
  } else {
    emitter_.push_results(type.results);
  }
}

void Predecoder::br_on_null(std::uint32_t depth) {
  Block& target = block(depth);
  const std::size_t arity = label_types(target).size();
  if (arity > 0) emitter_.settle_top(arity + 1);
  if (leads_directly(target, 1)) {
    aim(target, emitter_.branch_on_null(true, target.opcode == Opcode::kLoop));
    return;
  }
  const std::uint32_t skip = emitter_.branch_on_null(false, false);
  const Operand reference = emitter_.take();
  jump_to(target);
  emitter_.put_back(reference);
  emitter_.set_target(skip, emitter_.position());
  emitter_.fence();
}

void Predecoder::br_on_non_null(std::uint32_t depth) {
  Block& target = block(depth);
  emitter_.settle_top(label_types(target).size());
  if (leads_directly(target)) {
    aim(target, emitter_.branch_on_null(false, target.opcode == Opcode::kLoop));
  } else {
    const std::uint32_t skip = emitter_.branch_on_null(true, false);
    jump_to(target);
    emitter_.set_target(skip, emitter_.position());
    emitter_.fence();
  }
  emitter_.drop();
}

void Predecoder::br_on_cast(bool on_fail) {
  const CastBranch branch = reader_.read_cast_branch();
  Block& target = block(branch.label.value());
  const CastTarget wanted = cast_target(branch.to.heap, module_);
  const std::int32_t type = pack_cast(branch.to);
  emitter_.settle_top(label_types(target).size());
  if (target.opcode != Opcode::kLoop && leads_directly(target)) {
    aim(target, emitter_.branch_on_cast(wanted, type, !on_fail));
    return;
  }
  const std::uint32_t skip = emitter_.branch_on_cast(wanted, type, on_fail);
  jump_to(target);
  emitter_.set_target(skip, emitter_.position());
  emitter_.fence();
}

}  // namespace doppel::bytecode::interp
