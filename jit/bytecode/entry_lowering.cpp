// SPDX-License-Identifier: Apache-2.0
// The ways into a function and out of it: parameters and results, the checks at entry, traps, and
// loops' polls.
#include <algorithm>

#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::Special;

llvm::CallInst* FunctionLowering::call_host(const void* function, llvm::Type* result,
                                            llvm::ArrayRef<llvm::Value*> arguments) {
  std::vector<llvm::Type*> types;
  types.reserve(arguments.size());
  for (llvm::Value* argument : arguments) types.push_back(argument->getType());
  auto* type = llvm::FunctionType::get(result, types, false);
  return ir_.CreateCall(type, symbols_.function(module_, function, type), arguments);
}

/// Reads what never changes while the instance lives.
llvm::Value* FunctionLowering::invariant(llvm::Type* type, llvm::Value* from,
                                         std::size_t distance) {
  auto* loaded = ir_.CreateLoad(type, field(from, distance));
  loaded->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
  return loaded;
}

void FunctionLowering::load_state() {
  instance_ = invariant(ir_.getPtrTy(), thread(), host_.compiled_context);
  memory_ = context_field(offsetof(interp::Context, memory_base));
}

/// Notes where the frame is, for faults; those of inlined calls are known by their distance.
void FunctionLowering::note_frame() {
  if (!has_accesses_) return;
  ir_.CreateStore(outermost_.frame(), field(thread(), host_.compiled_frame), true);
}

/// Gives a local its first value; null: zero.
void FunctionLowering::set_local(std::size_t index, llvm::Value* argument) {
  const Variable& local = locals_[index];
  if (argument == nullptr) argument = llvm::Constant::getNullValue(type_of(local.type));
  ir_.CreateStore(argument, local.place);
  if (is_collected(local.type) && local.in_slot) store_slot(local.slot, argument, local.type);
}

/// Parameters and locals become variables; the frame is checked to fit, unless nothing is ever
/// called or stopped in it.
void FunctionLowering::emit_entry() {
  const auto places = Convention::places_of(type_.params);
  for (std::size_t i = 0; i < locals_.size(); ++i) {
    const Variable& local = locals_[i];
    llvm::Value* value = nullptr;
    if (i < places.size() && places[i]) {
      value = values_.from_register(body_->getArg(places[i]->argument(taken_)), local.type);
    } else if (i < places.size()) {
      value = load_slot(local.slot, local.type);
    }
    set_local(i, value);
  }
  if (!is_leaf_) {
    llvm::Value* host_stack =
        ir_.CreateIntrinsic(llvm::Intrinsic::addressofreturnaddress, {ir_.getPtrTy()}, {});
    check_room(ir_.CreateICmpULT(host_stack, thread_field(ir_.getPtrTy(), host_.call_gate)), 0);
  }
  note_frame();
}

/// Stops, or traps, if the frame does not fit, with those of what is inlined, or if `also` holds.
void FunctionLowering::check_room(llvm::Value* also, std::uint32_t cell) {
  llvm::Value* end = ir_.CreateConstInBoundsGEP1_64(ir_.getInt64Ty(), frame(), 1);
  frame_end_ = llvm::cast<llvm::GetElementPtrInst>(end);
  llvm::Value* overflows = ir_.CreateICmpUGT(end, thread_field(ir_.getPtrTy(), host_.stack_limit));
  auto* unusual = new_block("unusual");
  auto* usual = new_block("usual");
  ir_.CreateCondBr(ir_.CreateOr(overflows, also), unusual, usual, unlikely());
  ir_.SetInsertPoint(unusual);
  call_host(reinterpret_cast<const void*>(host_.entered), ir_.getVoidTy(),
            {thread(), cell_address(cell), frame(), instance_});
  reload_references();
  ir_.CreateBr(usual);
  ir_.SetInsertPoint(usual);
}

/// Code that begins at a loop finds the locals in their slots. What comes before the loop is not
/// reached.
void FunctionLowering::emit_loop_entry() {
  check_room(ir_.getFalse(), *function_.loop);
  for (const Variable& local : locals_) {
    ir_.CreateStore(load_slot(local.slot, local.type), local.place);
  }
  note_frame();
  loop_entry_ = ir_.GetInsertBlock();
  ir_.SetInsertPoint(new_block("before"));
}

