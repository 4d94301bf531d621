// SPDX-License-Identifier: Apache-2.0
// One function body becomes LLVM IR: a body after jit/bytecode/convention.h, and what the
// interpreter enters it by. Locals and operand-stack entries are variables (allocas) that LLVM
// turns into registers. References are written to their canonical slots before every safepoint and
// read again behind it; everything else is, where the rest of a frame is left to the interpreter.
#pragma once

#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bytecode/binary/instruction.h"
#include "bytecode/interp/code_symbols.h"
#include "bytecode/interp/compiler.h"
#include "jit/bytecode/adapters.h"
#include "jit/bytecode/convention.h"
#include "jit/bytecode/values.h"
#include "jit/lower/llvm_builder.h"

namespace doppel::jit {

/// What code of a function of this name calls its cells (code_symbols.h).
std::string symbol_of_cells(const std::string& name, std::string_view symbol);
/// And what it calls the interpreter's cells, of which inlined call; 0: its own.
std::string symbol_of_plain_cells(const std::string& name, std::size_t inlined);

/// See the file comment. Made for one function, or for one of its calls that is inlined.
class FunctionLowering {
 public:
  /// The functions made are called `name` and `name`_enter; there is room for the cells, and where
  /// code switches tiers the interpreter's cells lie outside. `first_line` is that of the first
  /// cell: accesses to memory have their cells' lines.
  FunctionLowering(const bytecode::interp::FunctionToCompile& function, const HostSymbols& symbols,
                   llvm::Module& module, Thunks& thunks, std::string name,
                   std::uint32_t first_line);

  /// Emits the function; false if the body holds something that is not lowered.
  bool run();
  // Behind that:
  [[nodiscard]] const std::vector<bytecode::interp::InlinedCall>& inlined() const {
    return inlined_;
  }
  /// Its cells, and those of what is inlined. Each has a line.
  [[nodiscard]] std::uint32_t all_cells() const { return all_cells_; }
  /// Of its frame, with those of what is inlined.
  [[nodiscard]] std::uint32_t frame_slots() const { return frame_slots_; }

  // For the lowering of single instructions (numeric_lowering.cpp).
  [[nodiscard]] LlvmBuilder& builder() { return builder_; }
  void push(llvm::Value* value, bytecode::ValType type);
  llvm::Value* pop();
  /// Reads the immediates of an access to so many bytes and pops its index: the host address, which
  /// may fault (memory_lowering.cpp).
  llvm::Value* pop_address(std::uint64_t bytes);
  /// The immediates of vector instructions: a lane's number; 16 bytes.
  [[nodiscard]] unsigned read_lane() { return reader_.read_byte(); }
  [[nodiscard]] llvm::Value* read_vector();

 private:
  struct Variable {
    bytecode::ValType type;
    std::uint32_t slot = 0;
    llvm::AllocaInst* place = nullptr;
    bool in_slot = false;   ///< of a reference in a local: its slot has its value
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
  /// A call under way.
  struct Call {
    const bytecode::FuncType* type = nullptr;
    bytecode::interp::Special special = bytecode::interp::Special::kCall;
    bool tail = false;
    std::uint32_t cell = 0;       ///< that executes it
    std::uint32_t described = 0;  ///< that describes the callee's frame: it, or the one behind it
    llvm::Value* acc = nullptr;   ///< the accumulator that the interpreter's handler expects
    std::vector<llvm::Value*> arguments;
  };

  FunctionLowering(FunctionLowering& caller, const bytecode::interp::FunctionToCompile& callee,
                   const Call& call);
  bool lower_body();
  void note_line();

  // Inlining (inlining.cpp).
  [[nodiscard]] bool inlines() const {
    return uses(bytecode::interp::Optimization::kInlining) &&
           function_.effort == bytecode::interp::Effort::kFull;
  }
  const bytecode::interp::FunctionToCompile* inlinable(bytecode::FuncIndex callee);
  bool call_inlined(const Call& call, const bytecode::interp::FunctionToCompile& callee);
  bool run_inlined(std::span<llvm::Value* const> arguments);
  void write_headers();
  void leave_results(std::span<llvm::Value* const> results);

