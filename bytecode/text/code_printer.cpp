// SPDX-License-Identifier: Apache-2.0
// Flat code is printed as it is read. Folded code becomes a tree first; any run of instructions
// before another may be folded into it without a change of meaning, so that the tree needs no
// types.
#include "bytecode/text/code_printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "bytecode/text/lexer.h"

namespace doppel::bytecode::text {
namespace {

constexpr unsigned kStep = 2;
constexpr unsigned kMaxIndent = 80;  // what nests deeper is not indented further
constexpr std::size_t kLineWidth = 100;

void begin_line(std::string& out, std::size_t indent) {
  out += '\n';
  out.append(std::min<std::size_t>(indent, kMaxIndent), ' ');
}

std::string hint_text(std::uint8_t value) {
  return fmt::format("{} \"\\{:02x}\")", kBranchHintAnnotation, value);
}

/// Reads the instructions of one range one after the other.
class CodeWalk {
 public:
  CodeWalk(const Module& module, const PrintedNames& names, const PrintedScope& scope,
           const HintsByOffset& hints, ByteRange range)
      : reader_(module.bytes, range, Features::all()),
        printer_(module, names, scope),
        hints_(hints) {}

  /// Moves to the next instruction; false at the final `end` and where none can be read.
  bool next() {
    if (reader_.at_end()) return false;
    const auto hint = hints_.find(reader_.offset().value());
    hint_ = hint == hints_.end() ? "" : hint_text(hint->second);
    const std::size_t depth = printer_.depth();
    current_ = printer_.next(reader_);
    return !reader_.failed() && (current_.opcode != Opcode::kEnd || depth != 0);
  }
  [[nodiscard]] const PrintedInstruction& instruction() const { return current_; }
  /// The annotation before the instruction, if it has one.
  [[nodiscard]] const std::string& hint() const { return hint_; }

  Result<void> finish() const {
    if (!reader_.failed()) return {};
    const ReadFailure& failure = reader_.failure();
    return tl::unexpected(module_error(failure.kind, failure.offset, "code", failure.detail));
  }

