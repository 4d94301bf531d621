// SPDX-License-Identifier: Apache-2.0
// The frame, entering and leaving compiled code, and the walk over plain instructions; blocks,
// branches and calls are in control_lowering.cpp.
#include "jit/bytecode/function_lowering.h"

#include <algorithm>

#include "bytecode/binary/skip_block.h"
#include "bytecode/gc/layout.h"
#include "bytecode/runtime/memory.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::Cell;
using bytecode::interp::Context;
using bytecode::interp::Place;
using bytecode::interp::Special;

FunctionLowering::FunctionLowering(const interp::FunctionToCompile& function,
                                   const interp::CompilerHost& host, llvm::Module& module,
                                   std::string name)
    : function_(function),
      host_(host),
      module_(module),
      context_(module.getContext()),
      name_(std::move(name)),
      handler_type_([&] {
        auto* pointer = llvm::PointerType::get(context_, 0);
        auto* word = llvm::Type::getInt64Ty(context_);
        auto* vector = llvm::FixedVectorType::get(llvm::Type::getDoubleTy(context_), 2);
        return llvm::FunctionType::get(llvm::Type::getVoidTy(context_),
                                       {pointer, pointer, pointer, pointer, pointer, word, vector},
                                       false);
      }()),
      body_(llvm::Function::Create(handler_type_, llvm::Function::InternalLinkage, name_, module)),
      ir_(context_),
      builder_(
          ir_,
          [this](TrapCode code) { stop_here(cell_here(), false, ir_.getInt32(code.value())); }),
      reader_(function.module.bytes, function.module.body(function.function).code),
      type_(function.module.func_type(function.function)) {
  body_->setCallingConv(llvm::CallingConv::PreserveNone);
}

bool FunctionLowering::run() {
  if (!std::ranges::is_sorted(function_.offsets)) return false;
  auto* entry = new_block("entry");
  ir_.SetInsertPoint(entry);
  cells_ = ir_.CreateAlloca(ir_.getPtrTy(), nullptr, "cells");
  if (!place_locals()) return false;

  auto* nowhere = new_block("nowhere");
  auto* start = new_block("start");
  ir_.SetInsertPoint(nowhere);
  ir_.CreateUnreachable();
  ir_.SetInsertPoint(entry);
  entry_switch_ = ir_.CreateSwitch(body_->getArg(kAcc), nowhere);
  begin_segment(0, start);
  for (std::size_t i = 0; i < type_.params.size(); ++i) {
    ir_.CreateStore(load_slot(locals_[i].slot, locals_[i].type), locals_[i].place);
  }
  for (std::size_t i = type_.params.size(); i < locals_.size(); ++i) {
    ir_.CreateStore(llvm::Constant::getNullValue(type_of(locals_[i].type)), locals_[i].place);
  }

  Block function;
  function.results = type_.results;
  blocks_.push_back(std::move(function));
  while (!blocks_.empty()) {
    if (unreachable_) skip_rest_of_block(reader_);
    offset_ = reader_.offset().value();
    if (!step()) return false;
  }
  return true;
}

// The frame.

bool FunctionLowering::place_locals() {
  std::uint32_t slot = 0;
  const auto place = [&](ValType type) {
    if (type.is_vector()) return false;
    locals_.push_back({type, slot, ir_.CreateAlloca(type_of(type)), true});
    slot += type.slots();
    return true;
  };
  for (const ValType type : type_.params) {
    if (!place(type)) return false;
  }
  slot += interp::kHeaderSlots;
  for (const LocalRun& run : function_.module.body(function_.function).locals) {
    for (std::uint32_t i = 0; i < run.count; ++i) {
      if (!place(run.type)) return false;
    }
  }
  first_home_ = slot;
  find_assignments();
  return true;
}

void FunctionLowering::find_assignments() {
  TrustedCodeReader reader = reader_;
  const ByteOffset end = function_.module.body(function_.function).code.end;
  while (reader.offset() < end) {
    const Opcode opcode = reader.read_opcode();
    if (opcode == Opcode::kLocalSet || opcode == Opcode::kLocalTee) {
      locals_[reader.read_u32()].assigned = true;
    } else {
      reader.skip_immediates(opcode);
    }
  }
}

/// From here on, a local that is assigned anywhere may differ from its slot: other ways lead here.
void FunctionLowering::forget_slots() {
  for (Variable& local : locals_) local.in_slot = !local.assigned;
}

