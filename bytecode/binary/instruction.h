// SPDX-License-Identifier: Apache-2.0
// A cursor over instructions (specification 5.4): opcodes and their immediates. The validator and
// the disassembler read unknown bytes with InstructionReader<Trust::kNone>; after validation, the
// predecoder reads the same bytes with Trust::kValidated, without any check.
#pragma once

#include <array>
#include <cstdint>

#include "bytecode/binary/type_reader.h"
#include "bytecode/isa/opcode.h"

namespace doppel::bytecode {

/// The type of a block: nothing, one result, or a function type of the module.
struct BlockType {
  enum class Kind : std::uint8_t { kEmpty, kResult, kFunc };
  Kind kind = Kind::kEmpty;
  ValType result;  ///< when kResult
  TypeIndex type;  ///< when kFunc
};

/// The immediates of a memory access.
struct MemArg {
  std::uint32_t align_log2 = 0;
  MemoryIndex memory;
  std::uint64_t offset = 0;
};

/// What a clause of try_table catches.
enum class CatchKind : std::uint8_t { kCatch = 0, kCatchRef = 1, kCatchAll = 2, kCatchAllRef = 3 };

/// A clause of try_table.
struct CatchClause {
  CatchKind kind = CatchKind::kCatch;
  TagIndex tag;  ///< when kCatch or kCatchRef
  LabelIndex label;
  [[nodiscard]] bool has_tag() const { return kind <= CatchKind::kCatchRef; }
  [[nodiscard]] bool has_ref() const {
    return kind == CatchKind::kCatchRef || kind == CatchKind::kCatchAllRef;
  }
};

/// The immediates of br_on_cast and br_on_cast_fail.
struct CastBranch {
  LabelIndex label;
  RefType from;
  RefType to;
};

/// See the file comment. A caller reads an opcode, then the immediates that info(opcode) names.
template <Trust kTrust>
class InstructionReader : public TypeReader<kTrust> {
 public:
  using ByteReader<kTrust>::kChecked;
  using TypeReader<kTrust>::TypeReader;

  /// Reads validated code, where no feature is asked for.
  InstructionReader(std::span<const std::byte> module, ByteRange range)
    requires(kTrust == Trust::kValidated)
      : TypeReader<kTrust>(module, range, Features{}) {}

  /// The next instruction's opcode; kUnreachable after a failure.
  Opcode read_opcode() {
    if (kChecked && this->at_end()) [[unlikely]] {
      this->read_byte();
      return Opcode::kUnreachable;
    }
    const std::uint16_t row = detail::kPlainOpcodes[this->peek_byte()];
    if (row == detail::kNoOpcode) [[unlikely]]
      return read_prefixed_opcode();
    const auto opcode = static_cast<Opcode>(row);
    if (kChecked && !this->features().has(feature_of(opcode))) [[unlikely]] {
      this->fail_feature(feature_of(opcode), to_string(opcode), this->offset());
      return Opcode::kUnreachable;
    }
    this->skip_byte();
    return opcode;
  }

  /// An index of any index space: `read_index<FuncIndex>()`.
  template <class Index>
  Index read_index() {
    return Index{this->read_u32()};
  }

  BlockType read_block_type() {
    const ByteOffset begin = this->offset();
    const std::uint8_t byte = this->peek_byte();
    if (byte == type_code::kEmpty) {
      this->skip_byte();
      return {};
    }
    if ((byte & 0xc0U) == 0x40U) return {BlockType::Kind::kResult, this->read_val_type(), {}};
    const std::int64_t index = this->read_s33();
    if (kChecked && index < 0) [[unlikely]] {
      this->fail(ErrorKind::kMalformed, begin,
                 found_but_expected("a negative type index", "a block type"));
    }
    this->require(Feature::kMultiValue, "a block type that is a type index", begin);
    return {BlockType::Kind::kFunc, {}, this->clamped(begin, index)};
  }

  MemArg read_mem_arg() {
    constexpr std::uint32_t kHasMemory = 0x40;
    const ByteOffset begin = this->offset();
    MemArg arg;
    arg.align_log2 = this->read_u32();
    if (kChecked && arg.align_log2 >= 2 * kHasMemory) [[unlikely]] {
      this->fail(ErrorKind::kMalformed, begin,
                 found_but_expected("memory access flags " + std::to_string(arg.align_log2),
                                    "flags below 128"));
    }
    if ((arg.align_log2 & kHasMemory) != 0) {
      this->require(Feature::kMultiMemory, "a memory index", begin);
      arg.align_log2 -= kHasMemory;
      arg.memory = read_index<MemoryIndex>();
    }
    arg.offset = this->read_u64();
    return arg;
  }

  /// A memory index where WebAssembly 1.0 had a zero byte.
  MemoryIndex read_memory_index() { return read_index<MemoryIndex>(); }

  std::array<std::uint8_t, 16> read_v128() {
    std::array<std::uint8_t, 16> bytes{};
    const auto from = this->read_bytes(16);
    if (!kChecked || from.size() == 16) std::memcpy(bytes.data(), from.data(), 16);
    return bytes;
  }

