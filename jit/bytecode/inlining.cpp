// SPDX-License-Identifier: Apache-2.0
// Direct calls that are replaced by the callee's code. The frames are where they would be; but a
// callee's header is written only where somebody may look at it: before what it calls, and on the
// ways to traps and interruptions. Where an access faults, its line tells which headers are wanted.
#include <algorithm>

#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::FunctionToCompile;

namespace {

/// Bytes of instructions. What is smaller than a call with its checks costs nothing, unless it
/// calls in its turn; what is larger must be worth its time to compile.
constexpr std::size_t kSmall = 64;
constexpr std::size_t kSmallest = 16;
/// A function may become larger by an eighth, within these limits: those that are large take their
/// time to compile already, and seldom need all of what they call.
constexpr std::size_t kLeastBudget = 256;
constexpr std::size_t kMostBudget = 1024;
constexpr std::uint32_t kMaxDepth = 3;

bool calls_in_tail(const Module& module, FuncIndex function) {
  const auto code = module.body(function).code;
  TrustedCodeReader reader(module.bytes, code);
  while (reader.offset() < code.end) {
    const Opcode opcode = reader.read_opcode();
    if (opcode == Opcode::kReturnCall || opcode == Opcode::kReturnCallIndirect ||
        opcode == Opcode::kReturnCallRef)
      return true;
    reader.skip_immediates(opcode);
  }
  return false;
}

std::size_t size_of(const Module& module, FuncIndex function) {
  const auto code = module.body(function).code;
  return code.end.value() - code.begin.value();
}

}  // namespace

/// The callee, if its code is to be a part of this.
const FunctionToCompile* FunctionLowering::inlinable(FuncIndex callee) {
  const Module& module = function_.module;
  if (!inlines() || depth_ == kMaxDepth || module.is_imported(callee)) return nullptr;
  for (const FunctionLowering* each = this; each != nullptr; each = each->caller_) {
    if (each->function_.function == callee) return nullptr;
  }
  const FunctionToCompile& outer = outermost_.function_;
  const std::size_t size = size_of(module, callee);
  const std::size_t budget =
      std::clamp(size_of(module, outer.function) / 8, kLeastBudget, kMostBudget);
  const bool is_free = size <= kSmallest && depth_ == 0;
  if (size > kSmall || (!is_free && outermost_.inlined_bytes_ + size > budget) ||
      calls_in_tail(module, callee) || !outer.inlinable)
    return nullptr;
  const FunctionToCompile* found = outer.inlinable(callee);
  const std::uint32_t slot = slot_ + next_slot();
  if (found == nullptr || slot + found->frame_slots > interp::kMaxFrameSlots) return nullptr;
  return found;
}

FunctionLowering::FunctionLowering(FunctionLowering& caller, const FunctionToCompile& callee,
                                   const Call& call)
    : function_(callee),
      symbols_(caller.symbols_),
      host_(caller.host_),
      module_(caller.module_),
      thunks_(caller.thunks_),
      context_(caller.context_),
      first_line_(caller.outermost_.first_line_ + caller.outermost_.all_cells_),
      convention_(context_),
      taken_(caller.taken_),
      body_(caller.body_),
      caller_(&caller),
      outermost_(caller.outermost_),
      frame_(caller.slot_address(caller.next_slot())),
      slot_(caller.slot_ + caller.next_slot()),
      depth_(caller.depth_ + 1),
      call_(&call),
      returned_(caller.new_block("returned")),
      ir_(caller.ir_),
      cells_(caller.cells_),
      first_cell_(caller.outermost_.all_cells_),
      values_(ir_, convention_),
      builder_(ir_, [this](TrapCode code) { trap_here(cell_here(), ir_.getInt32(code.value())); }),
      instance_(caller.instance_),
      memory_(caller.memory_),
      lines_(caller.lines_),
      reader_(callee.module.bytes, callee.module.body(callee.function).code),
      type_(callee.module.func_type(callee.function)) {
  const auto cells = static_cast<std::uint32_t>(callee.cells.size());
  outermost_.inlined_.push_back({callee.function, caller.number_,
                                 caller.first_cell_ + call.described + 1, slot_,
                                 slot_ + callee.parameter_slots, first_cell_, cells});
  number_ = static_cast<std::uint32_t>(outermost_.inlined_.size());
  outermost_.inlined_bytes_ += size_of(callee.module, callee.function);
  outermost_.all_cells_ += cells;
  outermost_.frame_slots_ = std::max(outermost_.frame_slots_, slot_ + callee.frame_slots);
}

/// Emits the callee in place of the call, with the results in the variables that they will be.
bool FunctionLowering::call_inlined(const Call& call, const FunctionToCompile& callee) {
  FunctionLowering inlined(*this, callee, call);
  if (!inlined.run_inlined(call.arguments)) return false;
  note_line();
  if (inlined.leaving_ != nullptr) {
    ir_.SetInsertPoint(inlined.leaving_);
    pass_exception_on();
  }
  ir_.SetInsertPoint(inlined.returned_);
  push_results(call);
  return true;
}

bool FunctionLowering::run_inlined(std::span<llvm::Value* const> arguments) {
  note_line();
  place_locals();
  scan();
  for (std::size_t i = 0; i < locals_.size(); ++i)
    set_local(i, i < arguments.size() ? arguments[i] : nullptr);
  switch_by_chance(0);
  return lower_body();
}

/// Before anybody looks at the frame: writes its header and those of the functions that it is a
/// part of.
void FunctionLowering::write_headers() {
  if (caller_ == nullptr) return;
  caller_->write_headers();
  const std::uint32_t header = function_.parameter_slots;
  ir_.CreateStore(caller_->cell_address(call_->described + 1),
                  slot_address(header + interp::kHeaderReturnPc));
  ir_.CreateStore(caller_->frame(), slot_address(header + interp::kHeaderCallerFrame));
}

/// Ends the block: leaves the results in the caller's variables and goes on there.
void FunctionLowering::leave_results(std::span<llvm::Value* const> results) {
  std::uint32_t slot = caller_->next_slot();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const ValType type = type_.results[i];
    ir_.CreateStore(results[i], caller_->variable(type, slot));
    slot += type.slots();
  }
  ir_.CreateBr(returned_);
}

}  // namespace doppel::jit
