// SPDX-License-Identifier: Apache-2.0
// The instructions as the table (instructions.inc) lists them, and one decoded instruction. An
// Opcode is a row's number; a Format says which fields an encoding has and how they are written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace doppel::sysvm {

/// An instruction; its value is its row in the table.
enum class Opcode : std::uint16_t {
#define INSTRUCTION(enumerator, ...) enumerator,
#include "sysvm/isa/instructions.inc"
};

/// How many instructions the table lists.
inline constexpr std::size_t kOpcodeCount = 0
#define INSTRUCTION(...) +1
#include "sysvm/isa/instructions.inc"
    ;

/// The extension that brings an instruction; kPrivileged is the base of the privileged manual.
enum class Extension : std::uint8_t {
  kI,
  kM,
  kA,
  kF,
  kD,
  kZicsr,
  kZifencei,
  kZihintpause,
  kZawrs,
  kZfa,
  kZba,
  kZbb,
  kZbc,
  kZbs,
  kZicond,
  kZicbom,
  kZicboz,
  kSvinval,
  kPrivileged,
};

/// Where an instruction's operands lie, and its syntax (kSyntax).
enum class Format : std::uint8_t {
  kNone,
  kR,
  kUnary,
  kI,
  kShift6,
  kShift5,
  kU,
  kJump,
  kJumpRegister,
  kBranch,
  kLoad,
  kStore,
  kFence,
  kFenceI,
  kFence2,
  kCsr,
  kCsrImmediate,
  kLoadReserved,
  kAmo,
  kAddress,
  kFloatLoad,
  kFloatStore,
  kFloat4,
  kFloat3Round,
  kFloat3,
  kFloat2Round,
  kFloatCompare,
  kFloatToInt,
  kFloatToIntTruncating,
  kIntToFloat,
  kMoveToInt,
  kMoveToFloat,
  kFloatConstant,
};

/// A format's operands in the order in which they are written: d s t are rd rs1 rs2, D S T R the
/// float registers in the places rd rs1 rs2 rs3, i an immediate, u one of the upper 20 bits, p a
/// target relative to the instruction, o(s) an offset from rs1, f a pair of fence sets, c a CSR,
/// z an immediate in rs1's place, m a rounding mode, q the mode rtz, l a constant of fli.
inline constexpr std::array<std::string_view, 33> kSyntax{
    "",      "dst",  "ds",  "dsi", "dsi", "dsi", "du",  "dp",  "do", "stp", "do",
    "to",    "f",    "",    "st",  "dcs", "dcz", "da",  "dta", "a",  "Do",  "To",
    "DSTRm", "DSTm", "DST", "DSm", "dST", "dSm", "dSq", "Dsm", "dS", "Ds",  "Dl"};

/// The syntax letters of a format.
constexpr std::string_view syntax(Format format) {
  return kSyntax[static_cast<std::size_t>(format)];
}

/// One row of the table.
struct InstructionInfo {
  std::string_view name;
  std::uint32_t match;
  std::uint32_t mask;
  Format format;
  Extension extension;
};

inline constexpr std::array<InstructionInfo, kOpcodeCount> kInstructions{{
#define INSTRUCTION(enumerator, name, match, mask, format, extension) \
  InstructionInfo{name, match, mask, Format::format, Extension::extension},
#include "sysvm/isa/instructions.inc"
}};

/// The row of an instruction.
constexpr const InstructionInfo& info(Opcode opcode) {
  return kInstructions[static_cast<std::size_t>(opcode)];
}

/// Conversions that are exact, so that it does not matter which rounding mode they name.
constexpr bool is_exact_conversion(Opcode opcode) {
  return opcode == Opcode::kFcvtDS || opcode == Opcode::kFcvtDW || opcode == Opcode::kFcvtDWu;
}

/// The rounding mode in an instruction that leaves the choice to frm.
inline constexpr std::uint8_t kDynamicRounding = 7;

/// A decoded instruction. Registers are numbers 0–31, of x or f as the format says.
struct Instruction {
  Opcode opcode{};
  std::uint8_t length = 4;  ///< in bytes: 4, or 2 where it was compressed
  std::uint8_t rd = 0;
  std::uint8_t rs1 = 0;  ///< with kCsrImmediate the immediate
  std::uint8_t rs2 = 0;
  std::uint8_t rs3 = 0;
  std::uint8_t rounding = 0;
  bool acquire = false;
  bool release = false;
  std::int32_t immediate =
      0;  ///< shift count, offset, CSR number or fence sets, as the format says

  friend bool operator==(const Instruction&, const Instruction&) = default;
};

}  // namespace doppel::sysvm
