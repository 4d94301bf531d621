// SPDX-License-Identifier: Apache-2.0
// The structure of code: blocks, folding, labels, branch hints.
#include "bytecode/text/code_parser.h"

namespace doppel::bytecode::text {

Result<void> CodeParser::expression() {
  DOPPEL_TRY(instructions(false));
  out_.opcode(Opcode::kEnd);
  return {};
}

Result<void> CodeParser::folded_expression() {
  if (!in_.at(TokenKind::kOpen)) return in_.unexpected("a folded instruction");
  DOPPEL_TRY(instructions(true));
  out_.opcode(Opcode::kEnd);
  return {};
}

Result<void> CodeParser::instructions(bool only_one) {
  do {
    if (in_.at(TokenKind::kKeyword)) {
      DOPPEL_TRY(flat_instruction());
    } else if (in_.at(TokenKind::kOpen)) {
      DOPPEL_TRY(folded_instruction());
    } else if (in_.at_annotation(kBranchHintAnnotation)) {
      DOPPEL_TRY(branch_hint());
    } else if (in_.at(TokenKind::kClose)) {
      if (next_hint_) return in_.unexpected("the instruction of the branch hint");
      if (frames_.empty()) return {};
      DOPPEL_TRY(close_folded());
    } else {
      return in_.unexpected("an instruction");
    }
  } while (!only_one || !frames_.empty());
  return {};
}

bool CodeParser::takes_instructions() const {
  if (frames_.empty()) return true;
  switch (frames_.back().kind) {
    case FrameKind::kBlock:
    case FrameKind::kIf:
    case FrameKind::kTry:
    case FrameKind::kCatch:
    case FrameKind::kBody: return true;
    default: return false;
  }
}

Result<Opcode> CodeParser::expect_opcode(std::size_t ahead) {
  if (in_.peek(ahead).kind == TokenKind::kKeyword) {
    if (const auto opcode = find_opcode(in_.text(ahead))) return *opcode;
  }
  in_.advance(ahead);
  return in_.unexpected("an instruction");
}

// Flat instructions

Result<void> CodeParser::flat_instruction() {
  const Opcode opcode = DOPPEL_TRY(expect_opcode(0));
  if (!takes_instructions()) return in_.unexpected("\"(\" or \")\"");
  switch (opcode) {
    case Opcode::kBlock:
    case Opcode::kLoop:
    case Opcode::kTryTable:
    case Opcode::kIf:
    case Opcode::kTry: return open_flat(opcode);
    case Opcode::kElse:
    case Opcode::kCatch:
    case Opcode::kCatchAll: return next_arm(opcode);
    case Opcode::kDelegate: return delegate();
    case Opcode::kEnd: return end_flat();
    default: break;
  }
  record_hint(DOPPEL_TRY(take_hint(opcode)));
  in_.advance();
  return immediates_.instruction(opcode, out_);
}

Result<void> CodeParser::open_flat(Opcode opcode) {
  record_hint(DOPPEL_TRY(take_hint(opcode)));
  const FrameKind kind = opcode == Opcode::kIf    ? FrameKind::kIf
                         : opcode == Opcode::kTry ? FrameKind::kTry
                                                  : FrameKind::kBlock;
  Frame& frame = push(kind);
  in_.advance();
  frame.is_labelled = true;
  return block_start(opcode);
}

/// The label, opcode and immediates of a block whose keyword was just taken.
Result<void> CodeParser::block_start(Opcode opcode) {
  Binding binding = DOPPEL_TRY(parse_binding(in_));
  DOPPEL_TRY(immediates_.instruction(opcode, out_));
  define_label(std::move(binding));
  return {};
}

/// `else`, `catch` and `catch_all`.
Result<void> CodeParser::next_arm(Opcode opcode) {
  const bool is_else = opcode == Opcode::kElse;
  const FrameKind kind = frames_.empty() ? FrameKind::kDone : frames_.back().kind;
  const bool in_try =
      (kind == FrameKind::kTry || kind == FrameKind::kCatch) && !frames_.back().has_catch_all;
  if (is_else ? kind != FrameKind::kIf : !in_try) return in_.unexpected("an instruction");
  in_.advance();
  frames_.back().kind = is_else ? FrameKind::kBlock : FrameKind::kCatch;
  frames_.back().has_catch_all = opcode == Opcode::kCatchAll;
  if (opcode != Opcode::kCatch) DOPPEL_TRY(repeated_label());
  return immediates_.instruction(opcode, out_);
}

/// `delegate l`, whose label counts from outside of the try.
Result<void> CodeParser::delegate() {
  if (frames_.empty() || frames_.back().kind != FrameKind::kTry) {
    return in_.unexpected("an instruction");
  }
  in_.advance();
  code_.labels.pop_back();
  frames_.pop_back();
  return immediates_.instruction(Opcode::kDelegate, out_);
}

Result<void> CodeParser::end_flat() {
  if (frames_.empty() || frames_.back().kind == FrameKind::kBody) {
    return in_.unexpected("an instruction");
  }
  in_.advance();
  DOPPEL_TRY(repeated_label());
  close_label();
  frames_.pop_back();
  return {};
}

/// Behind `else` and `end`, the block's label may be repeated.
Result<void> CodeParser::repeated_label() {
  const std::size_t place = in_.place();
  if (const auto id = in_.take_id(); id && id != code_.labels.back()) {
    in_.seek(place);
    return in_.unexpected("the label that the block began with");
  }
  return {};
}

// Folded instructions

Result<void> CodeParser::folded_instruction() {
  const FrameKind kind = frames_.empty() ? FrameKind::kBody : frames_.back().kind;
  if (kind == FrameKind::kAfterThen || (kind == FrameKind::kCondition && in_.at_form("then"))) {
    return then_or_else();
  }
  if (kind == FrameKind::kTryStart || kind == FrameKind::kTryParts) return try_part();
  if (kind == FrameKind::kDone) return in_.unexpected("\")\"");
  return open_folded(DOPPEL_TRY(expect_opcode(1)));
}

Result<void> CodeParser::open_folded(Opcode opcode) {
  const std::size_t place = in_.place();
  const auto hint = DOPPEL_TRY(take_hint(opcode));
  in_.advance(2);
  switch (opcode) {
    case Opcode::kBlock:
    case Opcode::kLoop:
    case Opcode::kTryTable: push(FrameKind::kBody).is_labelled = true; return block_start(opcode);
    case Opcode::kTry: push(FrameKind::kTryStart).is_labelled = true; return block_start(opcode);
    case Opcode::kElse:
    case Opcode::kCatch:
    case Opcode::kCatchAll:
    case Opcode::kDelegate:
    case Opcode::kEnd: in_.seek(place + 1); return in_.unexpected("an instruction");
    default: break;
  }
  const bool is_if = opcode == Opcode::kIf;
  Frame& frame = push(is_if ? FrameKind::kCondition : FrameKind::kOperands);
  frame.hint = hint;
  if (is_if) frame.binding = DOPPEL_TRY(parse_binding(in_));
  return immediates_.instruction(opcode, pending_);
}

/// (then ...) behind the condition, (else ...) behind that.
Result<void> CodeParser::then_or_else() {
  Frame& frame = frames_.back();
  if (frame.kind == FrameKind::kCondition) {
    DOPPEL_TRY(in_.expect_form("then"));
    flush_pending(frame);
    define_label(std::move(frame.binding));
    frame.is_labelled = true;
    frame.kind = FrameKind::kAfterThen;
  } else {
    DOPPEL_TRY(in_.expect_form("else"));
    out_.opcode(Opcode::kElse);
    frame.kind = FrameKind::kDone;
  }
  push(FrameKind::kBody);
  return {};
}

/// (do ...), (catch x ...), (catch_all ...), (delegate l).
Result<void> CodeParser::try_part() {
  Frame& frame = frames_.back();
  if (frame.kind == FrameKind::kTryStart) {
    DOPPEL_TRY(in_.expect_form("do"));
    frame.kind = FrameKind::kTryParts;
  } else if (!frame.has_catch_all && in_.take_form("catch")) {
    frame.has_catch = true;
    DOPPEL_TRY(immediates_.instruction(Opcode::kCatch, out_));
  } else if (!frame.has_catch_all && in_.take_form("catch_all")) {
    frame.has_catch_all = true;
    out_.opcode(Opcode::kCatchAll);
  } else if (!frame.has_catch && !frame.has_catch_all && in_.take_form("delegate")) {
    code_.labels.pop_back();
    frame.is_labelled = false;
    frame.kind = FrameKind::kDone;
    DOPPEL_TRY(immediates_.instruction(Opcode::kDelegate, out_));
    return in_.expect_close();
  } else {
    return in_.unexpected("\")\" or a further part of the try");
  }
  push(FrameKind::kBody);
  return {};
}

Result<void> CodeParser::close_folded() {
  Frame& frame = frames_.back();
  switch (frame.kind) {
    case FrameKind::kCondition: return in_.unexpected("\"(then\"");
    case FrameKind::kTryStart: return in_.unexpected("\"(do\"");
    case FrameKind::kBlock:
    case FrameKind::kIf:
    case FrameKind::kTry:
    case FrameKind::kCatch: return in_.unexpected("\"end\"");
    default: break;
  }
  in_.advance();
  flush_pending(frame);
  if (frame.is_labelled) close_label();
  frames_.pop_back();
  return {};
}

// Frames, labels, hints

CodeParser::Frame& CodeParser::push(FrameKind kind) {
  Frame& frame = frames_.emplace_back();
  frame.kind = kind;
  frame.pending = pending_.size();
  return frame;
}

void CodeParser::define_label(Binding binding) {
  if (binding.display()) label_names_.emplace_back(blocks_, *binding.display());
  ++blocks_;
  code_.labels.push_back(std::move(binding.id));
}

void CodeParser::close_label() {
  out_.opcode(Opcode::kEnd);
  code_.labels.pop_back();
}

/// Writes what was postponed until after the operands.
void CodeParser::flush_pending(Frame& frame) {
  record_hint(frame.hint);
  frame.hint.reset();
  out_.raw(pending_.bytes().subspan(frame.pending));
  pending_.truncate(frame.pending);
}

void CodeParser::record_hint(std::optional<std::uint8_t> hint) {
  if (hint) hints_.push_back({out_.size(), *hint});
}

Result<void> CodeParser::branch_hint() {
  if (next_hint_ || !takes_instructions()) return in_.unexpected("an instruction");
  in_.advance();
  const Cursor at = in_;
  const std::string value = DOPPEL_TRY(in_.expect_string());
  if (value.size() != 1 || value[0] < 0 || value[0] > 1) {
    return at.unexpected("the branch hint \"\\00\" or \"\\01\"");
  }
  next_hint_ = static_cast<std::uint8_t>(value[0]);
  return in_.expect_close();
}

/// The hint that stood before this instruction, which must be a conditional branch.
Result<std::optional<std::uint8_t>> CodeParser::take_hint(Opcode opcode) {
  if (next_hint_ && opcode != Opcode::kIf && opcode != Opcode::kBrIf) {
    return in_.error(ErrorKind::kInvalid, "found a branch hint, expected it at if or br_if only");
  }
  return std::exchange(next_hint_, std::nullopt);
}

}  // namespace doppel::bytecode::text
