// SPDX-License-Identifier: Apache-2.0
// Instructions in the text format's words, with the bytes they come from.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>

#include "bytecode/binary/instruction.h"
#include "tools/objdump/dump.h"

namespace doppel::tools {

using namespace bytecode;

namespace {

constexpr std::size_t kBytesShown = 8;
constexpr std::uint32_t kMostIndentation = 30;

std::string bytes_text(const Module& module, ByteRange range) {
  std::string text;
  const auto view = module.view(range);
  for (std::size_t i = 0; i < view.size() && i < kBytesShown; ++i) {
    if (i == kBytesShown - 1 && view.size() > kBytesShown) return text + "..";
    text += fmt::format("{:02x} ", std::to_integer<unsigned>(view[i]));
  }
  return text;
}

/// Reads and words one instruction after the other.
class Disassembler {
 public:
  Disassembler(const DumpedModule& dumped, FuncIndex function)
      : dumped_(dumped),
        function_(function),
        reader_(dumped.module.bytes, dumped.module.body(function).code, Features::all()) {}

  std::vector<DumpedInstruction> instructions() {
    std::vector<DumpedInstruction> all;
    std::uint32_t depth = 1;
    while (!reader_.at_end()) {
      const ByteOffset begin = reader_.offset();
      const Opcode opcode = reader_.read_opcode();
      std::string words = to_string(opcode) + immediates(opcode);
      if (reader_.failed()) {
        const ByteOffset at = reader_.failure().offset;
        all.push_back({{at, at}, 0, reader_.failure().detail});
        break;
      }
      if (closes(opcode) && depth > 0) --depth;
      all.push_back({{begin, reader_.offset()}, depth, std::move(words)});
      if (opens(opcode)) ++depth;
    }
    return all;
  }

 private:
  static bool opens(Opcode opcode) {
    switch (opcode) {
      case Opcode::kBlock:
      case Opcode::kLoop:
      case Opcode::kIf:
      case Opcode::kElse:
      case Opcode::kTry:
      case Opcode::kTryTable:
      case Opcode::kCatch:
      case Opcode::kCatchAll: return true;
      default: return false;
    }
  }
  static bool closes(Opcode opcode) {
    switch (opcode) {
      case Opcode::kEnd:
      case Opcode::kElse:
      case Opcode::kDelegate:
      case Opcode::kCatch:
      case Opcode::kCatchAll: return true;
      default: return false;
    }
  }

  std::string index() { return fmt::format(" {}", reader_.read_u32()); }
  std::string indices() {
    std::string first = index();
    return first + index();
  }

  std::string named(NameKind kind) {
    const std::uint32_t index = reader_.read_u32();
    const auto name = kind == NameKind::kLocal ? dumped_.names.find(kind, function_.value(), index)
                                               : dumped_.names.find(kind, index);
    return name ? fmt::format(" {} <{}>", index, escape_name(*name)) : fmt::format(" {}", index);
  }

  std::string block_type() {
    const BlockType type = reader_.read_block_type();
    switch (type.kind) {
      case BlockType::Kind::kEmpty: return "";
      case BlockType::Kind::kResult: return " " + to_string(type.result);
      case BlockType::Kind::kFunc: return " " + dumped_.signature(type.type);
    }
    return "";
  }

  std::string mem_arg(Opcode opcode) {
    const MemArg arg = reader_.read_mem_arg();
    std::string text;
    if (arg.memory.value() != 0) text += fmt::format(" {}", arg.memory.value());
    if (arg.offset != 0) text += fmt::format(" offset={}", arg.offset);
    if (arg.align_log2 != info(opcode).width_log2)
      text += fmt::format(" align=2^{}", arg.align_log2);
    return text;
  }

  std::string labels() {
    std::string text;
    for (std::uint32_t n = reader_.read_count("labels"); n > 0 && !reader_.failed(); --n)
      text += index();
    return text + index();
  }

  std::string lanes() {
    std::string text;
    for (const std::uint8_t lane : reader_.read_v128()) text += fmt::format(" {}", lane);
    return text;
  }

