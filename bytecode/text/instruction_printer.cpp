// SPDX-License-Identifier: Apache-2.0
// One function for each form of immediates; the mirror of immediate_parser.cpp.
#include "bytecode/text/instruction_printer.h"

#include <fmt/format.h>

#include "bytecode/text/lexer.h"
#include "bytecode/text/literal.h"

namespace doppel::bytecode::text {
namespace {

constexpr const char* kCatchKeywords[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};

/// " x" unless x is 0, as where an index may be left out.
std::string unless_zero(const PrintedSpace& space, std::uint32_t index) {
  return index == 0 ? "" : " " + space.reference(index);
}

}  // namespace

PrintedInstruction InstructionPrinter::next(CodeReader& in) {
  current_ = {};
  const Opcode opcode = in.read_opcode();
  current_.opcode = opcode;
  const Signature& signature = info(opcode).signature;
  if (signature.is_fixed) {
    current_.operands = signature.pops;
    current_.is_value = signature.pushes == 1;
  } else {
    count(opcode);
  }
  if ((opcode == Opcode::kEnd || opcode == Opcode::kDelegate) && !labels_.empty()) {
    labels_.pop_back();
  }
  const std::string operands = immediates(opcode, in);
  current_.text = to_string(opcode) + operands;
  return std::move(current_);
}

std::string InstructionPrinter::immediates(Opcode opcode, CodeReader& in) {
  const auto use = [&](const PrintedSpace& space) { return " " + space.reference(in.read_u32()); };
  const auto use_pair = [&](const PrintedSpace& first, const PrintedSpace& second) {
    const std::string text = use(first);
    return text + use(second);
  };
  switch (info(opcode).immediates) {
    case Immediates::kNone: return "";
    case Immediates::kBlockType: return block(in);
    case Immediates::kLabel: return " " + label(in.read_index<LabelIndex>());
    case Immediates::kLabelTable: return label_table(in);
    case Immediates::kFunc: {
      const std::uint32_t function = in.read_u32();
      if (opcode != Opcode::kRefFunc && function < module_.functions.size()) {
        count_call(module_.functions[function].value(), 0);
      }
      return " " + names_.functions.reference(function);
    }
    case Immediates::kCallIndirect: return call_indirect(in);
    case Immediates::kType: return use(names_.types);
    case Immediates::kTag: return use(names_.tags);
    case Immediates::kLocal: return use(scope_.locals);
    case Immediates::kGlobal: return use(names_.globals);
    case Immediates::kTable: return unless_zero(names_.tables, in.read_u32());
    case Immediates::kTableTable: return optional_pair(names_.tables, in);
    case Immediates::kElement: return use(names_.elements);
    case Immediates::kElementTable: return segment_and_target(names_.elements, names_.tables, in);
    case Immediates::kMemory: return unless_zero(names_.memories, in.read_u32());
    case Immediates::kMemoryMemory: return optional_pair(names_.memories, in);
    case Immediates::kData: return use(names_.data);
    case Immediates::kDataMemory: return segment_and_target(names_.data, names_.memories, in);
    case Immediates::kMemArg: return memory_argument(opcode, in);
    case Immediates::kMemArgLane: {
      const std::string argument = memory_argument(opcode, in);
      return fmt::format("{} {}", argument, in.read_byte());
    }
    case Immediates::kI32: return fmt::format(" {}", in.read_s32());
    case Immediates::kI64: return fmt::format(" {}", in.read_s64());
    case Immediates::kF32: return " " + format_f32(in.read_f32_bits());
    case Immediates::kF64: return " " + format_f64(in.read_f64_bits());
    case Immediates::kV128: {
      std::string text = " i32x4";
      for (int lane = 0; lane < 4; ++lane) text += fmt::format(" {:#010x}", in.read_f32_bits());
      return text;
    }
    case Immediates::kLane: return fmt::format(" {}", in.read_byte());
    case Immediates::kShuffle: {
      std::string text;
      for (int lane = 0; lane < 16; ++lane) text += fmt::format(" {}", in.read_byte());
      return text;
    }
    case Immediates::kHeapType: return heap_type_of(opcode, in);
    case Immediates::kSelectTypes: return select_types(in);
    case Immediates::kTryTable: return try_table(in);
    case Immediates::kCastBranch: return cast_branch(in);
    case Immediates::kTypeField: {
      const auto type = in.read_index<TypeIndex>();
      const auto field = in.read_index<FieldIndex>();
      return fmt::format(" {} {}", names_.types.reference(type.value()), names_.field(type, field));
    }
    case Immediates::kTypeCount: {
      const std::string type = use(names_.types);
      return fmt::format("{} {}", type, current_.operands = in.read_u32());
    }
    case Immediates::kTypeData: return use_pair(names_.types, names_.data);
    case Immediates::kTypeElement: return use_pair(names_.types, names_.elements);
    case Immediates::kTypeType: return use_pair(names_.types, names_.types);
    case Immediates::kFence: in.read_byte(); return "";
  }
  return "";
}

/// Gives the block that begins here its label; block types follow it.
void InstructionPrinter::open_label() {
  next_binding_.clear();
  next_label_.clear();
  const std::uint32_t block = blocks_++;
  const auto name = scope_.label_names.find(block);
  if (name == scope_.label_names.end()) return;
  if (name->second.empty()) {
    next_binding_ = fmt::format(" {} \"\")", kNameAnnotation);
  } else {
    next_label_ = identifier(name->second);
    next_binding_ = " " + next_label_;
  }
}

std::string InstructionPrinter::block(CodeReader& in) {
  open_label();
  std::string text = next_binding_ + block_type(in.read_block_type());
  labels_.push_back(next_label_);
  return text;
}

std::string InstructionPrinter::block_type(const BlockType& type) {
  switch (type.kind) {
    case BlockType::Kind::kEmpty: return "";
    case BlockType::Kind::kResult:
      current_.is_value = true;
      return fmt::format(" (result {})", names_.value_type(type.result));
    case BlockType::Kind::kFunc: break;
  }
  const std::uint32_t index = type.type.value();
  current_.is_value =
      index < module_.types.size() && module_.func_type(type.type).results.size() == 1;
  return fmt::format(" (type {})", names_.types.reference(index));
}

/// By name where no inner label has the same.
std::string InstructionPrinter::label(LabelIndex label) const {
  const std::uint32_t depth = label.value();
  if (depth >= labels_.size()) return std::to_string(depth);
  const std::string& name = labels_[labels_.size() - 1 - depth];
  if (name.empty()) return std::to_string(depth);
  for (std::uint32_t inner = 0; inner < depth; ++inner) {
    if (labels_[labels_.size() - 1 - inner] == name) return std::to_string(depth);
  }
  return name;
}

std::string InstructionPrinter::label_table(CodeReader& in) {
  std::string text;
  for (std::uint32_t n = in.read_count("labels"); n > 0 && !in.failed(); --n) {
    text += " " + label(in.read_index<LabelIndex>());
  }
  return text + " " + label(in.read_index<LabelIndex>());
}

std::string InstructionPrinter::call_indirect(CodeReader& in) {
  const std::uint32_t type = in.read_u32();
  count_call(type, 1);
  const std::string table = unless_zero(names_.tables, in.read_u32());
  return fmt::format("{} (type {})", table, names_.types.reference(type));
}

std::string InstructionPrinter::memory_argument(Opcode opcode, CodeReader& in) {
  const MemArg arg = in.read_mem_arg();
  std::string text = unless_zero(names_.memories, arg.memory.value());
  if (arg.offset != 0) text += fmt::format(" offset={}", arg.offset);
  if (arg.align_log2 != info(opcode).width_log2) {
    text += fmt::format(" align={}", std::uint64_t{1} << arg.align_log2);
  }
  return text;
}

std::string InstructionPrinter::try_table(CodeReader& in) {
  open_label();
  std::string text = next_binding_ + block_type(in.read_block_type());
  for (std::uint32_t n = in.read_count("catch clauses"); n > 0 && !in.failed(); --n) {
    const CatchClause clause = in.read_catch_clause();
    text += fmt::format(" ({}", kCatchKeywords[static_cast<unsigned>(clause.kind)]);
    if (clause.has_tag()) text += " " + names_.tags.reference(clause.tag.value());
    text += fmt::format(" {})", label(clause.label));
  }
  labels_.push_back(next_label_);
  return text;
}

std::string InstructionPrinter::cast_branch(CodeReader& in) {
  const CastBranch branch = in.read_cast_branch();
  return fmt::format(" {} {} {}", label(branch.label), names_.ref_type(branch.from),
                     names_.ref_type(branch.to));
}

std::string InstructionPrinter::optional_pair(const PrintedSpace& space, CodeReader& in) {
  const std::uint32_t first = in.read_u32();
  const std::uint32_t second = in.read_u32();
  if (first == 0 && second == 0) return "";
  return fmt::format(" {} {}", space.reference(first), space.reference(second));
}

/// Binary: segment, target. Text: target?, segment.
std::string InstructionPrinter::segment_and_target(const PrintedSpace& segments,
                                                   const PrintedSpace& targets, CodeReader& in) {
  const std::uint32_t segment = in.read_u32();
  const std::uint32_t target = in.read_u32();
  return unless_zero(targets, target) + " " + segments.reference(segment);
}

std::string InstructionPrinter::heap_type_of(Opcode opcode, CodeReader& in) {
  const HeapType type = in.read_heap_type();
  if (opcode == Opcode::kRefNull) return " " + names_.heap_type(type);
  const bool nullable = opcode == Opcode::kRefTestNull || opcode == Opcode::kRefCastNull;
  return " " + names_.ref_type(RefType{type, nullable});
}

std::string InstructionPrinter::select_types(CodeReader& in) {
  std::string text = " (result";
  for (std::uint32_t n = in.read_count("types"); n > 0 && !in.failed(); --n) {
    text += " " + names_.value_type(in.read_val_type());
  }
  return text + ")";
}

void InstructionPrinter::count_call(std::uint32_t type, std::uint32_t more_operands) {
  if (type >= module_.types.size()) return;
  const FuncType& function = module_.func_type(TypeIndex{type});
  current_.operands = static_cast<std::uint32_t>(function.params.size()) + more_operands;
  current_.is_value = function.results.size() == 1;
}

/// Operands of the frequent instructions whose row does not tell.
void InstructionPrinter::count(Opcode opcode) {
  const auto set = [&](std::uint32_t operands, bool is_value) {
    current_.operands = operands;
    current_.is_value = is_value;
  };
  switch (opcode) {
    case Opcode::kLocalGet:
    case Opcode::kGlobalGet:
    case Opcode::kRefNull:
    case Opcode::kRefFunc:
    case Opcode::kTableSize:
    case Opcode::kStructNewDefault: set(0, true); break;
    case Opcode::kLocalTee:
    case Opcode::kRefIsNull:
    case Opcode::kRefAsNonNull:
    case Opcode::kRefTest:
    case Opcode::kRefTestNull:
    case Opcode::kRefCast:
    case Opcode::kRefCastNull:
    case Opcode::kTableGet:
    case Opcode::kStructGet:
    case Opcode::kStructGetS:
    case Opcode::kStructGetU:
    case Opcode::kArrayLen:
    case Opcode::kArrayNewDefault: set(1, true); break;
    case Opcode::kLocalSet:
    case Opcode::kGlobalSet:
    case Opcode::kDrop:
    case Opcode::kIf:
    case Opcode::kBrIf:
    case Opcode::kBrTable: set(1, false); break;
    case Opcode::kRefEq:
    case Opcode::kArrayNew:
    case Opcode::kArrayGet:
    case Opcode::kArrayGetS:
    case Opcode::kArrayGetU:
    case Opcode::kTableGrow: set(2, true); break;
    case Opcode::kTableSet:
    case Opcode::kStructSet: set(2, false); break;
    case Opcode::kSelect:
    case Opcode::kSelectTyped: set(3, true); break;
    case Opcode::kMemoryCopy:
    case Opcode::kTableInit:
    case Opcode::kTableCopy:
    case Opcode::kTableFill:
    case Opcode::kArraySet: set(3, false); break;
    case Opcode::kArrayNewFixed: set(0, true); break;
    case Opcode::kReturn: set(scope_.results, false); break;
    default: break;
  }
}

}  // namespace doppel::bytecode::text
