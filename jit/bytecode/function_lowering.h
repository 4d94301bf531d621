// SPDX-License-Identifier: Apache-2.0
// One function body becomes LLVM IR. The whole function is one IR function with the signature of a
// handler; what enters it, at its beginning or behind a call, are stubs that say where to go on.
//
// Locals and operand-stack entries are variables (allocas) that LLVM turns into registers; their
// canonical slots are written before whatever may look at the frame, a call or a stop, and read
// again where execution comes back. So no value lives across a call but in the frame.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bytecode/binary/instruction.h"
#include "bytecode/interp/compiler.h"
#include "jit/lower/llvm_builder.h"

namespace doppel::jit {

/// The parameters of a handler, in the order of core/threaded/engine.h.
enum Parameter : unsigned { kPc, kFrame, kMemory, kContext, kThread, kAcc, kVec };

/// A place where a function is entered: the cell whose handler it becomes, and the stub's name.
struct EntryPoint {
  std::uint32_t cell = 0;
  std::string stub;
};

/// See the file comment. Made for one function.
class FunctionLowering {
 public:
  FunctionLowering(const bytecode::interp::FunctionToCompile& function,
                   const bytecode::interp::CompilerHost& host, llvm::Module& module,
                   std::string name);

  /// Emits the function and its stubs; false if the body holds something that is not lowered.
  bool run();
  [[nodiscard]] const std::vector<EntryPoint>& entry_points() const { return entries_; }

  // For the lowering of single instructions (numeric_lowering.cpp).
  [[nodiscard]] LlvmBuilder& builder() { return builder_; }
  void push(llvm::Value* value, bytecode::ValType type);
  llvm::Value* pop();
  /// Reads a memory access's immediates and pops its index: the host address; null if the access is
  /// not lowered. Its faults are this instruction's.
  llvm::Value* pop_address();

 private:
  struct Variable {
    bytecode::ValType type;
    std::uint32_t slot = 0;
    llvm::AllocaInst* place = nullptr;
    bool in_slot = false;   ///< of a local: its slot has its value on every way that leads here
    bool assigned = false;  ///< of a local: somewhere in the function
  };
  /// An open block.
  struct Block {
    bytecode::Opcode opcode = bytecode::Opcode::kBlock;
    std::size_t height = 0;  ///< of the stack below its parameters
    bytecode::ResultType params;
    bytecode::ResultType results;
    llvm::BasicBlock* label = nullptr;      ///< what branches lead to; null: the function's end
    llvm::BasicBlock* end = nullptr;        ///< what comes after it
    llvm::BasicBlock* otherwise = nullptr;  ///< an if's else that has not come yet
  };

  // The frame.
  bool place_locals();
  void find_assignments();
  void forget_slots();
  [[nodiscard]] llvm::AllocaInst* variable(bytecode::ValType type, std::uint32_t slot);
  llvm::Type* type_of(bytecode::ValType type);
  llvm::Value* slot_address(std::uint32_t slot);
  void store_slot(std::uint32_t slot, llvm::Value* value, bytecode::ValType type);
  llvm::Value* load_slot(std::uint32_t slot, bytecode::ValType type);
  llvm::Value* to_word(llvm::Value* value, bytecode::ValType type);
  llvm::Value* from_word(llvm::Value* word, bytecode::ValType type);
  void spill(std::size_t entries);
  void reload(std::size_t entries);
  [[nodiscard]] std::uint32_t next_slot() const;

  // Entering and leaving.
  void begin_segment(std::uint32_t cell, llvm::BasicBlock* at);
  void go_to(llvm::Value* handler, llvm::Value* pc, llvm::Value* frame, llvm::Value* acc,
             llvm::Value* vec);
  void return_values(const bytecode::ResultType& results);
  void stop_here(std::uint32_t cell, bool plain, llvm::Value* trap);
  void poll(std::uint32_t loop_offset);

  // Instructions.
  bool step();
  bool plain(bytecode::Opcode opcode);
  bool begin_block(bytecode::Opcode opcode);
  void begin_else();
  bool end();
  void br(std::uint32_t depth);
  void br_if(std::uint32_t depth);
  void br_table();
  void jump(Block& target);
  bool call(bytecode::Opcode opcode);
  bool on_slots(bytecode::Opcode opcode);
  bool throw_away(bytecode::interp::Special special, std::size_t operands);
  void br_on_null(std::uint32_t depth, bool when_null);
  void hop(bytecode::interp::Handler handler, std::uint32_t cell, llvm::Value* acc);
  bool come_back(std::uint32_t cell, std::span<const bytecode::ValType> results);
  void call_defined(bytecode::FuncIndex callee, llvm::Value* return_pc, llvm::BasicBlock* slow);
  bool runtime(bytecode::Opcode opcode, bytecode::interp::Special special, std::size_t operands,
               std::optional<bytecode::ValType> result);
  [[nodiscard]] std::optional<std::uint32_t> find_cell(bytecode::interp::Special special) const;
  [[nodiscard]] std::uint32_t cell_here() const;
  Block& block(std::uint32_t depth) { return blocks_[blocks_.size() - 1 - depth]; }
  static const bytecode::ResultType& label_types(const Block& block) {
    return block.opcode == bytecode::Opcode::kLoop ? block.params : block.results;
  }
  llvm::BasicBlock* new_block(const char* name) {
    return llvm::BasicBlock::Create(context_, name, body_);
  }
  llvm::Value* thread_field(llvm::Type* type, std::size_t distance) {
    return ir_.CreateAlignedLoad(type, field(body_->getArg(kThread), distance), llvm::Align(1),
                                 true);
  }
  llvm::Value* constant(std::uint64_t value) { return ir_.getInt64(value); }
  llvm::Value* pointer(const void* host_address);
  llvm::Value* field(llvm::Value* base, std::size_t bytes);

  const bytecode::interp::FunctionToCompile& function_;
  const bytecode::interp::CompilerHost& host_;
  llvm::Module& module_;
  llvm::LLVMContext& context_;
  std::string name_;
  llvm::FunctionType* handler_type_;
  llvm::Function* body_;
  llvm::IRBuilder<> ir_;
  LlvmBuilder builder_;
  bytecode::TrustedCodeReader reader_;
  const bytecode::FuncType& type_;
  llvm::SwitchInst* entry_switch_ = nullptr;
  llvm::AllocaInst* cells_ = nullptr;  ///< the address of the function's first cell
  std::vector<Variable> locals_;
  std::uint32_t first_home_ = 0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, llvm::AllocaInst*> variables_;
  std::vector<Variable> stack_;
  std::vector<Block> blocks_;
  std::vector<EntryPoint> entries_;
  std::uint32_t offset_ = 0;  ///< of the present instruction in the module
  bool unreachable_ = false;
  /// Accesses to slots around calls so far. What they cost LLVM grows faster than their number.
  std::size_t transfers_ = 0;
  static constexpr std::size_t kMaxTransfers = 20'000;
};

/// Emits an instruction that has a Meaning; false if it is not lowered.
bool lower_numeric(FunctionLowering& function, bytecode::Opcode opcode);

}  // namespace doppel::jit
