// SPDX-License-Identifier: Apache-2.0
// Single instructions with their immediates, as the opcode table lists them: binary in, text out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bytecode/binary/instruction.h"
#include "bytecode/text/printed_names.h"

namespace doppel::bytecode::text {

/// What is in scope within one body or constant expression.
struct PrintedScope {
  PrintedSpace locals;
  std::unordered_map<std::uint32_t, std::string_view> label_names;  ///< by number of block
  std::uint32_t results = 0;                                        ///< of the function
};

/// An instruction as text, without parentheses. How many operands it takes and whether it yields
/// exactly one result are only told where that is known cheaply: they serve folding, which is a
/// matter of looks.
struct PrintedInstruction {
  Opcode opcode = Opcode::kNop;
  std::string text;
  std::uint32_t operands = 0;
  bool is_value = false;
};

/// See the file comment. Prints the instructions of one body in order. Borrows all.
class InstructionPrinter {
 public:
  InstructionPrinter(const Module& module, const PrintedNames& names, const PrintedScope& scope)
      : module_(module), names_(names), scope_(scope) {}

  /// The instruction at the reader. Whether it could be read, the reader tells.
  PrintedInstruction next(CodeReader& in);

  /// How many blocks are open.
  [[nodiscard]] std::size_t depth() const { return labels_.size(); }

 private:
  std::string immediates(Opcode opcode, CodeReader& in);
  std::string block(CodeReader& in);
  std::string block_type(const BlockType& type);
  std::string label(LabelIndex label) const;
  std::string label_table(CodeReader& in);
  std::string call_indirect(CodeReader& in);
  std::string memory_argument(Opcode opcode, CodeReader& in);
  std::string try_table(CodeReader& in);
  std::string cast_branch(CodeReader& in);
  std::string optional_pair(const PrintedSpace& space, CodeReader& in);
  std::string segment_and_target(const PrintedSpace& segments, const PrintedSpace& targets,
                                 CodeReader& in);
  std::string heap_type_of(Opcode opcode, CodeReader& in);
  std::string select_types(CodeReader& in);
  void count_call(std::uint32_t type, std::uint32_t more_operands);
  void count(Opcode opcode);
  void open_label();

  const Module& module_;
  const PrintedNames& names_;
  const PrintedScope& scope_;
  std::vector<std::string> labels_;  ///< identifiers, innermost last; empty: none
  std::uint32_t blocks_ = 0;
  std::string next_binding_;  ///< of the block being printed
  std::string next_label_;
  PrintedInstruction current_;
};

}  // namespace doppel::bytecode::text