  // The frame.
  void place_locals();
  void scan();
  void forget_slots();
  [[nodiscard]] llvm::AllocaInst* variable(bytecode::ValType type, std::uint32_t slot);
  llvm::AllocaInst* new_variable(bytecode::ValType type);
  llvm::Type* type_of(bytecode::ValType type) { return values_.type_of(type); }
  llvm::Value* slot_address(std::uint32_t slot) { return values_.slot_address(frame(), slot); }
  void store_slot(std::uint32_t slot, llvm::Value* value, bytecode::ValType type) {
    values_.store_slot(frame(), slot, value, type);
  }
  llvm::Value* load_slot(std::uint32_t slot, bytecode::ValType type) {
    return values_.load_slot(frame(), slot, type);
  }
  [[nodiscard]] bool is_collected(bytecode::ValType type) const;
  llvm::Value* get(const Variable& variable) {
    return ir_.CreateLoad(type_of(variable.type), variable.place);
  }
  void spill_references();
  void spill_own_references();
  void spill_callers_references();
  void reload_references();
  [[nodiscard]] bool holds_references() const;
  void spill_rest();
  [[nodiscard]] std::uint32_t next_slot() const;

  // Entering and leaving (entry_lowering.cpp).
  void load_state();
  void emit_entry();
  void set_local(std::size_t index, llvm::Value* argument);
  void check_room(llvm::Value* also, std::uint32_t cell);
  void emit_loop_entry();
  void enter_at_loop(llvm::BasicBlock* label);
  void note_frame();
  void return_values(const bytecode::ResultType& results);
  void return_from_slots();
  llvm::BasicBlock* leaving_block();
  void trap_here(std::uint32_t cell, llvm::Value* kind);
  void poll();
  void leave_for(llvm::Value* better);
  void finish(llvm::Value* cell);
  [[nodiscard]] bool is_quiet_loop() const;
  void enter_quiet_loop();
  void leave_quiet_loop();
  [[nodiscard]] std::optional<std::uint32_t> fuel_cell() const;
  void pay_here();
  llvm::CallInst* call_host(const void* function, llvm::Type* result,
                            llvm::ArrayRef<llvm::Value*> arguments);

  // For tests (switch_lowering.cpp).
  void switch_by_chance(std::uint32_t cell);

  // Instructions.
  bool step();
  bool plain(bytecode::Opcode opcode);
  bool begin_block(bytecode::Opcode opcode);
  void begin_else();
  void begin_catch(bytecode::Opcode opcode);
  bool end();
  void br(std::uint32_t depth);
  void br_if(std::uint32_t depth);
  void br_table();
  void jump(Block& target);
  void br_on_null(std::uint32_t depth, bool when_null);

  // Calls, and what else is the interpreter's (call_lowering.cpp).
  bool call(bytecode::Opcode opcode);
  Values::Callee callee_of(const Call& call, bytecode::FuncIndex callee);
  llvm::Value* body_in_table(const Call& call, std::uint32_t table, bytecode::TypeIndex type,
                             llvm::BasicBlock* slow);
  llvm::Value* body_of_reference(llvm::Value* function, llvm::BasicBlock* slow);
  llvm::Value* body_at(llvm::Value* code_index);
  void require(llvm::Value* condition, llvm::BasicBlock* otherwise);
  void call_natively(const Call& call, const Values::Callee& callee);
  void take_results(const Call& call);
  void push_results(const Call& call);
  void tail_call_natively(const Call& call, llvm::Value* body);
  void call_in_interpreter(const Call& call);
  void check_unwinding(llvm::Value* unwinds);
  [[nodiscard]] bool in_try() const;
  void pass_exception_on();
  bool on_slots(bytecode::Opcode opcode);
  bool throw_away(bytecode::interp::Special special, std::size_t operands);
  bool runtime(bytecode::Opcode opcode, bytecode::interp::Special special, std::size_t operands,
               std::optional<bytecode::ValType> result);
  void push_slots(std::span<const bytecode::ValType> types);