/// The variable of operand-stack entries of that type in that slot.
llvm::AllocaInst* FunctionLowering::variable(ValType type, std::uint32_t slot) {
  const auto kind = static_cast<std::uint32_t>(type.kind());
  llvm::AllocaInst*& place = variables_[{slot, kind}];
  if (place == nullptr) {
    llvm::IRBuilder<> at_entry(&body_->getEntryBlock(), body_->getEntryBlock().begin());
    place = at_entry.CreateAlloca(type_of(type));
  }
  return place;
}

llvm::Type* FunctionLowering::type_of(ValType type) {
  switch (type.kind()) {
    case ValKind::kI32: return ir_.getInt32Ty();
    case ValKind::kF32: return ir_.getFloatTy();
    case ValKind::kF64: return ir_.getDoubleTy();
    default: return ir_.getInt64Ty();
  }
}

llvm::Value* FunctionLowering::field(llvm::Value* base, std::size_t bytes) {
  return ir_.CreateConstInBoundsGEP1_64(ir_.getInt8Ty(), base, bytes);
}

llvm::Value* FunctionLowering::pointer(const void* host_address) {
  return ir_.CreateIntToPtr(constant(reinterpret_cast<std::uint64_t>(host_address)),
                            ir_.getPtrTy());
}

llvm::Value* FunctionLowering::slot_address(std::uint32_t slot) {
  return ir_.CreateConstInBoundsGEP1_64(ir_.getInt64Ty(), body_->getArg(kFrame), slot);
}

llvm::Value* FunctionLowering::to_word(llvm::Value* value, ValType type) {
  if (type.kind() == ValKind::kF32) value = ir_.CreateBitCast(value, ir_.getInt32Ty());
  if (type.kind() == ValKind::kF64) return ir_.CreateBitCast(value, ir_.getInt64Ty());
  return ir_.CreateZExt(value, ir_.getInt64Ty());
}

llvm::Value* FunctionLowering::from_word(llvm::Value* word, ValType type) {
  switch (type.kind()) {
    case ValKind::kI32: return ir_.CreateTrunc(word, ir_.getInt32Ty());
    case ValKind::kF32:
      return ir_.CreateBitCast(ir_.CreateTrunc(word, ir_.getInt32Ty()), ir_.getFloatTy());
    case ValKind::kF64: return ir_.CreateBitCast(word, ir_.getDoubleTy());
    default: return word;
  }
}

void FunctionLowering::store_slot(std::uint32_t slot, llvm::Value* value, ValType type) {
  ir_.CreateStore(to_word(value, type), slot_address(slot));
}

llvm::Value* FunctionLowering::load_slot(std::uint32_t slot, ValType type) {
  return from_word(ir_.CreateLoad(ir_.getInt64Ty(), slot_address(slot)), type);
}

/// Writes the locals and the lowest `entries` of the stack to their slots.
void FunctionLowering::spill(std::size_t entries) {
  const auto write = [&](const Variable& variable) {
    if (variable.in_slot) return;
    store_slot(variable.slot, ir_.CreateLoad(type_of(variable.type), variable.place),
               variable.type);
  };
  std::ranges::for_each(locals_, write);
  std::for_each_n(stack_.begin(), entries, write);
}

/// The other way round.
void FunctionLowering::reload(std::size_t entries) {
  const auto read = [&](const Variable& variable) {
    ir_.CreateStore(load_slot(variable.slot, variable.type), variable.place);
  };
  for (Variable& local : locals_) {
    read(local);
    local.in_slot = true;
  }
  std::for_each_n(stack_.begin(), entries, read);
}

std::uint32_t FunctionLowering::next_slot() const {
  return stack_.empty() ? first_home_ : stack_.back().slot + stack_.back().type.slots();
}

void FunctionLowering::push(llvm::Value* value, ValType type) {
  const std::uint32_t slot = next_slot();
  stack_.push_back({type, slot, variable(type, slot)});
  ir_.CreateStore(value, stack_.back().place);
}

llvm::Value* FunctionLowering::pop() {
  const Variable top = stack_.back();
  stack_.pop_back();
  return ir_.CreateLoad(type_of(top.type), top.place);
}

llvm::Value* FunctionLowering::pop_address() {
  const MemArg arg = reader_.read_mem_arg();
  const bool lowered =
      arg.memory.value() == 0 && MemoryInstance::is_guarded(function_.module.memories[0]);
  if (!lowered) return nullptr;
  ir_.CreateStore(ir_.getInt32(cell_here()), field(body_->getArg(kThread), host_.compiled_site),
                  true);
  llvm::Value* index = ir_.CreateZExt(pop(), ir_.getInt64Ty());
  llvm::Value* at =
      ir_.CreateInBoundsGEP(ir_.getInt8Ty(), body_->getArg(kMemory),
                            ir_.CreateAdd(index, constant(arg.offset), "", true, true));
  return at;
}

