// SPDX-License-Identifier: Apache-2.0
// Every instruction of the table, executed alone: registers, memory and control registers in and
// out, as the tables in tests/sysvm/golden list them. A line is
//
//     INSTRUCTION [; INSTRUCTION …] | NAME=VALUE … | NAME=VALUE …
//
// with the state before and what has changed afterwards; everything else must be as it was. Names
// are registers, CSRs, mode (0, 1, 3), m0–m15 for the words of memory from s0 on, and pc. A value
// @N is the address of the first instruction plus N. Without pc, execution goes on after the last
// instruction, or at the trap handler where mcause is expected.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "sysvm/hart/csrs.h"
#include "sysvm/isa/csr_names.h"
#include "sysvm/isa/decode.h"
#include "sysvm/isa/disassemble.h"
#include "tests/sysvm/hart/guest.h"

namespace doppel::sysvm {
namespace {

const std::filesystem::path kTables = "tests/sysvm/golden";
constexpr std::uint64_t kSlot = 32;  ///< bytes for a line's instructions
constexpr std::size_t kWords = 16;   ///< of memory that is looked at

struct Value {
  std::uint64_t number = 0;
  bool is_relative = false;
  [[nodiscard]] std::uint64_t from(std::uint64_t start) const {
    return is_relative ? start + number : number;
  }
};
using Values = std::map<std::string, Value>;

struct Line {
  std::string where;  ///< file and line
  std::string assembly;
  Values before;
  Values after;
};

Values parse_values(const std::string& text, const std::string& where) {
  Values values;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    EXPECT_NE(equals, std::string::npos) << where << ": " << word;
    if (equals == std::string::npos) continue;
    std::string text_of_value = word.substr(equals + 1);
    const bool is_relative = text_of_value.front() == '@';
    if (is_relative) text_of_value.erase(0, 1);
    // stoull takes negative numbers too, modulo 2^64.
    values[word.substr(0, equals)] = {std::stoull(text_of_value, nullptr, 0), is_relative};
  }
  return values;
}

std::vector<Line> read_table(const std::filesystem::path& path) {
  std::vector<Line> lines;
  std::ifstream file(path);
  unsigned number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    if (text.empty() || text.front() == '#') continue;
    const std::string where = fmt::format("{}:{}", path.filename().string(), number);
    const auto first = text.find('|');
    const auto second = text.find('|', first + 1);
    EXPECT_NE(second, std::string::npos) << where;
    if (second == std::string::npos) continue;
    lines.push_back({where, text.substr(0, first),
                     parse_values(text.substr(first + 1, second - first - 1), where),
                     parse_values(text.substr(second + 1), where)});
  }
  return lines;
}

std::string program_of(const std::vector<Line>& lines) {
  std::string text =
      ".globl _start\n.option norvc\n_start: j _start\n.balign 16\nhandler: j handler\n";
  for (const Line& line : lines) {
    text += fmt::format(".balign {}\n.option {}\n{}\n", kSlot,
                        line.before.contains("compressed") ? "rvc" : "norvc", line.assembly);
  }
  return text + ".balign 4096\n.globl tohost\ntohost: .space 4096\n";
}

/// What a line may name.
struct Register {
  enum class Kind : std::uint8_t { kInteger, kFloat, kMemory, kControl } kind;
  unsigned number;
};

std::optional<Register> find_register(const std::string& name) {
  static const auto registers = [] {
    std::map<std::string, Register, std::less<>> all;
    for (unsigned i = 0; i < 32; ++i) {
      all[std::string(x_name(i))] = {Register::Kind::kInteger, i};
      all[std::string(f_name(i))] = {Register::Kind::kFloat, i};
    }
    for (unsigned i = 0; i < kWords; ++i) all[fmt::format("m{}", i)] = {Register::Kind::kMemory, i};
    for (unsigned i = 0; i < 4096; ++i) {
      const auto csr = csr_name(static_cast<std::uint16_t>(i));
      if (!csr.empty()) all[std::string(csr)] = {Register::Kind::kControl, i};
    }
    return all;
  }();
  const auto found = registers.find(name);
  return found == registers.end() ? std::nullopt : std::optional(found->second);
}

/// Everything that a line can change.
struct State {
  std::array<std::uint64_t, 32> x{};
  std::array<std::uint64_t, 32> f{};
  std::array<std::uint64_t, kWords> memory{};
  std::map<unsigned, std::uint64_t> control;

  void set(const std::string& name, std::uint64_t value) {
    const auto found = find_register(name);
    ASSERT_TRUE(found) << name;
    switch (found->kind) {
      case Register::Kind::kInteger: x[found->number] = value; break;
      case Register::Kind::kFloat: f[found->number] = value; break;
      case Register::Kind::kMemory: memory[found->number] = value; break;
      case Register::Kind::kControl: control[found->number] = value; break;
    }
  }
};

bool is_special(const std::string& name) {
  return name == "mode" || name == "pc" || name == "compressed";
}

/// Other control registers are compared where a line says what they are afterwards.
bool is_always_compared(unsigned number) {
  return number == static_cast<unsigned>(Csr::kMcause) ||
         number == static_cast<unsigned>(Csr::kFflags);
}

class Runner {
 public:
  explicit Runner(const std::vector<Line>& lines)
      : lines_(lines), board_(test::assemble_text(program_of(lines))) {}

