// SPDX-License-Identifier: Apache-2.0
// Calls, and the instructions that the interpreter or its runtime executes for compiled code.
//
// A call whose callee has a body is a call of the host's. Whatever is unusual, the interpreter
// does: it executes the call's own cell, with everything where it expects it.
#include <algorithm>
#include <array>

#include "bytecode/runtime/function.h"
#include "bytecode/runtime/table.h"
#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::Context;
using bytecode::interp::Special;

/// Goes on if the condition holds.
void FunctionLowering::require(llvm::Value* condition, llvm::BasicBlock* otherwise) {
  auto* holds = new_block("holds");
  ir_.CreateCondBr(condition, holds, otherwise,
                   llvm::MDBuilder(context_).createBranchWeights(1U << 20U, 1));
  ir_.SetInsertPoint(holds);
}

/// The body with this index among those of the instance; null where there is none.
llvm::Value* FunctionLowering::body_at(llvm::Value* code_index) {
  llvm::Value* bodies = context_field(offsetof(Context, bodies));
  // Another thread may write it. Volatile instead of atomic, which LLVM's fast selection lacks.
  return ir_.CreateAlignedLoad(ir_.getPtrTy(),
                               ir_.CreateInBoundsGEP(ir_.getPtrTy(), bodies, code_index),
                               llvm::Align(8), /*isVolatile=*/true);
}

/// What a direct call goes to: another thread may replace a thunk by the body any time.
Values::Callee FunctionLowering::callee_of(const Call& call, FuncIndex callee) {
  const Module& module = function_.module;
  const interp::FunctionToCompile& function = outermost_.function_;
  if (callee == function.function && !function.loop) return {body_, outermost_.taken_, *call.type};
  const Registers taken = Convention::registers_of(call.type->params);
  if (module.is_imported(callee))
    return {thunks_.of_import(module_, *call.type), taken, *call.type};
  thunks_.note_call(callee, *call.type);
  const std::size_t index = callee.value() - module.imported_functions;
  llvm::Value* target = field(context_field(offsetof(Context, targets)), index * sizeof(void*));
  return {ir_.CreateAlignedLoad(ir_.getPtrTy(), target, llvm::Align(8)), taken, *call.type};
}

/// The body of a function of this instance that is not null.
llvm::Value* FunctionLowering::body_of_reference(llvm::Value* function, llvm::BasicBlock* slow) {
  llvm::Value* context = invariant(ir_.getPtrTy(), function, offsetof(FunctionHead, context));
  require(ir_.CreateICmpEQ(context, instance_), slow);
  llvm::Value* index = invariant(ir_.getInt32Ty(), function, offsetof(FunctionHead, code_index));
  llvm::Value* body = body_at(ir_.CreateZExt(index, ir_.getInt64Ty()));
  require(ir_.CreateIsNotNull(body), slow);
  return body;
}

/// The body that call_indirect leads to, if it is of exactly this type.
llvm::Value* FunctionLowering::body_in_table(const Call& call, std::uint32_t table, TypeIndex type,
                                             llvm::BasicBlock* slow) {
  llvm::Value* view = field(context_entry(offsetof(Context, tables), table), host_.table_view);
  llvm::Value* size =
      ir_.CreateLoad(ir_.getInt64Ty(), field(view, offsetof(TableInstance::View, size)));
  require(ir_.CreateICmpULT(call.acc, size), slow);
  llvm::Value* elements =
      ir_.CreateLoad(ir_.getPtrTy(), field(view, offsetof(TableInstance::View, elements)));
  llvm::Value* function =
      ir_.CreateLoad(ir_.getPtrTy(), ir_.CreateInBoundsGEP(ir_.getInt64Ty(), elements, call.acc));
  require(ir_.CreateIsNotNull(function), slow);
  llvm::Value* is = invariant(ir_.getInt32Ty(), function, offsetof(FunctionHead, type_id));
  llvm::Value* ids = context_field(offsetof(Context, type_ids));
  llvm::Value* wanted = invariant(ir_.getInt32Ty(), ids, type.value() * sizeof(std::uint32_t));
  require(ir_.CreateICmpEQ(is, wanted), slow);
  return body_of_reference(function, slow);
}