// Entering and leaving.

/// Lets the function be entered at `cell`, going on at `at`, and makes a stub that does so. Notes
/// where the frame is, for faults.
void FunctionLowering::begin_segment(std::uint32_t cell, llvm::BasicBlock* at) {
  const auto number = static_cast<std::uint32_t>(entries_.size());
  entry_switch_->addCase(ir_.getInt64(number), at);
  const std::string stub_name = name_ + "_" + std::to_string(number);
  auto* stub =
      llvm::Function::Create(handler_type_, llvm::Function::ExternalLinkage, stub_name, module_);
  stub->setCallingConv(llvm::CallingConv::PreserveNone);
  ir_.SetInsertPoint(llvm::BasicBlock::Create(context_, "", stub));
  std::vector<llvm::Value*> arguments;
  for (llvm::Argument& argument : stub->args()) arguments.push_back(&argument);
  arguments[kAcc] = constant(number);
  auto* call = ir_.CreateCall(body_, arguments);
  call->setCallingConv(llvm::CallingConv::PreserveNone);
  call->setTailCallKind(llvm::CallInst::TCK_MustTail);
  ir_.CreateRetVoid();
  entries_.push_back({cell, stub_name});

  ir_.SetInsertPoint(at);
  llvm::Value* cells = ir_.CreateConstInBoundsGEP1_64(
      ir_.getInt8Ty(), body_->getArg(kPc), -static_cast<std::int64_t>(cell * sizeof(Cell)));
  ir_.CreateStore(cells, cells_);
  llvm::Value* place = field(body_->getArg(kThread), host_.compiled_place);
  ir_.CreateStore(cells, field(place, offsetof(Place, pc)));
  ir_.CreateStore(body_->getArg(kFrame), field(place, offsetof(Place, frame)));
  ir_.CreateStore(body_->getArg(kContext), field(place, offsetof(Place, context)));
}

/// Ends the block: hands over to another handler.
void FunctionLowering::go_to(llvm::Value* handler, llvm::Value* pc, llvm::Value* frame,
                             llvm::Value* acc, llvm::Value* vec) {
  auto* call = ir_.CreateCall(handler_type_, handler,
                              {pc, frame, body_->getArg(kMemory), body_->getArg(kContext),
                               body_->getArg(kThread), acc, vec});
  call->setCallingConv(llvm::CallingConv::PreserveNone);
  call->setTailCallKind(llvm::CallInst::TCK_MustTail);
  ir_.CreateRetVoid();
}

/// Returns the topmost entries: to the cell that the frame's header names.
void FunctionLowering::return_values(const ResultType& results) {
  std::vector<llvm::Value*> words(results.size());
  for (std::size_t i = results.size(); i-- > 0;) words[i] = to_word(pop(), results[i]);
  const auto header = [&](std::uint32_t slot) {
    return ir_.CreateLoad(ir_.getPtrTy(), slot_address(function_.parameter_slots + slot));
  };
  llvm::Value* pc = header(interp::kHeaderReturnPc);
  llvm::Value* frame = header(interp::kHeaderCallerFrame);
  for (std::size_t i = 0; i < words.size(); ++i) {
    ir_.CreateStore(words[i], slot_address(static_cast<std::uint32_t>(i)));
  }
  llvm::Value* acc = words.empty() ? constant(0) : words[0];
  llvm::Value* vec = llvm::PoisonValue::get(handler_type_->getParamType(kVec));
  vec = ir_.CreateInsertElement(vec, ir_.CreateBitCast(acc, ir_.getDoubleTy()), std::uint64_t{0});
  go_to(ir_.CreateLoad(ir_.getPtrTy(), pc), pc, frame, acc, vec);
}

/// Ends the block: the engine stops at a cell, of the interpreter's own code if `plain`; with a
/// trap or, without one, for an interruption.
void FunctionLowering::stop_here(std::uint32_t cell, bool plain, llvm::Value* trap) {
  llvm::Value* pc = plain ? pointer(&function_.plain_cells[cell])
                          : field(ir_.CreateLoad(ir_.getPtrTy(), cells_), cell * sizeof(Cell));
  llvm::Value* thread = body_->getArg(kThread);
  llvm::Value* frame = body_->getArg(kFrame);
  llvm::Value* context = body_->getArg(kContext);
  const auto call = [&](auto* function, llvm::ArrayRef<llvm::Value*> arguments) {
    std::vector<llvm::Type*> types;
    for (llvm::Value* argument : arguments) types.push_back(argument->getType());
    auto* type = llvm::FunctionType::get(ir_.getVoidTy(), types, false);
    ir_.CreateCall(type, pointer(reinterpret_cast<const void*>(function)), arguments);
  };
  if (trap != nullptr) {
    call(host_.trap, {thread, trap, pc, frame, context});
  } else {
    call(host_.interrupted, {thread, pc, frame, context});
  }
  ir_.CreateRetVoid();
}