  // Memories other than a guarded one (memory_lowering.cpp).
  llvm::Value* checked_address(llvm::Value* index, const bytecode::MemArg& arg,
                               std::uint64_t bytes);

  // Objects and references (object_lowering.cpp).
  /// A struct or array that is to be made, by what operation of the runtime.
  struct NewObject {
    std::uint32_t type = 0;
    bytecode::interp::Special special = bytecode::interp::Special::kStructNew;
    std::size_t operands = 0;
    // If its size is known; else no bytes.
    std::uint64_t bytes = 0;
    std::uint32_t length = 0;
    std::vector<bytecode::gc::Field> fields;
    std::vector<const bytecode::FieldType*> declared;  ///< of each field
    std::vector<llvm::Value*> values;                  ///< of each field; none: all zero or null
  };
  bool object(bytecode::Opcode opcode);
  llvm::Value* pop_object();
  llvm::Value* in_object(llvm::Value* reference, std::uint64_t offset);
  llvm::Value* array_length(llvm::Value* array);
  llvm::Value* element_address(llvm::Value* array, llvm::Value* index,
                               bytecode::gc::Storage storage);
  llvm::Type* stored_type(const bytecode::FieldType& declared);
  void push_field(llvm::Value* at, const bytecode::FieldType& declared,
                  bytecode::gc::Storage storage, bool is_signed);
  void initialize_field(llvm::Value* at, llvm::Value* value, const bytecode::FieldType& declared,
                        bytecode::gc::Storage storage);
  void store_field(llvm::Value* at, llvm::Value* value, const bytecode::FieldType& declared,
                   bytecode::gc::Storage storage);
  void struct_access(bytecode::Opcode opcode);
  void array_access(bytecode::Opcode opcode);
  llvm::Value* matches(llvm::Value* reference, bytecode::ValType from, bytecode::RefType to);
  llvm::Value* matches_object(llvm::Value* reference, bytecode::ValType from, bytecode::RefType to,
                              bytecode::interp::CastTarget target);
  llvm::Value* type_id(std::uint32_t type);
  void br_on_cast(bool on_fail);
  // Allocation (allocation_lowering.cpp).
  NewObject read_new_object(bytecode::Opcode opcode);
  bool new_object(bytecode::Opcode opcode);
  llvm::Value* make_inline(const NewObject& object, llvm::BasicBlock* slow);
  llvm::Value* make_array(const NewObject& object, llvm::BasicBlock* slow);
  llvm::Value* take_room(std::uint32_t type, llvm::Value* bytes, llvm::Value* length,
                         llvm::BasicBlock* slow);
  void note_place(std::uint32_t cell);
  void run_operation(bytecode::interp::Special special, std::uint32_t cell, std::uint32_t slot);

  [[nodiscard]] std::optional<std::uint32_t> find_cell(bytecode::interp::Special special) const;
  [[nodiscard]] std::uint32_t cell_here() const;
  [[nodiscard]] std::uint32_t label_cell() const;
  Block& block(std::uint32_t depth) { return blocks_[blocks_.size() - 1 - depth]; }
  static const bytecode::ResultType& label_types(const Block& block) {
    return block.opcode == bytecode::Opcode::kLoop ? block.params : block.results;
  }
  [[nodiscard]] bool uses(bytecode::interp::Optimization optimization) const {
    return host_.settings.uses(optimization);
  }
  llvm::BasicBlock* new_block(const char* name) {
    return llvm::BasicBlock::Create(context_, name, body_);
  }
  llvm::MDNode* unlikely() { return llvm::MDBuilder(context_).createBranchWeights(1, 1U << 20U); }
  llvm::Value* thread_field(llvm::Type* type, std::size_t distance) {
    return ir_.CreateAlignedLoad(type, field(thread(), distance), llvm::Align(1), true);
  }
  llvm::Value* invariant(llvm::Type* type, llvm::Value* from, std::size_t distance);
  /// A pointer in the Context, and one in an array of pointers there.
  llvm::Value* context_field(std::size_t distance) {
    return invariant(ir_.getPtrTy(), instance_, distance);
  }
  llvm::Value* context_entry(std::size_t distance, std::uint32_t index) {
    return invariant(ir_.getPtrTy(), context_field(distance), index * sizeof(void*));
  }
  llvm::Value* frame() { return frame_; }
  llvm::Value* thread() { return body_->getArg(kThread); }
  llvm::Value* constant(std::uint64_t value) { return ir_.getInt64(value); }
  llvm::Value* pointer(const void* host_address) { return symbols_.address(module_, host_address); }
  llvm::GlobalVariable* room_for_cells(std::size_t cells);
  void make_room_for_all_cells();
  llvm::Value* cell_address(std::uint32_t cell) {
    return field(cells_, (first_cell_ + cell) * sizeof(bytecode::interp::Cell));
  }
  llvm::Value* field(llvm::Value* base, std::size_t bytes);

