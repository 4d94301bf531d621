// SPDX-License-Identifier: Apache-2.0
// The random body of one function of a random module: instruction by instruction; whatever operands
// an instruction needs and the stack does not offer, are pushed before it.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "bytecode/binary/encoder.h"
#include "bytecode/isa/types.h"
#include "tests/bytecode/interp/choices.h"
#include "tests/bytecode/interp/random_instructions.h"
#include "tests/bytecode/interp/random_shape.h"

namespace doppel::bytecode {

/// The locals and instructions of a function, as the code section has them, without the size.
Encoder random_body(const RandomShape& shape, std::uint32_t function, Choices& choices);

/// What random_body() makes one with.
class RandomBody {
 public:
  RandomBody(const RandomShape& shape, std::uint32_t function, Choices& choices)
      : shape_(shape),
        type_(shape.func(shape.functions[function])),
        choices_(choices),
        locals_(type_.params) {
    for (std::size_t group = 0; group < kGroups; ++group)
      groups_[group] = instructions(static_cast<Group>(group), shape.options.features);
  }

  Encoder make();

 private:
  static constexpr int kMaxDepth = 5;
  static constexpr std::uint32_t kMaxInstructions = 250;

  struct Label {
    ResultType types;       ///< what a branch to it takes
    bool is_catch = false;  ///< its exception can be rethrown
  };

  // random_body.cpp: the stack and everything that is not control.
  void op(Opcode opcode) { code_.opcode(opcode); }
  void op(Opcode opcode, std::uint64_t immediate) {
    code_.opcode(opcode);
    code_.unsigned_leb(immediate);
  }
  void constant(ValType type, std::uint64_t value);
  void vector_constant(std::uint64_t half);
  void push(ValType type) { stack_.push_back(type); }
  void push_all(const ResultType& types) {
    stack_.insert(stack_.end(), types.begin(), types.end());
  }
  void pop(std::size_t count) { stack_.resize(stack_.size() - count); }
  void declare_locals(Encoder& out);
  void need(const ResultType& types);
  void need_operands(const std::vector<Operand>& operands);
  void take_care(const Operand& operand);
  void leaf(ValType type);
  void sequence(int depth);
  void instruction(int depth);
  void plain(Group group);
  void variable();
  void select();
  void drop();
  void without_nan(ValType type);
  void without_nan_lanes(bool is_f32x4);
  std::optional<std::uint32_t> local_of(ValType type);
  std::uint32_t aside(ValType type) const;

  // random_control.cpp
  void control(int depth);
  void block(int depth);
  void tick();
  void block_type(std::uint32_t signature);
  void contents(const ResultType& params, const ResultType& results, bool is_loop, int depth);
  void leave_only(const ResultType& results, bool by_branch);
  std::uint32_t label_count() const { return static_cast<std::uint32_t>(labels_.size()); }
  const Label& label(std::uint32_t depth) const { return labels_[labels_.size() - 1 - depth]; }
  std::optional<std::uint32_t> label_that(const std::function<bool(const ResultType&)>& fits);
  void branch();
  void branch_table();
  void branch_on_null();
  void branch_on_cast();
  void call();
  void tail_call();
  void call_instruction(std::uint32_t function, const std::array<Opcode, 3>& opcodes);

  // random_exceptions.cpp
  void exceptions(int depth);
  void throw_tag();
  void throw_again();
  void try_table(int depth);
  void old_try(int depth);
  void old_throw_again();

  const RandomShape& shape_;
  std::array<std::vector<Opcode>, kGroups> groups_;
  const FuncType& type_;
  Choices& choices_;
  Encoder code_;
  ResultType locals_;
  ResultType stack_;  ///< of the innermost block
  std::vector<Label> labels_;
  std::uint32_t instructions_ = 0;
};

}  // namespace doppel::bytecode
