// SPDX-License-Identifier: Apache-2.0
// Decoder and disassembler against LLVM's, on random encodings of every row of the table and on all
// compressed encodings: what LLVM reads must read the same. Skipped where llvm-mc-19 is missing.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "sysvm/isa/decode.h"
#include "sysvm/isa/disassemble.h"

namespace doppel::sysvm {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtensions =
    "+m,+a,+f,+d,+c,+zicsr,+zifencei,+zba,+zbb,+zbc,+zbs,+zicond,+zicbom,+zicboz,+zihintpause,"
    "+zawrs,+zfa,+svinval,+zcd";

bool has_llvm() { return std::system("llvm-mc-19 --version >/dev/null 2>&1") == 0; }

/// Runs llvm-mc on a file of `input` and answers its lines of output.
std::vector<std::string> llvm_mc(const std::string& options, const std::string& input) {
  const std::string path =
      (fs::temp_directory_path() / fmt::format("doppel-llvm-{}", getpid())).string();
  std::ofstream(path) << input;
  const std::string command =
      fmt::format("llvm-mc-19 --triple=riscv64 -mattr={} {} {} > {}.out 2>/dev/null", kExtensions,
                  options, path, path);
  static_cast<void>(std::system(command.c_str()));
  std::ifstream output(path + ".out");
  std::vector<std::string> lines;
  for (std::string line; std::getline(output, line);) lines.push_back(line);
  fs::remove(path);
  fs::remove(path + ".out");
  return lines;
}

/// "addi\ta0, a1, 1" as we write it.
std::string normalized(const std::string& line) {
  std::string text;
  for (const char c : line) {
    if (c == '\t' || c == ' ') {
      if (!text.empty() && text.back() != ' ') text += ' ';
    } else {
      text += c;
    }
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

/// Encodings for which one text is as good as another, or that LLVM does not take for what the
/// manual says: reserved fields of fences, which are to be ignored, and pause, which is a fence.
bool is_comparable(const Instruction& it) {
  switch (it.opcode) {
    case Opcode::kFence:
    case Opcode::kFenceTso:
    case Opcode::kPause:
    case Opcode::kFenceI: return false;
    default: return true;
  }
}

TEST(Disassembler, ReadsAsLlvmDoes) {
  if (!has_llvm()) GTEST_SKIP() << "llvm-mc-19 is not installed";
  std::mt19937 random(5);
  std::vector<Instruction> instructions;
  std::string input;
  for (std::size_t i = 0; i < kOpcodeCount; ++i) {
    for (int k = 0; k < 40; ++k) {
      const InstructionInfo& row = kInstructions[i];
      const std::uint32_t bits = row.match | (static_cast<std::uint32_t>(random()) & ~row.mask);
      const auto it = decode(bits);
      if (!it || !is_comparable(*it)) continue;
      instructions.push_back(*it);
      for (int byte = 0; byte < 4; ++byte)
        input += fmt::format("0x{:02x} ", bits >> (8 * byte) & 255);
      input += "\n";
    }
  }
  std::vector<std::string> lines;
  for (const std::string& line : llvm_mc("--disassemble -M no-aliases", input)) {
    if (const std::string text = normalized(line); !text.empty() && text != ".text") {
      lines.push_back(text);
    }
  }
  ASSERT_EQ(lines.size(), instructions.size()) << "LLVM refuses what we read, or the reverse";
  int differences = 0;
  for (std::size_t i = 0; i < lines.size() && differences < 20; ++i) {
    const std::string text = normalized(disassemble(instructions[i]));
    // LLVM names registers of control and status that this machine does not have.
    if (info(instructions[i].opcode).extension == Extension::kZicsr) continue;
    if (text != lines[i]) ++differences;
    EXPECT_EQ(text, lines[i]);
  }
}

TEST(CompressedDecoder, ExpandsWhatLlvmCompresses) {
  if (!has_llvm()) GTEST_SKIP() << "llvm-mc-19 is not installed";
  // The text of each expansion, assembled with compression, gives the encoding back, unless there
  // are two of them (hints, or c.mv against c.li and the like).
  std::vector<std::uint16_t> encodings;
  std::string input;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 3) == 3) continue;
    const auto it = decode(bits);
    if (!it || (it->rd == 0 && (bits & 3) != 2 && it->opcode == Opcode::kAddi)) continue;
    encodings.push_back(static_cast<std::uint16_t>(bits));
    input += disassemble(*it) + "\n";
  }
  std::size_t at = 0;
  std::size_t same = 0;
  for (const std::string& line : llvm_mc("--show-encoding", input)) {
    const auto open = line.find("encoding: [");
    if (open == std::string::npos) continue;
    ASSERT_LT(at, encodings.size());
    unsigned low = 0;
    unsigned high = 0;
    if (std::sscanf(line.c_str() + open, "encoding: [0x%x,0x%x]", &low, &high) == 2 &&
        (low | high << 8) == encodings[at]) {
      ++same;
    }
    ++at;
  }
  ASSERT_EQ(at, encodings.size()) << "LLVM does not understand a text";
  EXPECT_GT(same, encodings.size() * 95 / 100);
}

}  // namespace
}  // namespace doppel::sysvm
