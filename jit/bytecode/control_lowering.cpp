// SPDX-License-Identifier: Apache-2.0
// Blocks and branches.
#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::Special;

/// Lowers one instruction; false if it cannot be.
bool FunctionLowering::step() {
  const Opcode opcode = reader_.read_opcode();
  switch (opcode) {
    case Opcode::kBlock:
    case Opcode::kLoop:
    case Opcode::kTryTable:
    case Opcode::kTry:
    case Opcode::kIf: return begin_block(opcode);
    case Opcode::kCatch:
    case Opcode::kCatchAll: begin_catch(opcode); return true;
    case Opcode::kDelegate: reader_.read_u32(); return end();
    case Opcode::kElse: begin_else(); return true;
    case Opcode::kEnd: return end();
    case Opcode::kBr: br(reader_.read_u32()); return true;
    case Opcode::kBrIf: br_if(reader_.read_u32()); return true;
    case Opcode::kBrTable: br_table(); return true;
    case Opcode::kReturn: br(static_cast<std::uint32_t>(blocks_.size() - 1)); return true;
    case Opcode::kUnreachable:
      trap_here(cell_here(), ir_.getInt32(static_cast<std::uint32_t>(TrapKind::kUnreachable)));
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
    case Opcode::kBrOnCast: br_on_cast(false); return true;
    case Opcode::kBrOnCastFail: br_on_cast(true); return true;
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
    const bool quiet = is_quiet_loop();
    if (quiet && !quiet_block_) {
      quiet_block_ = blocks_.size();
      enter_quiet_loop();
    }
    ir_.CreateBr(block.label);
    ir_.SetInsertPoint(block.label);
    forget_slots();
    // Operands below the loop's own may be constants that the interpreter keeps in no slot.
    if (stack_.size() == block.params.size()) enter_at_loop(block.label);
    if (!quiet) poll();
    switch_by_chance(label_cell());
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

/// catch and catch_all of the old instructions. What is caught goes on in the interpreter, so that
/// their bodies are never reached here.
void FunctionLowering::begin_catch(Opcode opcode) {
  if (!unreachable_) ir_.CreateBr(blocks_.back().end);
  unreachable_ = true;
  reader_.skip_immediates(opcode);
}

bool FunctionLowering::end() {
  Block block = std::move(blocks_.back());
  blocks_.pop_back();
  if (blocks_.empty()) {
    if (!unreachable_) return_values(block.results);
    return true;
  }
  const bool quiet = quiet_block_ == blocks_.size();
  if (quiet) quiet_block_.reset();
  if (!unreachable_) {
    if (quiet) leave_quiet_loop();
    ir_.CreateBr(block.end);
  }
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
  if (quiet_block_ && &target < &blocks_[*quiet_block_]) leave_quiet_loop();
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
