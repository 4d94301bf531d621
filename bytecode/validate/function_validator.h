// SPDX-License-Identifier: Apache-2.0
// Types one function body or constant expression by abstract interpretation: an operand stack of
// types and a stack of open blocks (specification 3.4 and the algorithm of appendix A.3). The first
// violation is kept in the reader, which then stands at its end, so that no rule need check
// another.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bytecode/binary/instruction.h"
#include "bytecode/validate/context.h"

namespace doppel::bytecode {

/// See the file comment. One validator serves all bodies of a module, so that its stacks are
/// allocated once.
class FunctionValidator {
 public:
  explicit FunctionValidator(ValidationContext& context);

  /// Checks the body of a function that is not imported.
  Result<void> check_body(FuncIndex function);
  /// Checks that `expr` is constant and yields a `type`. It may read the globals below
  /// `visible_globals`; functions it refers to become referenced in the context. `place` is for
  /// messages.
  Result<void> check_constant(ConstExpr expr, ValType type, std::uint32_t visible_globals,
                              std::string_view place);

 private:
  /// The type of a block: of the module, or of at most one result.
  struct BlockSignature {
    const FuncType* func = nullptr;
    ValType result;
    bool has_result = false;
    [[nodiscard]] std::span<const ValType> params() const {
      return func != nullptr ? std::span<const ValType>(func->params) : std::span<const ValType>();
    }
    [[nodiscard]] std::span<const ValType> results() const {
      return func != nullptr ? std::span<const ValType>(func->results)
                             : std::span(&result, has_result ? 1 : 0);
    }
  };

  /// An open block. The function itself is the outermost.
  struct Frame {
    Opcode opcode = Opcode::kBlock;
    bool is_unreachable = false;
    BlockSignature type;
    std::uint32_t height = 0;       ///< of the operand stack, below the parameters
    std::uint32_t initialized = 0;  ///< how many locals had been initialized when it was opened
    [[nodiscard]] std::span<const ValType> label_types() const {
      return opcode == Opcode::kLoop ? type.params() : type.results();
    }
  };

  // function_validator.cpp: the driver, numeric, parametric and variable instructions
  void begin(ByteRange code, BlockSignature type);
  void run();
  [[gnu::always_inline]] inline void check(Opcode opcode);
  void check_fixed(Opcode opcode);
  void check_constant_opcode(Opcode opcode);
  Result<void> finish(std::string_view place);
  [[gnu::always_inline]] inline void local_get();
  [[gnu::always_inline]] inline void local_set(bool is_tee);
  void global_get();
  void global_set();
  void select();
  void select_typed();
  void lane(Opcode opcode);
  void shuffle();

  // control_instructions.cpp
  BlockSignature read_block_signature();
  void push_frame(Opcode opcode, const BlockSignature& type);
  Frame pop_frame();
  void block(Opcode opcode);
  void if_();
  void else_();
  void end();
  const Frame* label();
  const Frame* label(LabelIndex index);
  void br();
  void br_if();
  void br_table();
  void check_operands(std::span<const ValType> expected);
  void return_();
  const FuncType* callee_of_call();
  const FuncType* callee_of_call_indirect();
  const FuncType* callee_of_call_ref();
  void call(const FuncType* type);
  void return_call(const FuncType* type);
  const FuncType* tag_type(TagIndex tag);
  void throw_();
  void throw_ref();
  void try_table();
  void check_catch(const CatchClause& clause);
  void catch_(Opcode opcode);
  void rethrow();
  void delegate();

  // memory_instructions.cpp: memories and tables
  void memory_access(Opcode opcode);
  void memory_access_lane(Opcode opcode);
  void fixed_on_memory(Opcode opcode, ValType address);
  const MemoryType* memory(MemoryIndex index);
  void memory_whole(Opcode opcode);
  void memory_copy();
  void memory_init(Opcode opcode);
  void data_drop();
  bool data_segment(DataIndex index);
  const TableType* table(TableIndex index);
  const ElementSegment* element_segment(ElementIndex index);
  void table_get();
  void table_set();
  void table_size();
  void table_grow();
  void table_fill();
  void table_copy();
  void table_init();
  void elem_drop();

  // reference_instructions.cpp
  void ref_null();
  void ref_is_null();
  void ref_func();
  void ref_eq();
  void ref_as_non_null();
  void br_on_null();
  void br_on_non_null();
  void br_on_cast(bool on_fail);
  HeapType known_heap_type();
  void ref_test();
  void ref_cast(bool nullable);
  void convert_reference(HeapKind from, HeapKind to);

  // aggregate_instructions.cpp
  const CompositeType* composite(TypeIndex index, CompositeKind kind);
  const FieldType* array_element(TypeIndex index);
  void struct_new(bool is_default);
  void struct_get(Opcode opcode);
  void struct_set();
  void array_new(bool is_default);
  void array_new_fixed();
  void array_new_data();
  void array_new_elem();
  void array_get(Opcode opcode);
  void array_set();
  void array_fill();
  void array_copy();
  void array_init_data();
  void array_init_elem();
  void array_init(TypeIndex index);
  bool segment_matches(ElementIndex index, const FieldType& element);
  bool require_mutable(const FieldType& field);
  bool require_packing(Opcode opcode, const FieldType& field);
  bool require_bytes(const FieldType& field);

  // the operand stack
  void push(ValType type) { operands_.push_back(type); }
  void push(std::span<const ValType> types) {
    for (const ValType& type : types) push(type);
  }
  void pop(ValType expected) {
    if (operands_.size() > floor_ && operands_.back() == expected) [[likely]] {
      operands_.pop_back();
    } else {
      pop_slowly(expected);
    }
  }
  void pop(std::span<const ValType> expected) {
    for (std::size_t i = expected.size(); i > 0; --i) pop(expected[i - 1]);
  }
  void pop_slowly(ValType expected);
  /// Pops whatever there is; kBottom if nothing is known.
  ValType pop_any();
  /// Pops a reference; its heap type is kBottom if nothing is known.
  RefType pop_ref();
  /// Replaces what a branch would take by what the label says.
  void pop_push(std::span<const ValType> types) {
    pop(types);
    push(types);
  }
  void set_unreachable();

  // failures, at the current instruction
  [[gnu::cold, gnu::noinline]] void fail(std::string_view found, std::string_view expected,
                                         ErrorKind kind = ErrorKind::kInvalid);
  [[gnu::cold, gnu::noinline]] void fail_index(const char* space, std::uint32_t index,
                                               std::size_t size);
  [[gnu::cold, gnu::noinline]] void fail_underflow(std::string_view expected);

  ValidationContext& context_;
  const Module& module_;
  CodeReader reader_;
  ByteOffset at_;  ///< the current instruction
  std::vector<ValType> locals_;
  std::vector<bool> is_initialized_;        ///< by local; empty if all locals have defaults
  std::vector<std::uint32_t> initialized_;  ///< locals without default that were set, in order
  std::vector<ValType> operands_;
  std::vector<Frame> frames_;
  std::size_t floor_ = 0;  ///< height of the innermost frame
  bool is_constant_ = false;
  std::uint32_t visible_globals_ = 0;
};

}  // namespace doppel::bytecode