bool FunctionLowering::call(Opcode opcode) {
  const Module& module = function_.module;
  Call call;
  call.tail = opcode == Opcode::kReturnCall || opcode == Opcode::kReturnCallIndirect ||
              opcode == Opcode::kReturnCallRef;
  const auto choose = [&](Special usual, Special in_tail) {
    call.special = call.tail ? in_tail : usual;
  };
  const bool direct = opcode == Opcode::kCall || opcode == Opcode::kReturnCall;
  const bool by_reference = opcode == Opcode::kCallRef || opcode == Opcode::kReturnCallRef;
  FuncIndex callee;
  TypeIndex type;
  std::uint32_t table = 0;
  if (direct) {
    callee = reader_.read_index<FuncIndex>();
    call.type = &module.func_type(callee);
    if (module.is_imported(callee)) {
      choose(Special::kCallImport, Special::kReturnCallImport);
    } else {
      choose(Special::kCall, Special::kReturnCall);
    }
  } else {
    type = reader_.read_index<TypeIndex>();
    call.type = &module.func_type(type);
    if (by_reference) {
      choose(Special::kCallRef, Special::kReturnCallRef);
    } else {
      table = reader_.read_u32();
      if (module.tables[table].type.is_64) {
        choose(Special::kCallIndirect64, Special::kReturnCallIndirect64);
      } else {
        choose(Special::kCallIndirect, Special::kReturnCallIndirect);
      }
    }
  }
  const auto cell = find_cell(call.special);
  if (!cell) return false;
  call.cell = call.described = *cell;
  call.acc = constant(0);
  if (by_reference) {
    call.acc = pop();
  } else if (!direct) {
    call.acc = ir_.CreateZExt(pop(), ir_.getInt64Ty());
    ++call.described;
  }
  call.arguments.resize(call.type->params.size());
  for (std::size_t i = call.arguments.size(); i-- > 0;) call.arguments[i] = pop();
  if (function_.cells[call.described].call.frame != next_slot()) return false;

  if (direct && !call.tail) {
    if (const auto* inlined = inlinable(callee)) return call_inlined(call, *inlined);
    spill_references();
    call_natively(call, callee_of(call, callee));
    take_results(call);
    return true;
  }
  spill_references();
  auto* slow = new_block("slow_call");
  auto* done = call.tail ? nullptr : new_block("called");
  llvm::Value* body = nullptr;
  if (by_reference) {
    llvm::Value* function = ir_.CreateIntToPtr(call.acc, ir_.getPtrTy());
    require(ir_.CreateIsNotNull(call.acc), slow);
    body = body_of_reference(function, slow);
  } else if (!direct) {
    body = body_in_table(call, table, type, slow);
  } else if (!module.is_imported(callee)) {
    body = body_at(constant(callee.value() - module.imported_functions));
    require(ir_.CreateIsNotNull(body), slow);
  }
  if (body == nullptr) {
    ir_.CreateBr(slow);
  } else if (call.tail) {
    tail_call_natively(call, body);
  } else {
    call_natively(call, {body, Convention::registers_of(call.type->params), *call.type});
    ir_.CreateBr(done);
  }
  ir_.SetInsertPoint(slow);
  call_in_interpreter(call);
  if (call.tail) {
    unreachable_ = true;
    return true;
  }
  ir_.CreateBr(done);
  ir_.SetInsertPoint(done);
  take_results(call);
  return true;
}

/// Behind a call, whose results are in their variables.
void FunctionLowering::take_results(const Call& call) {
  reload_references();
  note_frame();
  push_results(call);
}

void FunctionLowering::push_results(const Call& call) {
  std::uint32_t slot = next_slot();
  for (const ValType result : call.type->results) {
    stack_.push_back({result, slot, variable(result, slot)});
    slot += result.slots();
  }
}