  void run(std::size_t index, std::set<Opcode>& covered) {
    const Line& line = lines_[index];
    SCOPED_TRACE(line.where + ": " + line.assembly);
    const std::uint64_t start = kRamBase.value() + kSlot * (index + 1);
    Hart& hart = *board_.hart;
    hart.reset(GuestPhys{start});

    // Instructions, by the bytes that the assembler made.
    std::uint64_t end = start;
    const auto count = std::ranges::count(line.assembly, ';') + 1;
    for (int i = 0; i < count; ++i) {
      std::uint32_t bits;
      std::memcpy(&bits, board_.bus.ram(GuestPhys{end}, 4), 4);
      if (const auto it = decode(bits)) covered.insert(it->opcode);
      end += instruction_length(static_cast<std::uint16_t>(bits));
    }

    State state;
    for (unsigned i = 1; i < 32; ++i) state.x[i] = 0x0101'0101'0101'0101 * i;
    for (unsigned i = 0; i < 32; ++i) state.f[i] = 0x0202'0202'0202'0202 * (i + 1);
    for (unsigned i = 0; i < kWords; ++i) state.memory[i] = 0x1010'2020'3030'4040 + i;
    state.x[8] = memory();
    state.control[static_cast<unsigned>(Csr::kMcause)] = 63;
    state.control[static_cast<unsigned>(Csr::kFflags)] = 0;
    // What the guest may do by default: floats are on, memory is open.
    hart.set_csr(static_cast<std::uint16_t>(Csr::kMstatus), status::kFs);
    hart.set_csr(static_cast<std::uint16_t>(Csr::kPmpaddr0), UINT64_MAX);
    hart.set_csr(static_cast<std::uint16_t>(Csr::kPmpcfg0), 0x1f);
    hart.set_csr(static_cast<std::uint16_t>(Csr::kMtvec), kRamBase.value() + 16);
    for (const auto& [name, value] : line.before) {
      if (!is_special(name)) state.set(name, value.from(start));
    }
    put(state);
    std::erase_if(state.control, [](const auto& csr) { return !is_always_compared(csr.first); });
    if (const auto mode = line.before.find("mode"); mode != line.before.end()) {
      hart.set_mode({static_cast<Privilege>(mode->second.number), false});
    }

    hart.run({static_cast<std::uint64_t>(count)});

    std::uint64_t pc = line.after.contains("mcause") ? kRamBase.value() + 16 : end;
    for (const auto& [name, value] : line.after) {
      if (name == "pc") {
        pc = value.from(start);
      } else if (name == "mode") {
        EXPECT_EQ(static_cast<std::uint64_t>(hart.mode().privilege), value.number);
      } else {
        state.set(name, value.from(start));
      }
    }
    EXPECT_EQ(hart.pc().value(), pc);
    compare(state);
  }

 private:
  [[nodiscard]] std::uint64_t memory() const {
    return board_.boot.symbols.find("tohost").value() + 1024;
  }

  void put(const State& state) {
    Hart& hart = *board_.hart;
    for (unsigned i = 1; i < 32; ++i) hart.set_x(i, state.x[i]);
    for (unsigned i = 0; i < 32; ++i) hart.set_f(i, state.f[i]);
    std::memcpy(board_.bus.ram(GuestPhys{memory()}, 8 * kWords), state.memory.data(), 8 * kWords);
    for (const auto& [number, value] : state.control) {
      hart.set_csr(static_cast<std::uint16_t>(number), value);
    }
  }

  void compare(const State& state) const {
    const Hart& hart = *board_.hart;
    const auto same = [](std::uint64_t actual, std::uint64_t expected, std::string_view name) {
      EXPECT_EQ(actual, expected) << name << fmt::format(": {:#x}, not {:#x}", actual, expected);
    };
    for (unsigned i = 0; i < 32; ++i) same(hart.x(i), state.x[i], x_name(i));
    for (unsigned i = 0; i < 32; ++i) same(hart.f(i), state.f[i], f_name(i));
    for (unsigned i = 0; i < kWords; ++i) {
      same(board_.read(GuestPhys{memory() + 8 * i}), state.memory[i], fmt::format("m{}", i));
    }
    for (const auto& [number, value] : state.control) {
      const auto csr = static_cast<std::uint16_t>(number);
      same(hart.csr(csr).value_or(0), value, csr_name(csr));
    }
  }

  const std::vector<Line>& lines_;
  test::Board board_;
};

TEST(Instructions, DoWhatTheManualSays) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  std::set<Opcode> covered;
  std::vector<std::filesystem::path> tables;
  for (const auto& entry : std::filesystem::directory_iterator(kTables)) {
    if (entry.path().extension() == ".txt") tables.push_back(entry.path());
  }
  std::ranges::sort(tables);
  for (const auto& path : tables) {
    const auto lines = read_table(path);
    Runner runner(lines);
    for (std::size_t i = 0; i < lines.size(); ++i) runner.run(i, covered);
  }
  for (std::size_t i = 0; i < kOpcodeCount; ++i) {
    EXPECT_TRUE(covered.contains(static_cast<Opcode>(i)))
        << kInstructions[i].name << " has no line";
  }
}

}  // namespace
}  // namespace doppel::sysvm
