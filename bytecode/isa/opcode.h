// SPDX-License-Identifier: Apache-2.0
// The instructions as the opcode table (opcodes.inc) lists them: an Opcode is a row's number, and
// two constant tables lead from a binary code to the Opcode and from the Opcode to what the row
// says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bytecode/isa/features.h"

namespace doppel::bytecode {

/// An instruction; its value is its row in the opcode table.
enum class Opcode : std::uint16_t {
#define OP(enumerator, ...) enumerator,
#include "bytecode/isa/opcodes.inc"
};

/// How many instructions the table lists.
inline constexpr std::size_t kOpcodeCount = 0
#define OP(...) +1
#include "bytecode/isa/opcodes.inc"
    ;

/// What follows an opcode in the binary format (specification 5.4), in the order of encoding.
enum class Immediates : std::uint8_t {
  kNone,
  kBlockType,
  kLabel,
  kLabelTable,  ///< vector of labels, default label
  kFunc,
  kCallIndirect,  ///< type, table
  kType,
  kTag,
  kLocal,
  kGlobal,
  kTable,
  kTableTable,  ///< destination, source
  kElement,
  kElementTable,  ///< element segment, table
  kMemory,
  kMemoryMemory,  ///< destination, source
  kData,
  kDataMemory,  ///< data segment, memory
  kMemArg,      ///< alignment, memory, offset
  kMemArgLane,  ///< memarg, lane
  kI32,
  kI64,
  kF32,
  kF64,
  kV128,
  kLane,
  kShuffle,  ///< 16 lanes
  kHeapType,
  kSelectTypes,  ///< vector of value types
  kTryTable,     ///< block type, vector of catch clauses
  kCastBranch,   ///< flags, label, two heap types
  kTypeField,    ///< type, field
  kTypeCount,    ///< type, number of operands
  kTypeData,     ///< type, data segment
  kTypeElement,  ///< type, element segment
  kTypeType,     ///< destination, source
  kFence,        ///< one zero byte
};

/// An operand's type in a Signature; kAddress is i32 or i64 as the memory says.
enum class OperandKind : std::uint8_t { kI32, kI64, kF32, kF64, kV128, kAddress };

/// The stack type of an instruction whose operand types depend on its row alone.
struct Signature {
  bool is_fixed = false;  ///< false: the row cannot say, the validator's code does
  std::uint8_t pops = 0;
  std::uint8_t pushes = 0;
  std::array<OperandKind, 6> types{};  ///< the operands, deepest first, then the results

  /// Reads "ii:i"; the empty string gives a signature that is not fixed.
  static constexpr Signature parse(std::string_view text) {
    Signature signature;
    for (char c : text) {
      if (c == ':') {
        signature.is_fixed = true;
        continue;
      }
      signature.types[signature.pops + signature.pushes] = operand(c);
      ++(signature.is_fixed ? signature.pushes : signature.pops);
    }
    return signature;
  }

 private:
  static constexpr OperandKind operand(char c) {
    return static_cast<OperandKind>(std::string_view("ilfdva").find(c));
  }
};

/// One row of the table.
struct OpcodeInfo {
  const char* name;  ///< in the text format
  std::uint8_t prefix;
  std::uint16_t code;
  Immediates immediates;
  Signature signature;
  std::uint8_t width_log2;  ///< of the access or the lane, in bytes
  Feature feature;
};

inline constexpr std::array<OpcodeInfo, kOpcodeCount> kOpcodes{{
#define OP(enumerator, name, prefix, code, immediates, signature, width, feature)               \
  OpcodeInfo{name,  prefix,          code, Immediates::immediates, Signature::parse(signature), \
             width, Feature::feature},
#include "bytecode/isa/opcodes.inc"
}};

/// The row of an instruction.
constexpr const OpcodeInfo& info(Opcode opcode) {
  return kOpcodes[static_cast<std::size_t>(opcode)];
}

/// The text format's name of an instruction.
constexpr const char* to_string(Opcode opcode) { return info(opcode).name; }

/// The prefix bytes, after which the code follows as a u32.
inline constexpr std::uint8_t kFirstPrefix = 0xfb;
inline constexpr std::uint8_t kLastPrefix = 0xfe;
constexpr bool is_prefix(std::uint8_t byte) { return byte >= kFirstPrefix && byte <= kLastPrefix; }

namespace detail {

inline constexpr std::uint16_t kNoOpcode = 0xffff;
inline constexpr std::size_t kPrefixedCodes = 0x120;

template <std::size_t Size>
constexpr std::array<std::uint16_t, Size> opcodes_of(std::uint8_t prefix) {
  std::array<std::uint16_t, Size> table{};
  table.fill(kNoOpcode);
  for (std::size_t row = 0; row < kOpcodeCount; ++row) {
    if (kOpcodes[row].prefix == prefix) table[kOpcodes[row].code] = static_cast<std::uint16_t>(row);
  }
  return table;
}

inline constexpr auto kPlainOpcodes = opcodes_of<256>(0);
inline constexpr std::array<std::array<std::uint16_t, kPrefixedCodes>, 4> kPrefixedOpcodes{
    opcodes_of<kPrefixedCodes>(0xfb), opcodes_of<kPrefixedCodes>(0xfc),
    opcodes_of<kPrefixedCodes>(0xfd), opcodes_of<kPrefixedCodes>(0xfe)};

/// What decoding asks of every instruction, apart from the rest of the row so that it stays in
/// cache.
inline constexpr std::array<Feature, kOpcodeCount> kFeatures{
#define OP(enumerator, name, prefix, code, immediates, signature, width, feature) Feature::feature,
#include "bytecode/isa/opcodes.inc"
};

constexpr std::optional<Opcode> known(std::uint16_t row) {
  return row == kNoOpcode ? std::nullopt : std::optional(static_cast<Opcode>(row));
}

}  // namespace detail

/// The feature that brought an instruction.
constexpr Feature feature_of(Opcode opcode) {
  return detail::kFeatures[static_cast<std::size_t>(opcode)];
}

/// The instruction of a single byte; none for unassigned bytes and for prefixes.
constexpr std::optional<Opcode> find_opcode(std::uint8_t byte) {
  return detail::known(detail::kPlainOpcodes[byte]);
}

/// The instruction `code` behind `prefix`; none where nothing is assigned.
constexpr std::optional<Opcode> find_opcode(std::uint8_t prefix, std::uint32_t code) {
  if (!is_prefix(prefix) || code >= detail::kPrefixedCodes) return std::nullopt;
  return detail::known(detail::kPrefixedOpcodes[prefix - kFirstPrefix][code]);
}

}  // namespace doppel::bytecode