 private:
  CodeReader reader_;
  InstructionPrinter printer_;
  const HintsByOffset& hints_;
  PrintedInstruction current_;
  std::string hint_;
};

bool opens_block(Opcode opcode) {
  const Immediates immediates = info(opcode).immediates;
  return immediates == Immediates::kBlockType || immediates == Immediates::kTryTable;
}

bool begins_arm(Opcode opcode) {
  return opcode == Opcode::kElse || opcode == Opcode::kCatch || opcode == Opcode::kCatchAll;
}

std::string print_flat(CodeWalk& walk, unsigned indent) {
  std::string out;
  std::size_t depth = indent;
  while (walk.next()) {
    const Opcode opcode = walk.instruction().opcode;
    const bool closes = opcode == Opcode::kEnd || opcode == Opcode::kDelegate;
    if (closes && depth >= kStep) depth -= kStep;
    if (!walk.hint().empty()) {
      begin_line(out, depth);
      out += walk.hint();
    }
    begin_line(out, begins_arm(opcode) && depth >= kStep ? depth - kStep : depth);
    out += walk.instruction().text;
    if (opens_block(opcode)) depth += kStep;
  }
  return out;
}

/// Builds and prints the tree of folded code. Nodes are numbers, so that deep trees need no stack.
class FoldedCode {
 public:
  std::string print(CodeWalk& walk, unsigned indent) {
    open_arm(add({}, "", false), false);
    while (walk.next()) add_instruction(walk.instruction(), walk.hint());
    while (frames_.size() > 1) close_block();
    close_arm();
    for (std::uint32_t item : nodes_[0].children) render(item, indent);
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kWide = std::numeric_limits<std::size_t>::max() / 2;

  struct Node {
    std::string head;
    std::string hint;
    bool is_value = false;
    std::size_t width = 0;  ///< on one line; kWide where it takes several
    std::vector<std::uint32_t> children;
  };
  /// A block being read: its node, and the arm (then, do, ...) that instructions go to.
  struct Frame {
    std::uint32_t block;
    std::uint32_t arm;
    std::size_t first_item;  ///< of the arm, in items_
  };

  std::uint32_t add(std::string head, std::string hint, bool is_value) {
    nodes_.push_back({std::move(head), std::move(hint), is_value, 0, {}});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  /// Begins the arm of a new frame: the block itself, or a part of it with a head of its own.
  void open_arm(std::uint32_t block, bool has_parts, const char* head = "") {
    const std::uint32_t arm = has_parts ? add(head, "", false) : block;
    frames_.push_back({block, arm, items_.size()});
  }

  /// Makes the items read since the arm began its children.
  void close_arm() {
    const Frame& frame = frames_.back();
    Node& arm = nodes_[frame.arm];
    arm.children.insert(arm.children.end(),
                        items_.begin() + static_cast<std::ptrdiff_t>(frame.first_item),
                        items_.end());
    items_.resize(frame.first_item);
    arm.width = arm.children.empty() ? arm.head.size() + 2 : kWide;
    if (frame.arm != frame.block) nodes_[frame.block].children.push_back(frame.arm);
  }

  void close_block() {
    close_arm();
    const std::uint32_t block = frames_.back().block;
    nodes_[block].width = nodes_[block].children.empty() ? nodes_[block].head.size() + 2 : kWide;
    frames_.pop_back();
    items_.push_back(block);
  }

  void next_arm(const std::string& head) {
    close_arm();
    frames_.back().arm = add(head, "", false);
  }

  void add_instruction(const PrintedInstruction& instruction, const std::string& hint) {
    const Opcode opcode = instruction.opcode;
    if (frames_.size() > 1 && begins_arm(opcode)) return next_arm(instruction.text);
    if (frames_.size() > 1 && opcode == Opcode::kEnd) return close_block();
    if (frames_.size() > 1 && opcode == Opcode::kDelegate) {
      next_arm(instruction.text);
      return close_block();
    }
    const std::uint32_t node = add(instruction.text, hint, instruction.is_value);
    take_operands(node, instruction.operands);
    if (opcode == Opcode::kIf) return open_arm(node, true, "then");
    if (opcode == Opcode::kTry) return open_arm(node, true, "do");
    if (opens_block(opcode)) return open_arm(node, false);
    items_.push_back(node);
  }

  /// Moves up to `count` values from the end of the arm into the node.
  void take_operands(std::uint32_t node, std::uint32_t count) {
    std::size_t first = items_.size();
    while (count > 0 && first > frames_.back().first_item && nodes_[items_[first - 1]].is_value) {
      --first;
      --count;
    }
    Node& to = nodes_[node];
    to.width = to.head.size() + 2;
    for (std::size_t i = first; i < items_.size(); ++i) {
      to.children.push_back(items_[i]);
      to.width = std::min(kWide, to.width + 1 + nodes_[items_[i]].width);
    }
    if (!to.hint.empty()) to.width = kWide;
    items_.resize(first);
  }

  void render(std::uint32_t root, std::size_t indent) {
    struct Place {
      std::uint32_t node;
      std::size_t next_child;
      std::size_t indent;
      bool on_one_line;
    };
    std::vector<Place> places;
    const auto open = [&](std::uint32_t index, std::size_t at, bool on_one_line) {
      const Node& node = nodes_[index];
      if (on_one_line) {
        out_ += ' ';
      } else {
        if (!node.hint.empty()) {
          begin_line(out_, at);
          out_ += node.hint;
        }
        begin_line(out_, at);
      }
      out_ += '(';
      out_ += node.head;
      places.push_back({index, 0, at, on_one_line || at + node.width <= kLineWidth});
    };
    open(root, indent, false);
    while (!places.empty()) {
      Place& place = places.back();
      const Node& node = nodes_[place.node];
      if (place.next_child == node.children.size()) {
        out_ += ')';
        places.pop_back();
      } else {
        const std::uint32_t child = node.children[place.next_child++];
        open(child, place.indent + kStep, place.on_one_line);
      }
    }
  }

  std::string out_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> items_;  ///< of all open arms
  std::vector<Frame> frames_;
};

}  // namespace

Result<std::string> print_code(const Module& module, const PrintedNames& names,
                               const PrintedScope& scope, const HintsByOffset& hints,
                               ByteRange range, PrintStyle style, unsigned indent) {
  CodeWalk walk(module, names, scope, hints, range);
  std::string text =
      style == PrintStyle::kFlat ? print_flat(walk, indent) : FoldedCode().print(walk, indent);
  DOPPEL_TRY(walk.finish());
  return text;
}

Result<std::string> print_expression(const Module& module, const PrintedNames& names,
                                     ByteRange range, std::uint32_t& count) {
  const PrintedScope scope;
  const HintsByOffset hints;
  CodeWalk walk(module, names, scope, hints, range);
  std::string text;
  for (count = 0; walk.next(); ++count) {
    if (count > 0) text += ' ';
    text += walk.instruction().text;
  }
  DOPPEL_TRY(walk.finish());
  return text;
}

}  // namespace doppel::bytecode::text