/// At a loop's label, with the loop's operands alone on the stack: enters there if it is the one.
void FunctionLowering::enter_at_loop(llvm::BasicBlock* label) {
  if (loop_entry_ == nullptr || label_cell() != *function_.loop) return;
  const llvm::IRBuilderBase::InsertPointGuard guard(ir_);
  ir_.SetInsertPoint(loop_entry_);
  for (const Variable& entry : stack_) {
    ir_.CreateStore(load_slot(entry.slot, entry.type), entry.place);
  }
  if (quiet_block_) enter_quiet_loop();
  ir_.CreateBr(label);
  loop_entry_ = nullptr;
}

/// The cell behind the label of the present loop.
std::uint32_t FunctionLowering::label_cell() const {
  if (const auto fuel = fuel_cell()) return *fuel;
  return static_cast<std::uint32_t>(std::ranges::upper_bound(function_.offsets, offset_) -
                                    function_.offsets.begin());
}

/// Returns the topmost entries.
void FunctionLowering::return_values(const ResultType& results) {
  if (caller_ != nullptr) {
    std::vector<llvm::Value*> values(results.size());
    for (std::size_t i = results.size(); i-- > 0;) values[i] = pop();
    return leave_results(values);
  }
  if (results.size() == 1) {
    ir_.CreateRet(values_.answer(results, constant(0), pop()));
    return;
  }
  std::vector<llvm::Value*> values(results.size());
  for (std::size_t i = results.size(); i-- > 0;) values[i] = pop();
  std::uint32_t slot = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    store_slot(slot, values[i], results[i]);
    slot += results[i].slots();
  }
  ir_.CreateRet(values_.answer(results, constant(0)));
}

/// Returns what the interpreter has left in the frame's first slots.
void FunctionLowering::return_from_slots() {
  const ResultType& results = type_.results;
  if (caller_ != nullptr) {
    std::vector<llvm::Value*> values;
    std::uint32_t slot = 0;
    for (const ValType type : results) {
      values.push_back(load_slot(slot, type));
      slot += type.slots();
    }
    caller_->reload_references();
    note_frame();
    return leave_results(values);
  }
  llvm::Value* result = results.size() == 1 ? load_slot(0, results.front()) : nullptr;
  ir_.CreateRet(values_.answer(results, constant(0), result));
}

/// The block that passes an exception on: one for all, as a function may have very many calls.
llvm::BasicBlock* FunctionLowering::leaving_block() {
  if (leaving_ == nullptr) {
    leaving_ = new_block("leaving");
    if (caller_ != nullptr) return leaving_;  // which goes on there
    const llvm::IRBuilderBase::InsertPointGuard guard(ir_);
    ir_.SetInsertPoint(leaving_);
    ir_.CreateRet(values_.answer(type_.results, constant(1)));
  }
  return leaving_;
}

/// Ends the block with a trap.
void FunctionLowering::trap_here(std::uint32_t cell, llvm::Value* kind) {
  write_headers();
  call_host(reinterpret_cast<const void*>(host_.trap), ir_.getVoidTy(),
            {thread(), kind, cell_address(cell), frame(), instance_})
      ->setDoesNotReturn();
  ir_.CreateUnreachable();
}

/// Whether the loop that begins here can do without looking: nothing is called in it, not even for
/// want of fuel, and it can be stopped anywhere because no references are in registers.
bool FunctionLowering::is_quiet_loop() const {
  return function_.effort == interp::Effort::kFull && quiet_loops_.contains(offset_) &&
         !fuel_cell() && !holds_references();
}

/// Ahead of a quiet loop: says where it is, so that a signal can stop it, and looks once.
void FunctionLowering::enter_quiet_loop() {
  write_headers();
  llvm::Value* loop = field(thread(), host_.compiled_loop);
  const auto note = [&](llvm::Value* value, std::size_t distance) {
    ir_.CreateStore(value, field(loop, distance), true);
  };
  note(frame(), offsetof(interp::Place, frame));
  note(instance_, offsetof(interp::Place, context));
  note(cell_address(label_cell()), offsetof(interp::Place, pc));
  poll();
}

