// SPDX-License-Identifier: Apache-2.0
// Blocks, branches and calls.
#include <algorithm>
#include <array>

#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::Cell;
using bytecode::interp::Special;

/// Lowers one instruction; false if it cannot be.
bool FunctionLowering::step() {
  const Opcode opcode = reader_.read_opcode();
  switch (opcode) {
    case Opcode::kBlock:
    case Opcode::kLoop:
    case Opcode::kTryTable:
    case Opcode::kIf: return begin_block(opcode);
    case Opcode::kElse: begin_else(); return true;
    case Opcode::kEnd: return end();
    case Opcode::kBr: br(reader_.read_u32()); return true;
    case Opcode::kBrIf: br_if(reader_.read_u32()); return true;
    case Opcode::kBrTable: br_table(); return true;
    case Opcode::kReturn: br(static_cast<std::uint32_t>(blocks_.size() - 1)); return true;
    case Opcode::kUnreachable:
      stop_here(cell_here(), false,
                ir_.getInt32(static_cast<std::uint32_t>(TrapKind::kUnreachable)));
      unreachable_ = true;
      return true;
    case Opcode::kCall:
    case Opcode::kCallIndirect:
    case Opcode::kCallRef:
    case Opcode::kReturnCall:
    case Opcode::kReturnCallIndirect:
    case Opcode::kReturnCallRef: return call(opcode);
    case Opcode::kThrow: {
      const Tag& tag = function_.module.tags[reader_.read_u32()];
      return throw_away(Special::kThrow, function_.module.func_type(tag.type).params.size());
    }
    case Opcode::kThrowRef: return throw_away(Special::kThrowRef, 1);
    case Opcode::kBrOnNull: br_on_null(reader_.read_u32(), true); return true;
    case Opcode::kBrOnNonNull: br_on_null(reader_.read_u32(), false); return true;
    default: return plain(opcode);
  }
}

bool FunctionLowering::begin_block(Opcode opcode) {
  const BlockType type = reader_.read_block_type();
  Block block;
  block.opcode = opcode;
  if (type.kind == BlockType::Kind::kFunc) {
    block.params = function_.module.func_type(type.type).params;
    block.results = function_.module.func_type(type.type).results;
  } else if (type.kind == BlockType::Kind::kResult) {
    block.results = {type.result};
  }
  for (const ValType result : block.results) {
    if (result.is_vector()) return false;
  }
  if (opcode == Opcode::kTryTable) {  // what is caught goes on in the interpreter
    for (std::uint32_t clauses = reader_.read_u32(); clauses > 0; --clauses)
      reader_.read_catch_clause();
  }
  llvm::Value* condition = opcode == Opcode::kIf ? ir_.CreateIsNotNull(pop()) : nullptr;
  block.height = stack_.size() - block.params.size();
  block.end = block.label = new_block("end");
  if (opcode == Opcode::kIf) {
    auto* then = new_block("then");
    block.otherwise = new_block("else");
    ir_.CreateCondBr(condition, then, block.otherwise);
    ir_.SetInsertPoint(then);
  } else if (opcode == Opcode::kLoop) {
    block.label = new_block("loop");
    ir_.CreateBr(block.label);
    ir_.SetInsertPoint(block.label);
    forget_slots();
    poll(offset_);
  }
  blocks_.push_back(std::move(block));
  return true;
}

void FunctionLowering::begin_else() {
  Block& block = blocks_.back();
  if (!unreachable_) ir_.CreateBr(block.end);
  unreachable_ = false;
  ir_.SetInsertPoint(block.otherwise);
  forget_slots();
  block.otherwise = nullptr;
  stack_.resize(block.height);
  for (const ValType type : block.params) {
    const std::uint32_t slot = next_slot();
    stack_.push_back({type, slot, variable(type, slot)});
  }
}

bool FunctionLowering::end() {
  Block block = std::move(blocks_.back());
  blocks_.pop_back();
  if (blocks_.empty()) {
    if (!unreachable_) return_values(block.results);
    return true;
  }
  if (!unreachable_) ir_.CreateBr(block.end);
  if (block.otherwise != nullptr) {  // an if without else passes its parameters on
    ir_.SetInsertPoint(block.otherwise);
    ir_.CreateBr(block.end);
  }
  ir_.SetInsertPoint(block.end);
  forget_slots();
  unreachable_ = block.end->hasNPredecessors(0);
  if (unreachable_) {
    ir_.CreateUnreachable();
    return true;
  }
  stack_.resize(block.height);
  for (const ValType type : block.results) {
    const std::uint32_t slot = next_slot();
    stack_.push_back({type, slot, variable(type, slot)});
  }
  return true;
}

/// Ends the LLVM block: the label's values, on top of the stack, go where the target expects them;
/// the stack itself stays as it is.
void FunctionLowering::jump(Block& target) {
  const std::vector<Variable> stack = stack_;
  const ResultType& types = label_types(target);
  if (target.label == nullptr) {
    return_values(types);
  } else {
    std::vector<llvm::Value*> values(types.size());
    for (std::size_t i = types.size(); i-- > 0;) values[i] = pop();
    stack_.resize(target.height);
    for (std::size_t i = 0; i < types.size(); ++i) push(values[i], types[i]);
    ir_.CreateBr(target.label);
  }
  stack_ = stack;
}

