// SPDX-License-Identifier: Apache-2.0
// The walk over a body, as a class whose members are spread over predecode*.cpp: blocks, labels and
// calls in predecode.cpp; groups of instructions elsewhere. For these files alone.
#pragma once

#include <cstdint>
#include <vector>

#include "bytecode/binary/instruction.h"
#include "bytecode/interp/predecode.h"

namespace doppel::bytecode::interp {

/// No cell, no label.
inline constexpr std::uint32_t kNone = ~0U;

/// A block being predecoded. Cells that wait for its label form a list through their targets.
struct Block {
  Opcode opcode = Opcode::kBlock;
  std::size_t height = 0;  ///< of the stack below its parameters
  const ResultType* params = nullptr;
  const ResultType* results = nullptr;
  std::uint32_t loop_label = kNone;
  std::uint32_t waiting = kNone;    ///< branches to its end
  std::uint32_t otherwise = kNone;  ///< an if's branch to its else
  std::uint32_t catching = kNone;   ///< clauses to its end, a list through their cells
  std::uint32_t region = kNone;     ///< of a try block
};

/// Predecodes one function.
class Predecoder {
 public:
  Predecoder(const Module& module, FuncIndex function, const HandlerTable& handlers,
             PredecodeOptions options, EmitterBuffers& buffers)
      : module_(module),
        function_(function),
        type_(module.func_type(function)),
        body_(module.body(function)),
        handlers_(handlers),
        options_(options),
        reader_(module.bytes, body_.code),
        parameter_slots_(slot_count(type_.params)),
        emitter_(handlers, buffers, place_locals(buffers.stops)) {}

  Result<Predecoded> run();

 private:
  std::uint32_t place_locals(Stops* stops);

  bool step();
  void plain(Opcode opcode);
  void begin_block(Opcode opcode);
  void begin_else();
  bool end();
  void br(std::uint32_t depth);
  void br_if(std::uint32_t depth);
  void br_table();
  void call(Opcode opcode);
  void memory_access(Opcode opcode, ValType result);
  void lane_access(Opcode opcode);
  // References: predecode_references.cpp.
  void call_ref(bool tail);
  void br_on_null(std::uint32_t depth);
  void br_on_non_null(std::uint32_t depth);
  void br_on_cast(bool on_fail);
  static std::int32_t pack_cast(RefType type) {
    return CastType::pack(type.heap.is_defined() ? type.heap.index().value() : 0, type.nullable);
  }
  // Objects: predecode_objects.cpp. False if the opcode is none of theirs.
  bool object_instruction(Opcode opcode);
  bool struct_instruction(Opcode opcode);
  bool array_instruction(Opcode opcode);
  void array_with_segment(Opcode opcode, std::uint32_t type);
  [[nodiscard]] const gc::Field& field(std::uint32_t type, std::uint32_t index) const {
    return (*options_.layouts)[type].fields[index];
  }
  [[nodiscard]] const FieldType& field_type(std::uint32_t type, std::uint32_t index) const {
    return module_.types[type].composite.fields[index];
  }
  void table_operation(Opcode opcode);

  // Exceptions (predecode_exceptions.cpp).
  void begin_region(Block& block);
  void end_region(const Block& block);
  void catch_clauses(const Block& block);
  void land_clauses(Block& block);
  void throw_new();
  void throw_ref();
  void begin_catch(Opcode opcode);
  void rethrow(std::uint32_t depth);
  void delegate(std::uint32_t depth);
  TryRegions take_regions();
  [[nodiscard]] const FuncType& tag_type(std::uint32_t tag) const {
    return module_.func_type(module_.tags[tag].type);
  }

  [[nodiscard]] Block& block(std::uint32_t depth) { return blocks_[blocks_.size() - 1 - depth]; }
  [[nodiscard]] bool is_function(const Block& target) const { return &target == blocks_.data(); }
  static const ResultType& label_types(const Block& block) {
    return block.opcode == Opcode::kLoop ? *block.params : *block.results;
  }
  bool leads_directly(const Block& target, std::size_t above = 0);
  void jump_to(Block& target);
  void aim(Block& target, std::uint32_t cell);
  void wait(std::uint32_t& waiting, std::uint32_t cell);
  void land(std::uint32_t& waiting);
  void push_all(const ResultType& types) {
    for (const ValType type : types) emitter_.push_home(type);
  }
  void probe(ProbeEvent event, std::uint64_t location, std::size_t results = 0);
  void return_values(std::size_t count);
  void begin_stretch();
  void end_stretch();

  const Module& module_;
  const FuncIndex function_;
  const FuncType& type_;
  const FuncBody& body_;
  const HandlerTable& handlers_;
  PredecodeOptions options_;
  TrustedCodeReader reader_;
  std::uint32_t parameter_slots_;
  std::vector<std::uint32_t> local_slots_;
  std::vector<ValType> local_types_;
  std::uint32_t zeroed_slots_ = 0;
  Emitter emitter_;
  std::vector<Block> blocks_;
  /// A clause and its region's place in `regions_`.
  struct PendingClause {
    std::uint32_t region;
    CatchTarget target;
  };
  TryRegions regions_;  ///< in the order of their beginnings
  std::vector<PendingClause> clauses_;
  bool unreachable_ = false;
  std::uint32_t fuel_cell_ = kNone;
  std::int32_t fuel_ = 0;
};

}  // namespace doppel::bytecode::interp
