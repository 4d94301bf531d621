// SPDX-License-Identifier: Apache-2.0
// The disassembler: a row's name and its format's syntax letters make the text.
#include "sysvm/isa/disassemble.h"

#include <fmt/format.h>

#include <array>

#include "sysvm/isa/csr_names.h"

namespace doppel::sysvm {

namespace {

constexpr std::array<std::string_view, 32> kXNames{
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
constexpr std::array<std::string_view, 32> kFNames{
    "ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1", "fa0",
    "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4", "fs5",
    "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};
constexpr std::array<std::string_view, 8> kRoundingNames{"rne", "rtz", "rdn", "rup",
                                                         "rmm", "?",   "?",   "dyn"};
constexpr std::array<std::string_view, 32> kFloatConstants{"-1.0",
                                                           "min",
                                                           "1.52587890625e-05",
                                                           "3.0517578125e-05",
                                                           "0.00390625",
                                                           "0.0078125",
                                                           "0.0625",
                                                           "0.125",
                                                           "0.25",
                                                           "0.3125",
                                                           "0.375",
                                                           "0.4375",
                                                           "0.5",
                                                           "0.625",
                                                           "0.75",
                                                           "0.875",
                                                           "1.0",
                                                           "1.25",
                                                           "1.5",
                                                           "1.75",
                                                           "2.0",
                                                           "2.5",
                                                           "3.0",
                                                           "4.0",
                                                           "8.0",
                                                           "16.0",
                                                           "128.0",
                                                           "256.0",
                                                           "32768.0",
                                                           "65536.0",
                                                           "inf",
                                                           "nan"};

std::string fence_set(unsigned bits) {
  std::string text;
  for (unsigned i = 0; i < 4; ++i) {
    if ((bits & (8U >> i)) != 0) text += "iorw"[i];
  }
  return text.empty() ? "0" : text;
}

std::string operand(char letter, const Instruction& it, std::optional<std::uint64_t> address) {
  switch (letter) {
    case 'd': return std::string(x_name(it.rd));
    case 's': return std::string(x_name(it.rs1));
    case 't': return std::string(x_name(it.rs2));
    case 'D': return std::string(f_name(it.rd));
    case 'S': return std::string(f_name(it.rs1));
    case 'T': return std::string(f_name(it.rs2));
    case 'R': return std::string(f_name(it.rs3));
    case 'u': return fmt::format("{}", static_cast<std::uint32_t>(it.immediate) >> 12);
    case 'p':
      return address ? fmt::format("{:#x}", *address + static_cast<std::uint64_t>(
                                                           static_cast<std::int64_t>(it.immediate)))
                     : fmt::format("{}", it.immediate);
    case 'o': return fmt::format("{}({})", it.immediate, x_name(it.rs1));
    case 'a': return fmt::format("({})", x_name(it.rs1));
    case 'f':
      return fence_set(static_cast<unsigned>(it.immediate) >> 4 & 15) + ", " +
             fence_set(static_cast<unsigned>(it.immediate) & 15);
    case 'c': return csr_text(static_cast<std::uint16_t>(it.immediate));
    case 'z': return fmt::format("{}", it.rs1);
    case 'm': return std::string(kRoundingNames[it.rounding]);
    case 'q': return "rtz";
    case 'l': return std::string(kFloatConstants[static_cast<std::size_t>(it.immediate)]);
    default: return fmt::format("{}", it.immediate);
  }
}

}  // namespace

std::string_view x_name(unsigned number) { return kXNames[number]; }
std::string_view f_name(unsigned number) { return kFNames[number]; }

std::string disassemble(const Instruction& it, std::optional<std::uint64_t> address) {
  const InstructionInfo& row = info(it.opcode);
  std::string text(row.name);
  if (it.acquire) text += it.release ? ".aqrl" : ".aq";
  if (it.release && !it.acquire) text += ".rl";
  std::string_view separator = " ";
  for (const char letter : syntax(row.format)) {
    if (letter == 'm' && it.rounding == 0 && is_exact_conversion(it.opcode)) continue;
    text += separator;
    text += operand(letter, it, address);
    separator = ", ";
  }
  return text;
}

}  // namespace doppel::sysvm