/// Leaves the results in the variables that they will be.
void FunctionLowering::call_natively(const Call& call, const Values::Callee& callee) {
  const std::uint32_t first = next_slot();
  const std::uint32_t header = first + slot_count(call.type->params);
  ir_.CreateStore(cell_address(call.described + 1), slot_address(header + interp::kHeaderReturnPc));
  ir_.CreateStore(frame(), slot_address(header + interp::kHeaderCallerFrame));
  llvm::Value* answer = values_.call_body(callee, slot_address(first), thread(), call.arguments);
  check_unwinding(ir_.CreateExtractValue(answer, Convention::kUnwinds));
  const ResultType& results = call.type->results;
  if (results.size() == 1) {
    const ValType type = results.front();
    ir_.CreateStore(values_.result_of(answer, type), variable(type, first));
  } else {
    push_slots(results);
    stack_.resize(stack_.size() - results.size());
  }
}

/// The callee takes this frame over, and its header. It is called as if it took the registers that
/// this body takes, which are enough: so LLVM has it.
void FunctionLowering::tail_call_natively(const Call& call, llvm::Value* body) {
  const auto header = [&](std::uint32_t slot) {
    return ir_.CreateLoad(ir_.getInt64Ty(), slot_address(function_.parameter_slots + slot));
  };
  llvm::Value* return_pc = header(interp::kHeaderReturnPc);
  llvm::Value* caller_frame = header(interp::kHeaderCallerFrame);
  auto* result = values_.call_body({body, taken_, *call.type}, frame(), thread(), call.arguments);
  result->setTailCallKind(llvm::CallInst::TCK_MustTail);
  auto* ret = ir_.CreateRet(result);
  ir_.SetInsertPoint(result);
  const std::uint32_t moved = slot_count(call.type->params);
  ir_.CreateStore(return_pc, slot_address(moved + interp::kHeaderReturnPc));
  ir_.CreateStore(caller_frame, slot_address(moved + interp::kHeaderCallerFrame));
  ir_.SetInsertPoint(ret->getParent());
}

/// The same, by the interpreter's handler, of a callee of any kind.
void FunctionLowering::call_in_interpreter(const Call& call) {
  std::uint32_t slot = next_slot();
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const ValType type = call.type->params[i];
    store_slot(slot, call.arguments[i], type);
    slot += type.slots();
  }
  const auto* function = call.tail ? reinterpret_cast<const void*>(host_.finish)
                                   : reinterpret_cast<const void*>(host_.step);
  const auto handler = host_.handlers->special(call.special);
  llvm::Value* unwinds = call_host(function, ir_.getInt1Ty(),
                                   {thread(), pointer(reinterpret_cast<const void*>(handler)),
                                    cell_address(call.cell), frame(), instance_, call.acc});
  if (call.tail) {
    auto* returns = new_block("returns");
    ir_.CreateCondBr(unwinds, leaving_block(), returns, unlikely());
    ir_.SetInsertPoint(returns);
    return return_from_slots();
  }
  check_unwinding(unwinds);
  push_slots(call.type->results);
  stack_.resize(stack_.size() - call.type->results.size());
}

/// Pushes what stands in the slots from the next one on.
void FunctionLowering::push_slots(std::span<const ValType> types) {
  for (const ValType type : types) push(load_slot(next_slot(), type), type);
}

/// Behind a call: passes an exception on.
void FunctionLowering::check_unwinding(llvm::Value* unwinds) {
  auto* returned = new_block("returned");
  auto* unwinding = in_try() ? new_block("unwinding") : leaving_block();
  ir_.CreateCondBr(ir_.CreateIsNotNull(unwinds), unwinding, returned, unlikely());
  if (in_try()) {
    ir_.SetInsertPoint(unwinding);
    pass_exception_on();
  }
  ir_.SetInsertPoint(returned);
}

bool FunctionLowering::in_try() const {
  return std::ranges::any_of(blocks_, [](const Block& block) {
    return block.opcode == Opcode::kTryTable || block.opcode == Opcode::kTry;
  });
}