/// At a loop's label: leaves the engine if somebody wants the thread to stop. Execution goes on in
/// the interpreter, which finds everything in its slot.
void FunctionLowering::poll(std::uint32_t loop_offset) {
  llvm::Value* flag = thread_field(ir_.getInt8Ty(), host_.interrupt_flag);
  auto* stop = new_block("interrupted");
  auto* go_on = new_block("loop");
  ir_.CreateCondBr(ir_.CreateIsNotNull(flag), stop, go_on,
                   llvm::MDBuilder(context_).createBranchWeights(1, 1U << 20U));
  ir_.SetInsertPoint(stop);
  spill(stack_.size());
  const auto label = std::ranges::upper_bound(function_.offsets, loop_offset);
  stop_here(static_cast<std::uint32_t>(label - function_.offsets.begin()), true, nullptr);
  ir_.SetInsertPoint(go_on);
}

// Cells of the present instruction.

std::uint32_t FunctionLowering::cell_here() const {
  const auto at = std::ranges::lower_bound(function_.offsets, offset_);
  if (at == function_.offsets.end()) return static_cast<std::uint32_t>(function_.cells.size()) - 1;
  return static_cast<std::uint32_t>(at - function_.offsets.begin());
}

std::optional<std::uint32_t> FunctionLowering::find_cell(Special special) const {
  const auto handler = host_.handlers->special(special);
  for (std::size_t i = cell_here(); i < function_.cells.size() && function_.offsets[i] == offset_;
       ++i) {
    if (function_.plain_cells[i].handler == handler) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

// Plain instructions.

bool FunctionLowering::plain(Opcode opcode) {
  const Module& module = function_.module;
  const auto local = [&]() -> Variable& { return locals_[reader_.read_u32()]; };
  const auto global = [&](std::uint32_t index) {
    llvm::Value* globals =
        ir_.CreateLoad(ir_.getPtrTy(), field(body_->getArg(kContext), offsetof(Context, globals)));
    return ir_.CreateLoad(ir_.getPtrTy(), field(globals, index * sizeof(std::uint64_t*)));
  };
  switch (opcode) {
    case Opcode::kNop: return true;
    case Opcode::kDrop: stack_.pop_back(); return true;
    case Opcode::kSelectTyped: reader_.skip_immediates(opcode); [[fallthrough]];
    case Opcode::kSelect: {
      llvm::Value* condition = ir_.CreateIsNotNull(pop());
      const ValType type = stack_.back().type;
      llvm::Value* y = pop();
      llvm::Value* x = pop();
      push(ir_.CreateSelect(condition, x, y), type);
      return true;
    }
    case Opcode::kLocalGet: {
      const Variable& from = local();
      push(ir_.CreateLoad(type_of(from.type), from.place), from.type);
      return true;
    }
    case Opcode::kLocalSet: {
      Variable& to = local();
      to.in_slot = false;
      ir_.CreateStore(pop(), to.place);
      return true;
    }
    case Opcode::kLocalTee: {
      const ValType type = stack_.back().type;
      llvm::Value* value = pop();
      Variable& to = local();
      to.in_slot = false;
      ir_.CreateStore(value, to.place);
      push(value, type);
      return true;
    }
    case Opcode::kGlobalGet: {
      const std::uint32_t index = reader_.read_u32();
      const ValType type = module.globals[index].type.type;
      if (type.is_vector()) return false;
      push(from_word(ir_.CreateLoad(ir_.getInt64Ty(), global(index)), type), type);
      return true;
    }
    case Opcode::kGlobalSet: {
      const std::uint32_t index = reader_.read_u32();
      const ValType type = module.globals[index].type.type;
      if (type.is_vector() || gc::is_collected(type, module.types)) return false;
      ir_.CreateStore(to_word(pop(), type), global(index));
      return true;
    }
    case Opcode::kI32Const:
      push(ir_.getInt32(static_cast<std::uint32_t>(reader_.read_s32())), kI32);
      return true;
    case Opcode::kI64Const:
      push(constant(static_cast<std::uint64_t>(reader_.read_s64())), kI64);
      return true;
    case Opcode::kF32Const:
      push(from_word(constant(reader_.read_f32_bits()), kF32), kF32);
      return true;
    case Opcode::kF64Const:
      push(from_word(constant(reader_.read_f64_bits()), kF64), kF64);
      return true;
    case Opcode::kRefNull: {
      const ValType type = RefType{reader_.read_heap_type(), true};
      push(constant(0), type);
      return true;
    }
    case Opcode::kRefIsNull:
      push(ir_.CreateZExt(ir_.CreateIsNull(pop()), ir_.getInt32Ty()), kI32);
      return true;
    default: break;
  }
  const auto memory_type = [&] {
    return module.memories[TrustedCodeReader(reader_).read_u32()].address_type();
  };
  const auto table = [&]() -> const TableType& {
    return module.tables[TrustedCodeReader(reader_).read_u32()].type;
  };
  switch (opcode) {
    case Opcode::kMemorySize: return runtime(opcode, Special::kMemorySize, 0, memory_type());
    case Opcode::kMemoryGrow: return runtime(opcode, Special::kMemoryGrow, 1, memory_type());
    case Opcode::kMemoryFill: return runtime(opcode, Special::kMemoryFill, 3, {});
    case Opcode::kMemoryCopy: return runtime(opcode, Special::kMemoryCopy, 3, {});
    case Opcode::kMemoryInit: return runtime(opcode, Special::kMemoryInit, 3, {});
    case Opcode::kDataDrop: return runtime(opcode, Special::kDataDrop, 0, {});
    case Opcode::kTableGet: return runtime(opcode, Special::kTableGet, 1, table().element);
    case Opcode::kTableSet: return runtime(opcode, Special::kTableSet, 2, {});
    case Opcode::kTableSize: return runtime(opcode, Special::kTableSize, 0, table().address_type());
    case Opcode::kTableGrow: return runtime(opcode, Special::kTableGrow, 2, table().address_type());
    case Opcode::kTableFill: return runtime(opcode, Special::kTableFill, 3, {});
    case Opcode::kTableCopy: return runtime(opcode, Special::kTableCopy, 3, {});
    case Opcode::kTableInit: return runtime(opcode, Special::kTableInit, 3, {});
    case Opcode::kElemDrop: return runtime(opcode, Special::kElemDrop, 0, {});
    case Opcode::kRefFunc: return runtime(opcode, Special::kRefFunc, 0, kFuncRef);
    case Opcode::kRefAsNonNull: {
      const ValType type = stack_.back().type;
      llvm::Value* reference = pop();
      builder_.guard_fails({ir_.CreateIsNotNull(reference)}, trap_code(TrapKind::kNullReference));
      push(reference, type);
      return true;
    }
    default: break;
  }
  if (host_.handlers->on_slots[static_cast<std::size_t>(opcode)] != nullptr)
    return on_slots(opcode);
  return lower_numeric(*this, opcode);
}

/// An operation of the interpreter's slow.h, on operands in their slots.
bool FunctionLowering::runtime(Opcode opcode, Special special, std::size_t operands,
                               std::optional<ValType> result) {
  for (std::size_t i = stack_.size() - operands; i < stack_.size(); ++i) {
    if (gc::is_collected(stack_[i].type, function_.module.types)) return false;
  }
  if (result && gc::is_collected(*result, function_.module.types)) return false;
  const auto cell = find_cell(special);
  auto* const operation = host_.operations[static_cast<std::size_t>(special)];
  if (!cell || operation == nullptr) return false;
  reader_.skip_immediates(opcode);  // they are in the cell
  for (std::size_t i = operands; i-- > 0;) {
    const Variable top = stack_.back();
    store_slot(top.slot, pop(), top.type);
  }
  const std::uint32_t slot = next_slot();
  auto* type = llvm::FunctionType::get(ir_.getInt16Ty(),
                                       {ir_.getPtrTy(), ir_.getPtrTy(), ir_.getPtrTy()}, false);
  llvm::Value* at = field(ir_.CreateLoad(ir_.getPtrTy(), cells_), *cell * sizeof(Cell));
  llvm::Value* trap = ir_.CreateCall(type, pointer(reinterpret_cast<const void*>(operation)),
                                     {body_->getArg(kContext), at, slot_address(slot)});
  auto* fails = new_block("fails");
  auto* done = new_block("done");
  ir_.CreateCondBr(ir_.CreateIsNotNull(trap), fails, done,
                   llvm::MDBuilder(context_).createBranchWeights(1, 1U << 20U));
  ir_.SetInsertPoint(fails);
  stop_here(*cell, false, ir_.CreateZExt(trap, ir_.getInt32Ty()));
  ir_.SetInsertPoint(done);
  if (result) push(load_slot(slot, *result), *result);
  return true;
}

}  // namespace doppel::jit