void FunctionLowering::leave_quiet_loop() {
  ir_.CreateStore(llvm::ConstantPointerNull::get(ir_.getPtrTy()),
                  field(thread(), host_.compiled_loop + offsetof(interp::Place, pc)), true);
}

/// At a loop's label: stops if somebody wants the thread to.
void FunctionLowering::poll() {
  llvm::Value* flag = thread_field(ir_.getInt8Ty(), host_.interrupt_flag);
  auto* stop = new_block("interrupted");
  auto* go_on = new_block("go_on");
  ir_.CreateCondBr(ir_.CreateIsNotNull(flag), stop, go_on, unlikely());
  ir_.SetInsertPoint(stop);
  const std::vector<Variable> locals = locals_;
  spill_references();
  llvm::Value* better = call_host(reinterpret_cast<const void*>(host_.interrupted), ir_.getPtrTy(),
                                  {thread(), cell_address(label_cell()), frame(), instance_});
  if (function_.effort == interp::Effort::kQuick) leave_for(better);
  reload_references();
  locals_ = locals;  // in slots only on this way
  note_frame();
  ir_.CreateBr(go_on);
  ir_.SetInsertPoint(go_on);
}

/// Leaves the rest of the frame to better code, if there is some; it begins where this stands.
void FunctionLowering::leave_for(llvm::Value* better) {
  auto* leaves = new_block("leaves");
  auto* stays = new_block("stays");
  ir_.CreateCondBr(ir_.CreateIsNotNull(better), leaves, stays, unlikely());
  ir_.SetInsertPoint(leaves);
  spill_rest();
  finish(better);
  ir_.SetInsertPoint(stays);
}

/// Has the interpreter execute the rest of the frame, from a cell on, and returns.
void FunctionLowering::finish(llvm::Value* cell) {
  llvm::Value* unwinds = call_host(reinterpret_cast<const void*>(host_.finish), ir_.getInt1Ty(),
                                   {thread(), llvm::ConstantPointerNull::get(ir_.getPtrTy()), cell,
                                    frame(), instance_, constant(0)});
  auto* returns = new_block("returns");
  ir_.CreateCondBr(unwinds, leaving_block(), returns, unlikely());
  ir_.SetInsertPoint(returns);
  return_from_slots();
}

/// The next cell that takes fuel, if it is the present instruction's.
std::optional<std::uint32_t> FunctionLowering::fuel_cell() const {
  const auto handler = host_.handlers->special(Special::kFuel);
  for (std::size_t i = std::max(after_fuel_, cell_here());
       i < function_.cells.size() && function_.offsets[i] == offset_; ++i) {
    if (function_.cells[i].handler == handler) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

/// Takes fuel for the stretch of code that begins here, if one does; stops until there is enough.
void FunctionLowering::pay_here() {
  const auto cell = fuel_cell();
  if (!cell) return;
  after_fuel_ = *cell + 1;
  llvm::Value* fuel = field(thread(), host_.fuel);
  auto* pays = new_block("pays");
  auto* lacks = new_block("lacks_fuel");
  auto* paid = new_block("paid");
  ir_.CreateBr(pays);
  ir_.SetInsertPoint(pays);
  const auto price = static_cast<std::uint64_t>(function_.cells[*cell].imm.value);
  llvm::Value* left =
      ir_.CreateSub(ir_.CreateAlignedLoad(ir_.getInt64Ty(), fuel, llvm::Align(8)), constant(price));
  ir_.CreateCondBr(ir_.CreateICmpSLT(left, constant(0)), lacks, paid, unlikely());
  ir_.SetInsertPoint(lacks);
  const std::vector<Variable> locals = locals_;
  spill_references();
  call_host(reinterpret_cast<const void*>(host_.out_of_fuel), ir_.getVoidTy(),
            {thread(), cell_address(*cell), frame(), instance_});
  reload_references();
  locals_ = locals;  // in slots only on this way
  note_frame();
  ir_.CreateBr(pays);
  ir_.SetInsertPoint(paid);
  ir_.CreateAlignedStore(left, fuel, llvm::Align(8));
}

}  // namespace doppel::jit
