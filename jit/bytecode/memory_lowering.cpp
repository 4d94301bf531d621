// SPDX-License-Identifier: Apache-2.0
// Where accesses to memories go. What lies outside of a guarded memory 0 faults; every other access
// is compared with the memory's present size, at the instruction.
#include "bytecode/runtime/memory.h"
#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::Context;
using bytecode::interp::Optimization;

llvm::Value* FunctionLowering::pop_address(std::uint64_t bytes) {
  const MemArg arg = reader_.read_mem_arg();
  const MemoryType& memory = function_.module.memories[arg.memory.value()];
  llvm::Value* index = ir_.CreateZExt(pop(), ir_.getInt64Ty());
  const bool guarded = MemoryInstance::is_guarded(memory) && uses(Optimization::kGuards);
  if (arg.memory.value() != 0 || !guarded) return checked_address(index, arg, bytes);
  return ir_.CreateInBoundsGEP(ir_.getInt8Ty(), memory_,
                               ir_.CreateAdd(index, constant(arg.offset), "", true, true));
}

/// The same for `bytes` bytes whose bounds are checked: the sum of index, offset and `bytes` must
/// neither overflow nor exceed the size.
llvm::Value* FunctionLowering::checked_address(llvm::Value* index, const MemArg& arg,
                                               std::uint64_t bytes) {
  const auto outside = trap_code(TrapKind::kMemoryOutOfBounds);
  if (arg.offset > UINT64_MAX - bytes) {
    builder_.guard_fails({ir_.getFalse()}, outside);
    return llvm::PoisonValue::get(ir_.getPtrTy());
  }
  llvm::Value* memory = context_entry(offsetof(Context, memories), arg.memory.value());
  auto* size =
      ir_.CreateAlignedLoad(ir_.getInt64Ty(), field(memory, host_.memory.size), llvm::Align(8));
  size->setAtomic(llvm::AtomicOrdering::Acquire);
  llvm::Value* sum = ir_.CreateIntrinsic(llvm::Intrinsic::uadd_with_overflow, {ir_.getInt64Ty()},
                                         {index, constant(arg.offset + bytes)});
  llvm::Value* fits = ir_.CreateAnd(ir_.CreateNot(ir_.CreateExtractValue(sum, 1)),
                                    ir_.CreateICmpULE(ir_.CreateExtractValue(sum, 0), size));
  builder_.guard_fails({fits}, outside);
  llvm::Value* base = ir_.CreateLoad(ir_.getPtrTy(), field(memory, host_.memory.base));
  return ir_.CreateGEP(ir_.getInt8Ty(), base, ir_.CreateAdd(index, constant(arg.offset)));
}

}  // namespace doppel::jit