/// Ends the block: the exception leaves this frame, or is caught in it, whose rest is then left to
/// the interpreter.
void FunctionLowering::pass_exception_on() {
  auto* elsewhere = leaving_block();
  if (!in_try()) {
    ir_.CreateBr(elsewhere);
    return;
  }
  auto* here = new_block("caught");
  llvm::Value* catching =
      ir_.CreateLoad(ir_.getPtrTy(), field(thread(), host_.place + offsetof(interp::Place, frame)));
  ir_.CreateCondBr(ir_.CreateICmpEQ(catching, frame()), here, elsewhere);
  ir_.SetInsertPoint(here);
  spill_rest();
  llvm::Value* thrown =
      call_host(reinterpret_cast<const void*>(host_.catch_exception), ir_.getInt1Ty(), {thread()});
  auto* finished = new_block("finished");
  ir_.CreateCondBr(thrown, elsewhere, finished, unlikely());
  ir_.SetInsertPoint(finished);
  return_from_slots();
}

/// An instruction whose operands stand in slots, as do its results: the interpreter's handler
/// executes it. Atomic accesses, which have a second cell, and wide arithmetic are such.
bool FunctionLowering::on_slots(Opcode opcode) {
  const OpcodeInfo& row = info(opcode);
  const interp::Handler handler = host_.handlers->on_slots[static_cast<std::size_t>(opcode)];
  std::uint32_t cell = cell_here();
  while (function_.offsets[cell] == offset_ && function_.cells[cell].handler != handler) {
    if (++cell >= function_.cells.size()) return false;
  }
  if (function_.offsets[cell] != offset_) return false;
  reader_.skip_immediates(opcode);
  for (std::size_t i = row.signature.pops; i-- > 0;) {
    const Variable top = stack_.back();
    store_slot(top.slot, pop(), top.type);
  }
  spill_references();
  llvm::Value* unwinds = call_host(reinterpret_cast<const void*>(host_.step), ir_.getInt1Ty(),
                                   {thread(), pointer(reinterpret_cast<const void*>(handler)),
                                    cell_address(cell), frame(), instance_, constant(0)});
  check_unwinding(unwinds);
  reload_references();
  note_frame();
  constexpr std::array kTypes{kI32, kI64, kF32, kF64, kV128, kI32};
  for (std::size_t i = 0; i < row.signature.pushes; ++i) {
    const ValType type =
        kTypes[static_cast<std::size_t>(row.signature.types[row.signature.pops + i])];
    push(load_slot(next_slot(), type), type);
  }
  return true;
}

/// throw and throw_ref.
bool FunctionLowering::throw_away(Special special, std::size_t operands) {
  const auto cell = find_cell(special);
  if (!cell) return false;
  spill_references();
  for (std::size_t i = 0; i < operands; ++i) {
    const Variable top = stack_.back();
    store_slot(top.slot, pop(), top.type);
  }
  const auto handler = host_.handlers->special(special);
  llvm::Value* unwinds = call_host(reinterpret_cast<const void*>(host_.step), ir_.getInt1Ty(),
                                   {thread(), pointer(reinterpret_cast<const void*>(handler)),
                                    cell_address(*cell), frame(), instance_, constant(0)});
  check_unwinding(unwinds);
  ir_.CreateUnreachable();
  unreachable_ = true;
  return true;
}

/// An operation of the interpreter's slow.h, on operands in their slots.
bool FunctionLowering::runtime(Opcode opcode, Special special, std::size_t operands,
                               std::optional<ValType> result) {
  const auto cell = find_cell(special);
  if (!cell) return false;
  reader_.skip_immediates(opcode);  // they are in the cell
  for (std::size_t i = operands; i-- > 0;) {
    const Variable top = stack_.back();
    store_slot(top.slot, pop(), top.type);
  }
  const std::uint32_t slot = next_slot();
  run_operation(special, *cell, slot);
  if (result) push(load_slot(slot, *result), *result);
  return true;
}

}  // namespace doppel::jit