  std::string catches() {
    static constexpr const char* kWords[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
    std::string text = block_type();
    for (std::uint32_t n = reader_.read_count("catch clauses"); n > 0 && !reader_.failed(); --n) {
      const CatchClause clause = reader_.read_catch_clause();
      if (reader_.failed()) break;
      text += fmt::format(" ({}", kWords[static_cast<unsigned>(clause.kind)]);
      if (clause.has_tag()) text += fmt::format(" {}", clause.tag.value());
      text += fmt::format(" {})", clause.label.value());
    }
    return text;
  }

  std::string cast_branch() {
    const CastBranch branch = reader_.read_cast_branch();
    return fmt::format(" {} {} {}", branch.label.value(), to_string(ValType(branch.from)),
                       to_string(ValType(branch.to)));
  }

  std::string types() {
    std::string text;
    for (std::uint32_t n = reader_.read_count("types"); n > 0 && !reader_.failed(); --n) {
      text += " " + to_string(reader_.read_val_type());
    }
    return text;
  }

  std::string call_indirect() {
    const auto type = reader_.read_index<TypeIndex>();
    const std::uint32_t table = reader_.read_u32();
    return fmt::format(" {} {}", table, dumped_.signature(type));
  }

  std::string immediates(Opcode opcode) {
    switch (info(opcode).immediates) {
      case Immediates::kNone: return "";
      case Immediates::kBlockType: return block_type();
      case Immediates::kLabelTable: return labels();
      case Immediates::kFunc: return named(NameKind::kFunction);
      case Immediates::kCallIndirect: return call_indirect();
      case Immediates::kType: return named(NameKind::kType);
      case Immediates::kTag: return named(NameKind::kTag);
      case Immediates::kLocal: return named(NameKind::kLocal);
      case Immediates::kGlobal: return named(NameKind::kGlobal);
      case Immediates::kTable: return named(NameKind::kTable);
      case Immediates::kElement: return named(NameKind::kElement);
      case Immediates::kMemory: return named(NameKind::kMemory);
      case Immediates::kData: return named(NameKind::kData);
      case Immediates::kLabel: return index();
      case Immediates::kTableTable:
      case Immediates::kElementTable:
      case Immediates::kMemoryMemory:
      case Immediates::kDataMemory:
      case Immediates::kTypeField:
      case Immediates::kTypeCount:
      case Immediates::kTypeData:
      case Immediates::kTypeElement:
      case Immediates::kTypeType: return indices();
      case Immediates::kMemArg: return mem_arg(opcode);
      case Immediates::kMemArgLane: {
        std::string text = mem_arg(opcode);
        return text + fmt::format(" {}", reader_.read_byte());
      }
      case Immediates::kI32: return fmt::format(" {}", reader_.read_s32());
      case Immediates::kI64: return fmt::format(" {}", reader_.read_s64());
      case Immediates::kF32:
        return fmt::format(" {}", std::bit_cast<float>(reader_.read_f32_bits()));
      case Immediates::kF64:
        return fmt::format(" {}", std::bit_cast<double>(reader_.read_f64_bits()));
      case Immediates::kV128:
      case Immediates::kShuffle: return lanes();
      case Immediates::kLane: return fmt::format(" {}", reader_.read_byte());
      case Immediates::kHeapType: return " " + to_string(reader_.read_heap_type());
      case Immediates::kSelectTypes: return types();
      case Immediates::kTryTable: return catches();
      case Immediates::kCastBranch: return cast_branch();
      case Immediates::kFence: reader_.read_byte(); return "";
    }
    return "";
  }

  const DumpedModule& dumped_;
  FuncIndex function_;
  CodeReader reader_;
};

}  // namespace

std::vector<DumpedInstruction> disassemble(const DumpedModule& dumped, FuncIndex function) {
  return Disassembler(dumped, function).instructions();
}

std::string disassembly_text(const DumpedModule& dumped, FuncIndex function) {
  std::string text =
      fmt::format("{}: {}\n", dumped.item("function", NameKind::kFunction, function.value()),
                  dumped.signature(dumped.module.functions[function.value()]));
  for (const auto& [bytes, depth, words] : disassemble(dumped, function)) {
    if (bytes.begin == bytes.end) {  // it cannot be read
      text += fmt::format("  {:08x}: {}\n", bytes.begin.value(), words);
      break;
    }
    text += fmt::format("  {:08x}: {:<{}} | {:{}}{}\n", bytes.begin.value(),
                        bytes_text(dumped.module, bytes), 3 * kBytesShown, "",
                        2 * std::min(depth, kMostIndentation), words);
  }
  return text;
}

std::optional<FuncIndex> find_function(const DumpedModule& dumped, std::string_view word) {
  const Module& module = dumped.module;
  const auto count = static_cast<std::uint32_t>(module.functions.size());
  for (std::uint32_t i = module.imported_functions; i < count; ++i) {
    if (dumped.names.find(NameKind::kFunction, i) == word) return FuncIndex{i};
  }
  std::uint32_t index = count;
  for (const Export& entry : module.exports) {
    if (entry.kind == ExternKind::kFunc && entry.name == word) index = entry.index;
  }
  if (index == count) std::from_chars(word.data(), word.data() + word.size(), index);
  if (index < module.imported_functions || index >= count) return std::nullopt;
  return FuncIndex{index};
}

}  // namespace doppel::tools