void FunctionLowering::br(std::uint32_t depth) {
  jump(block(depth));
  unreachable_ = true;
}

void FunctionLowering::br_if(std::uint32_t depth) {
  auto* taken = new_block("taken");
  auto* not_taken = new_block("not_taken");
  ir_.CreateCondBr(ir_.CreateIsNotNull(pop()), taken, not_taken);
  ir_.SetInsertPoint(taken);
  jump(block(depth));
  ir_.SetInsertPoint(not_taken);
}

void FunctionLowering::br_table() {
  llvm::Value* index = pop();
  std::vector<std::uint32_t> depths(reader_.read_u32() + 1);
  for (std::uint32_t& depth : depths) depth = reader_.read_u32();
  std::map<std::uint32_t, llvm::BasicBlock*> targets;
  for (const std::uint32_t depth : depths) {
    if (!targets.contains(depth)) targets[depth] = new_block("case");
  }
  auto* table =
      ir_.CreateSwitch(index, targets[depths.back()], static_cast<unsigned>(depths.size() - 1));
  for (std::uint32_t i = 0; i + 1 < depths.size(); ++i) {
    table->addCase(ir_.getInt32(i), targets[depths[i]]);
  }
  for (const auto& [depth, target] : targets) {
    ir_.SetInsertPoint(target);
    jump(block(depth));
  }
  unreachable_ = true;
}

/// The usual way of the interpreter's call of a function defined in the module; ends the block.
/// Leads to `slow` if anything is unusual.
void FunctionLowering::call_defined(FuncIndex callee, llvm::Value* return_pc,
                                    llvm::BasicBlock* slow) {
  const Module& module = function_.module;
  const std::uint32_t index = callee.value() - module.imported_functions;
  llvm::Value* codes = ir_.CreateLoad(
      ir_.getPtrTy(), field(body_->getArg(kContext), offsetof(interp::Context, codes)));
  llvm::Value* code = field(codes, index * sizeof(interp::FunctionCode));
  auto* slots = ir_.CreateAlignedLoad(
      ir_.getInt32Ty(), field(code, offsetof(interp::FunctionCode, frame_slots)), llvm::Align(4));
  slots->setAtomic(llvm::AtomicOrdering::Acquire);
  llvm::Value* frame = slot_address(next_slot());
  llvm::Value* end =
      ir_.CreateGEP(ir_.getInt64Ty(), frame, ir_.CreateZExt(slots, ir_.getInt64Ty()));
  llvm::Value* fits = ir_.CreateICmpULE(end, thread_field(ir_.getPtrTy(), host_.stack_limit));
  llvm::Value* quiet = ir_.CreateIsNull(thread_field(ir_.getInt8Ty(), host_.interrupt_flag));
  auto* usual = new_block("call");
  ir_.CreateCondBr(ir_.CreateAnd(fits, quiet), usual, slow,
                   llvm::MDBuilder(context_).createBranchWeights(1U << 20U, 1));
  ir_.SetInsertPoint(usual);
  const std::uint32_t header = next_slot() + slot_count(module.func_type(callee).params);
  ir_.CreateStore(return_pc, slot_address(header + interp::kHeaderReturnPc));
  ir_.CreateStore(body_->getArg(kFrame), slot_address(header + interp::kHeaderCallerFrame));
  std::uint64_t zeroed = 0;
  for (const LocalRun& run : module.body(callee).locals)
    zeroed += std::uint64_t{run.count} * run.type.slots();
  if (zeroed > 0) {
    ir_.CreateMemSet(slot_address(header + interp::kHeaderSlots), ir_.getInt8(0),
                     zeroed * sizeof(std::uint64_t), llvm::Align(8));
  }
  llvm::Value* entry =
      ir_.CreateLoad(ir_.getPtrTy(), field(code, offsetof(interp::FunctionCode, entry)));
  go_to(ir_.CreateLoad(ir_.getPtrTy(), entry), entry, frame, constant(0),
        llvm::PoisonValue::get(handler_type_->getParamType(kVec)));
}

/// Ends the block: the interpreter's handler executes a cell, with everything in its slot.
void FunctionLowering::hop(interp::Handler handler, std::uint32_t cell, llvm::Value* acc) {
  go_to(pointer(reinterpret_cast<const void*>(handler)),
        field(ir_.CreateLoad(ir_.getPtrTy(), cells_), cell * sizeof(Cell)), body_->getArg(kFrame),
        acc, llvm::PoisonValue::get(handler_type_->getParamType(kVec)));
}

/// The function is entered again at `cell`, with these results where the operands stood.
bool FunctionLowering::come_back(std::uint32_t cell, std::span<const ValType> results) {
  begin_segment(cell, new_block("back"));
  reload(stack_.size());
  std::uint32_t slot = next_slot();
  for (const ValType result : results) {
    if (result.is_vector()) return false;
    push(load_slot(slot, result), result);
    slot += result.slots();
  }
  transfers_ += 2 * (locals_.size() + stack_.size());
  return transfers_ <= kMaxTransfers;
}

