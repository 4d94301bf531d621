// SPDX-License-Identifier: Apache-2.0
// Instructions of the text format (specification 6.5), flat and folded, written out as binary code
// while they are read. Nesting is kept on a stack of its own, so that no text can exhaust the
// host's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bytecode/text/immediate_parser.h"

namespace doppel::bytecode::text {

/// A branch hint at an instruction, by its offset in the code.
struct BranchHint {
  std::uint32_t offset = 0;
  std::uint8_t value = 0;
};

/// See the file comment. One parser reads one function body or one constant expression.
class CodeParser {
 public:
  /// Borrows all; code is appended to `out`.
  CodeParser(Cursor& in, Scope& scope, Encoder& out)
      : in_(in), immediates_(in, scope, code_), out_(out) {}

  /// Instructions up to a closing parenthesis, which stays, and the final `end`.
  Result<void> expression();
  /// One folded instruction, and the final `end`.
  Result<void> folded_expression();

  /// What the code can name besides the module's index spaces; locals are defined by the caller.
  [[nodiscard]] CodeScope& scope() { return code_; }
  /// Names of labels, by the number of their block in the function.
  [[nodiscard]] const NameMap& label_names() const { return label_names_; }
  [[nodiscard]] const std::vector<BranchHint>& hints() const { return hints_; }

 private:
  /// What an open construct is, which decides what may stand in it.
  enum class FrameKind : std::uint8_t {
    kBlock,      ///< block, loop, try_table or else: instructions up to `end`
    kIf,         ///< flat if: up to `else` or `end`
    kTry,        ///< flat try: up to `catch`, `catch_all`, `delegate` or `end`
    kCatch,      ///< flat catch: up to `catch`, `catch_all` or `end`
    kOperands,   ///< folded plain instruction: folded operands
    kBody,       ///< folded block, then, else, do or catch: instructions up to ")"
    kCondition,  ///< folded if: folded operands, then (then ...)
    kAfterThen,  ///< folded if behind (then ...): (else ...) or ")"
    kTryStart,   ///< folded try: (do ...)
    kTryParts,   ///< folded try behind (do ...): catches, or (delegate l)
    kDone,       ///< only ")" may follow
  };
  struct Frame {
    FrameKind kind = FrameKind::kBlock;
    bool is_labelled = false;  ///< a label and an `end` belong to it
    bool has_catch = false;
    bool has_catch_all = false;
    std::uint32_t pending = 0;  ///< where its postponed code begins in pending_
    std::optional<std::uint8_t> hint;
    Binding binding;  ///< of its label, while that is postponed
  };

  Result<void> instructions(bool only_one);
  Result<void> flat_instruction();
  Result<void> open_flat(Opcode opcode);
  Result<void> next_arm(Opcode opcode);
  Result<void> delegate();
  Result<void> end_flat();
  Result<void> repeated_label();

  Result<void> folded_instruction();
  Result<void> open_folded(Opcode opcode);
  Result<void> then_or_else();
  Result<void> try_part();
  Result<void> close_folded();

  Result<void> branch_hint();
  Result<std::optional<std::uint8_t>> take_hint(Opcode opcode);
  Result<Opcode> expect_opcode(std::size_t ahead);
  Result<void> block_start(Opcode opcode);

  Frame& push(FrameKind kind);
  void close_label();
  void define_label(Binding binding);
  void flush_pending(Frame& frame);
  void record_hint(std::optional<std::uint8_t> hint);
  [[nodiscard]] bool takes_instructions() const;

  Cursor& in_;
  CodeScope code_;
  ImmediateParser immediates_;
  Encoder& out_;
  Encoder pending_;  ///< code of folded instructions, whose operands come first
  std::vector<Frame> frames_;
  std::uint32_t blocks_ = 0;
  NameMap label_names_;
  std::vector<BranchHint> hints_;
  std::optional<std::uint8_t> next_hint_;
};

}  // namespace doppel::bytecode::text