  const bytecode::interp::FunctionToCompile& function_;
  const HostSymbols& symbols_;
  const bytecode::interp::CompilerHost& host_;
  llvm::Module& module_;
  Thunks& thunks_;
  llvm::LLVMContext& context_;
  std::string name_;
  std::uint32_t first_line_;
  Convention convention_;
  Registers taken_;  ///< by the body
  llvm::Function* body_;
  FunctionLowering* const caller_;  ///< that this is inlined in; else null
  FunctionLowering& outermost_;     ///< not inlined
  llvm::Value* frame_;
  std::uint32_t slot_ = 0;                ///< where the frame begins, from the outermost one's on
  std::uint32_t number_ = 0;              ///< among the inlined ones, from 1 on
  std::uint32_t depth_ = 0;               ///< of inlined calls
  const Call* call_ = nullptr;            ///< that is inlined
  llvm::BasicBlock* returned_ = nullptr;  ///< in the caller, behind that call
  std::unique_ptr<llvm::IRBuilder<>> own_ir_;
  llvm::IRBuilder<>& ir_;         ///< the outermost one's
  llvm::GlobalVariable* cells_;   ///< the room for all of them
  std::uint32_t first_cell_ = 0;  ///< of this function's, there
  Values values_;
  LlvmBuilder builder_;
  llvm::Value* instance_ = nullptr;  ///< its Context
  llvm::Value* memory_ = nullptr;    ///< the base of memory 0
  llvm::DISubprogram* lines_;        ///< whose lines are cells, from 1 on
  bytecode::TrustedCodeReader reader_;
  const bytecode::FuncType& type_;
  std::vector<Variable> locals_;
  std::uint32_t first_home_ = 0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, llvm::AllocaInst*> variables_;
  std::vector<Variable> stack_;
  std::vector<Block> blocks_;
  std::uint32_t offset_ = 0;  ///< of the present instruction in the module
  bool unreachable_ = false;
  llvm::BasicBlock* loop_entry_ = nullptr;  ///< of code that begins at a loop, until it is found
  std::uint32_t after_fuel_ = 0;            ///< the cell behind the last one that took fuel
  llvm::BasicBlock* leaving_ = nullptr;     ///< passes an exception on
  bool is_leaf_ = true;                     ///< it calls nothing and keeps no references
  bool has_accesses_ = false;               ///< to memory
  // Of the outermost alone.
  std::vector<bytecode::interp::InlinedCall> inlined_;
  std::size_t inlined_bytes_ = 0;
  std::uint32_t all_cells_ = 0;
  std::uint32_t frame_slots_ = 0;
  llvm::GetElementPtrInst* frame_end_ = nullptr;  ///< that is checked at entry

  std::set<std::uint32_t> quiet_loops_;     ///< offsets of loops in which nothing is called
  std::optional<std::size_t> quiet_block_;  ///< the outermost of them that is open
};

/// Whether the instruction has a Meaning that is lowered.
bool has_lowered_meaning(bytecode::Opcode opcode);
/// Emits such an instruction; false if it is none.
bool lower_numeric(FunctionLowering& function, bytecode::Opcode opcode);

}  // namespace doppel::jit
