// SPDX-License-Identifier: Apache-2.0
// Switches of tier by chance, in code that is compiled for tests.
#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

/// At an entry or a loop's label: goes on, or leaves the rest of the frame to the interpreter,
/// which begins at `cell`. Everything stands in its slot then, as it does behind a clause.
void FunctionLowering::switch_by_chance(std::uint32_t cell) {
  if (!host_.settings.switches_tiers) return;
  auto* leaves = new_block("leaves");
  auto* finished = new_block("finished");
  auto* stays = new_block("stays");
  llvm::Value* switches = call_host(reinterpret_cast<const void*>(host_.switches), ir_.getInt1Ty(),
                                    {thread(), instance_});
  ir_.CreateCondBr(switches, leaves, stays);
  ir_.SetInsertPoint(leaves);
  const std::vector<Variable> locals = locals_;
  spill_references();
  spill_rest();
  locals_ = locals;  // in slots only on this way
  llvm::Value* throws =
      call_host(reinterpret_cast<const void*>(host_.finish), ir_.getInt1Ty(),
                {thread(), llvm::ConstantPointerNull::get(ir_.getPtrTy()),
                 field(outside_data(module_, symbol_of_plain_cells(outermost_.name_, number_)),
                       cell * sizeof(bytecode::interp::Cell)),
                 frame(), instance_, constant(0)});
  ir_.CreateCondBr(throws, leaving_block(), finished);
  ir_.SetInsertPoint(finished);
  return_from_slots();
  ir_.SetInsertPoint(stays);
}

}  // namespace doppel::jit