/// Everything goes to its slot, and the interpreter's handler makes the call, whatever it leads to.
/// The callee returns to the next cell, where this function is entered again.
bool FunctionLowering::call(Opcode opcode) {
  const Module& module = function_.module;
  const FuncType* type = nullptr;
  auto special = Special::kCall;
  FuncIndex callee;
  const bool tail = opcode == Opcode::kReturnCall || opcode == Opcode::kReturnCallIndirect ||
                    opcode == Opcode::kReturnCallRef;
  const auto choose = [&](Special usual, Special in_tail) { special = tail ? in_tail : usual; };
  if (opcode == Opcode::kCall || opcode == Opcode::kReturnCall) {
    callee = reader_.read_index<FuncIndex>();
    type = &module.func_type(callee);
    if (module.is_imported(callee)) {
      choose(Special::kCallImport, Special::kReturnCallImport);
    } else {
      choose(Special::kCall, Special::kReturnCall);
    }
  } else {
    type = &module.func_type(reader_.read_index<TypeIndex>());
    if (opcode == Opcode::kCallRef || opcode == Opcode::kReturnCallRef) {
      choose(Special::kCallRef, Special::kReturnCallRef);
    } else if (module.tables[reader_.read_u32()].type.is_64) {
      choose(Special::kCallIndirect64, Special::kReturnCallIndirect64);
    } else {
      choose(Special::kCallIndirect, Special::kReturnCallIndirect);
    }
  }
  const auto cell = find_cell(special);
  if (!cell) return false;
  // The accumulator has the callee's index or reference. An index's cell has another one behind it,
  // which describes the call.
  llvm::Value* acc = constant(0);
  std::uint32_t described = *cell;
  if (special == Special::kCallRef || special == Special::kReturnCallRef) {
    acc = pop();
  } else if (opcode == Opcode::kCallIndirect || opcode == Opcode::kReturnCallIndirect) {
    acc = ir_.CreateZExt(pop(), ir_.getInt64Ty());
    ++described;
  }
  spill(stack_.size());
  stack_.resize(stack_.size() - type->params.size());
  if (function_.plain_cells[described].call.frame != next_slot()) return false;
  if (special == Special::kCall) {
    llvm::Value* cells = ir_.CreateLoad(ir_.getPtrTy(), cells_);
    auto* slow = new_block("slow_call");
    call_defined(callee, field(cells, (described + 1) * sizeof(Cell)), slow);
    ir_.SetInsertPoint(slow);
  }
  hop(host_.handlers->special(special), *cell, acc);
  unreachable_ = tail;
  return tail || come_back(described + 1, type->results);
}

/// An instruction whose operands stand in slots, as do its results: the interpreter's handler
/// executes it. Atomic accesses, which have a second cell, and wide arithmetic are such.
bool FunctionLowering::on_slots(Opcode opcode) {
  const OpcodeInfo& row = info(opcode);
  const interp::Handler handler = host_.handlers->on_slots[static_cast<std::size_t>(opcode)];
  const std::uint32_t first = cell_here();
  const std::uint32_t count = row.immediates == Immediates::kMemArg ? 2 : 1;
  std::uint32_t cell = first;
  while (function_.offsets[cell] == offset_ && function_.plain_cells[cell].handler != handler) {
    if (++cell >= function_.cells.size()) return false;
  }
  if (function_.offsets[cell] != offset_) return false;
  reader_.skip_immediates(opcode);
  spill(stack_.size());
  stack_.resize(stack_.size() - row.signature.pops);
  hop(handler, cell, constant(0));
  constexpr std::array kTypes{kI32, kI64, kF32, kF64, kV128, kI32};
  std::vector<ValType> results;
  for (std::size_t i = 0; i < row.signature.pushes; ++i) {
    results.push_back(
        kTypes[static_cast<std::size_t>(row.signature.types[row.signature.pops + i])]);
  }
  return come_back(cell + count, results);
}

/// throw and throw_ref. A handler here is the interpreter's: it goes on from the catch label.
bool FunctionLowering::throw_away(Special special, std::size_t operands) {
  const auto cell = find_cell(special);
  if (!cell) return false;
  spill(stack_.size());
  stack_.resize(stack_.size() - operands);
  hop(host_.handlers->special(special), *cell, constant(0));
  unreachable_ = true;
  return true;
}

/// br_on_null and br_on_non_null: the reference stays where it is not null.
void FunctionLowering::br_on_null(std::uint32_t depth, bool when_null) {
  const Variable reference = stack_.back();
  llvm::Value* is_null = ir_.CreateIsNull(pop());
  auto* taken = new_block("taken");
  auto* not_taken = new_block("not_taken");
  ir_.CreateCondBr(is_null, when_null ? taken : not_taken, when_null ? not_taken : taken);
  ir_.SetInsertPoint(taken);
  if (!when_null) stack_.push_back(reference);
  jump(block(depth));
  if (!when_null) stack_.pop_back();
  ir_.SetInsertPoint(not_taken);
  if (when_null) stack_.push_back(reference);
}

}  // namespace doppel::jit