  /// The same as two words, the first lanes in the first.
  std::array<std::uint64_t, 2> read_v128_words() {
    std::array<std::uint64_t, 2> words{};
    const auto bytes = read_v128();
    for (unsigned i = 0; i < 16; ++i) words[i / 8] |= std::uint64_t{bytes[i]} << (i % 8 * 8);
    return words;
  }

  CatchClause read_catch_clause() {
    const ByteOffset begin = this->offset();
    CatchClause clause;
    const std::uint8_t kind = this->read_byte();
    if (kChecked && kind > static_cast<std::uint8_t>(CatchKind::kCatchAllRef)) [[unlikely]] {
      this->fail(ErrorKind::kMalformed, begin,
                 found_but_expected("catch clause " + std::to_string(kind), "one of 0 to 3"));
    }
    clause.kind = static_cast<CatchKind>(kind);
    if (clause.has_tag()) clause.tag = read_index<TagIndex>();
    clause.label = read_index<LabelIndex>();
    return clause;
  }

  CastBranch read_cast_branch() {
    const ByteOffset begin = this->offset();
    const std::uint8_t flags = this->read_byte();
    if (kChecked && flags > 3) [[unlikely]] {
      this->fail(ErrorKind::kMalformed, begin,
                 found_but_expected("cast flags " + std::to_string(flags), "flags below 4"));
    }
    CastBranch branch;
    branch.label = read_index<LabelIndex>();
    branch.from = RefType{this->read_heap_type(), (flags & 1U) != 0};
    branch.to = RefType{this->read_heap_type(), (flags & 2U) != 0};
    return branch;
  }

  /// Moves past an instruction's immediates.
  void skip_immediates(Opcode opcode);

 private:
  [[gnu::noinline]] Opcode read_prefixed_opcode() {
    const ByteOffset begin = this->offset();
    const std::uint8_t byte = this->read_byte();
    if (!is_prefix(byte)) return fail_opcode(begin, byte, 0);
    const std::uint32_t code = this->read_u32();
    const auto opcode = find_opcode(byte, code);
    if (kChecked && !opcode) return fail_opcode(begin, byte, code);
    this->require(feature_of(*opcode), to_string(*opcode), begin);
    return *opcode;
  }

  [[gnu::cold, gnu::noinline]] Opcode fail_opcode(ByteOffset begin, std::uint8_t byte,
                                                  std::uint32_t code) {
    std::string found = "opcode " + std::to_string(byte);
    if (is_prefix(byte)) found += " " + std::to_string(code);
    this->fail(ErrorKind::kMalformed, begin, found_but_expected(found, "an instruction"));
    return Opcode::kUnreachable;
  }
};

template <Trust kTrust>
void InstructionReader<kTrust>::skip_immediates(Opcode opcode) {
  switch (info(opcode).immediates) {
    case Immediates::kNone: return;
    case Immediates::kBlockType: read_block_type(); return;
    case Immediates::kLabelTable:
      for (std::uint32_t n = this->read_count("labels"); n > 0 && !this->failed(); --n)
        this->read_u32();
      this->read_u32();
      return;
    case Immediates::kLabel:
    case Immediates::kFunc:
    case Immediates::kType:
    case Immediates::kTag:
    case Immediates::kLocal:
    case Immediates::kGlobal:
    case Immediates::kTable:
    case Immediates::kElement:
    case Immediates::kMemory:
    case Immediates::kData: this->read_u32(); return;
    case Immediates::kCallIndirect:
    case Immediates::kTableTable:
    case Immediates::kElementTable:
    case Immediates::kMemoryMemory:
    case Immediates::kDataMemory:
    case Immediates::kTypeField:
    case Immediates::kTypeCount:
    case Immediates::kTypeData:
    case Immediates::kTypeElement:
    case Immediates::kTypeType:
      this->read_u32();
      this->read_u32();
      return;
    case Immediates::kMemArg: read_mem_arg(); return;
    case Immediates::kMemArgLane:
      read_mem_arg();
      this->read_byte();
      return;
    case Immediates::kI32: this->read_s32(); return;
    case Immediates::kI64: this->read_s64(); return;
    case Immediates::kF32: this->read_f32_bits(); return;
    case Immediates::kF64: this->read_f64_bits(); return;
    case Immediates::kV128:
    case Immediates::kShuffle: this->read_bytes(16); return;
    case Immediates::kLane:
    case Immediates::kFence: this->read_byte(); return;
    case Immediates::kHeapType: this->read_heap_type(); return;
    case Immediates::kSelectTypes:
      for (std::uint32_t n = this->read_count("types"); n > 0 && !this->failed(); --n)
        this->read_val_type();
      return;
    case Immediates::kTryTable:
      read_block_type();
      for (std::uint32_t n = this->read_count("catch clauses"); n > 0 && !this->failed(); --n)
        read_catch_clause();
      return;
    case Immediates::kCastBranch: read_cast_branch(); return;
  }
}

/// Reads bytes that nothing is known of.
using CodeReader = InstructionReader<Trust::kNone>;
/// Reads code that was validated.
using TrustedCodeReader = InstructionReader<Trust::kValidated>;

}  // namespace doppel::bytecode
