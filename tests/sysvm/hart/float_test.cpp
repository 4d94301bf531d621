// SPDX-License-Identifier: Apache-2.0
// All float instructions that compute, on the hart, against LLVM's APFloat: special values with
// each other and random ones, in every rounding mode, given in the instruction and in frm.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "core/read_file.h"
#include "sysvm/hart/csrs.h"
#include "sysvm/hart/hart.h"
#include "sysvm/isa/instruction.h"
#include "tests/oracle/vectors.h"
#include "tests/sysvm/hart/guest.h"

namespace doppel::sysvm {
namespace {

using oracle::Answer;
using oracle::Question;

constexpr std::uint64_t kBoxed = 0xffff'ffff'0000'0000;

/// The oracle's answers. Both ways go through files: there are too many for a pipe both ways.
std::vector<Answer> ask(const std::vector<Question>& questions) {
#ifdef DOPPEL_FLOAT_ORACLE
  const std::string path =
      (std::filesystem::temp_directory_path() / fmt::format("doppel-float-{}", getpid())).string();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(questions.data()),
             static_cast<std::streamsize>(questions.size() * sizeof(Question)));
  const std::string command = fmt::format("'{}' < {} > {}.out", DOPPEL_FLOAT_ORACLE, path, path);
  EXPECT_EQ(std::system(command.c_str()), 0);
  const auto output = read_file(path + ".out");
  std::filesystem::remove(path);
  std::filesystem::remove(path + ".out");
  std::vector<Answer> answers(questions.size());
  EXPECT_TRUE(output && output->size() == answers.size() * sizeof(Answer));
  if (output && output->size() == answers.size() * sizeof(Answer)) {
    std::memcpy(answers.data(), output->data(), output->size());
  }
  return answers;
#else
  return std::vector<Answer>(questions.size());
#endif
}

bool has(const InstructionInfo& row, char letter) {
  return syntax(row.format).find(letter) != std::string_view::npos;
}

/// Instructions that compute with floats; loads, stores, moves and constants do not.
bool computes(const InstructionInfo& row) {
  const bool is_float = row.extension == Extension::kF || row.extension == Extension::kD ||
                        row.extension == Extension::kZfa;
  return is_float && row.format != Format::kFloatLoad && row.format != Format::kFloatStore &&
         row.format != Format::kFloatConstant && !row.name.starts_with("fmv");
}

/// The letter of the operands' format: 's', 'd', or 'x' where an integer is converted.
char operand_format(const InstructionInfo& row) {
  if (row.format == Format::kIntToFloat) return 'x';
  return row.name.back();
}
/// The letter of the result's.
char result_format(const InstructionInfo& row) {
  if (!has(row, 'D')) return 'x';
  const auto first_dot = row.name.find('.');
  return row.name[first_dot + 1];
}

const std::vector<std::uint64_t>& special_values(char format) {
  static const std::vector<std::uint64_t> singles = [] {
    std::vector<std::uint64_t> values;
    for (const std::uint64_t x :
         {0x0U,        0x1U,        0x2U,        0x3fffffU,   0x400000U,   0x7ffffeU,   0x7fffffU,
          0x800000U,   0x800001U,   0x1000000U,  0x33800000U, 0x33800001U, 0x3effffffU, 0x3f000000U,
          0x3f7fffffU, 0x3f800000U, 0x3f800001U, 0x3fc00000U, 0x40200000U, 0x4affffffU, 0x4b000000U,
          0x4effffffU, 0x4f000000U, 0x4f800000U, 0x5effffffU, 0x5f000000U, 0x5f800000U, 0x7e800000U,
          0x7f000000U, 0x7f7fffffU, 0x7f800000U, 0x7f800001U, 0x7fc00000U, 0x7fc00001U}) {
      values.push_back(x);
      values.push_back(x | 0x8000'0000);
    }
    return values;
  }();
  static const std::vector<std::uint64_t> doubles = [] {
    std::vector<std::uint64_t> values;
    for (const std::uint64_t x : {0x0UL,
                                  0x1UL,
                                  0x8000000000000UL,
                                  0xffffffffffffeUL,
                                  0xfffffffffffffUL,
                                  0x10000000000000UL,
                                  0x10000000000001UL,
                                  0x20000000000000UL,
                                  0x369fffffffffffffUL,  // about half of the least binary32
                                  0x36a0000000000000UL,
                                  0x380fffffdfffffffUL,  // about the least normal binary32
                                  0x380fffffe0000000UL,
                                  0x380fffffefffffffUL,
                                  0x380ffffff0000000UL,
                                  0x3810000000000000UL,
                                  0x3ca0000000000000UL,
                                  0x3fdfffffffffffffUL,
                                  0x3fe0000000000000UL,
                                  0x3ff0000000000000UL,
                                  0x3ff0000000000001UL,
                                  0x3ff0000010000000UL,
                                  0x3ff8000000000000UL,
                                  0x4004000000000000UL,
                                  0x41dfffffffc00000UL,
                                  0x41dfffffffe00000UL,
                                  0x41e0000000000000UL,
                                  0x41efffffffe00000UL,
                                  0x41f0000000000000UL,
                                  0x4330000000000001UL,
                                  0x43e0000000000000UL,
                                  0x43f0000000000000UL,
                                  0x47efffffe0000000UL,
                                  0x47efffffefffffffUL,
                                  0x47effffff0000000UL,
                                  0x7fdfffffffffffffUL,
                                  0x7fefffffffffffffUL,
                                  0x7ff0000000000000UL,
                                  0x7ff0000000000001UL,
                                  0x7ff8000000000000UL}) {
      values.push_back(x);
      values.push_back(x | 0x8000'0000'0000'0000);
    }
    return values;
  }();
  static const std::vector<std::uint64_t> integers{0,
                                                   1,
                                                   0xffff'ffff'ffff'ffff,
                                                   0x7fff'ffff,
                                                   0x8000'0000,
                                                   0xffffffff,
                                                   0x100'0001,
                                                   0x20'0000'0000'0001,
                                                   0x7fff'ffff'ffff'ffff,
                                                   0x8000'0000'0000'0000,
                                                   0x7fff'ff80,
                                                   0x7fff'ffc0,
                                                   0xffff'ff80,
                                                   0x7fff'ff40'0000'0000,
                                                   0xffff'ffff'ffff'fc00,
                                                   0x8000'0000'0000'0400};
  return format == 's' ? singles : format == 'd' ? doubles : integers;
}

class Vectors {
 public:
  explicit Vectors(const InstructionInfo& row) : row_(row), format_(operand_format(row)) {
    const auto& values = special_values(format_);
    if (has(row, 'R')) {
      for (int i = 0; i < 4'000; ++i) {
        add(values[random_() % values.size()], values[random_() % values.size()],
            values[random_() % values.size()]);
      }
    } else if (has(row, 'T')) {
      for (const auto x : values) {
        for (const auto y : values) add(x, y, 0);
      }
    } else {
      for (const auto x : values) add(x, 0, 0);
    }
    for (int i = 0; i < 2'000; ++i) add(random_value(), random_value(), random_value());
  }

  [[nodiscard]] const std::vector<Question>& questions() const { return questions_; }

 private:
  void add(std::uint64_t x, std::uint64_t y, std::uint64_t z) {
    const bool rounds = has(row_, 'm');
    const unsigned modes = rounds ? 5 : 1;
    for (unsigned mode = 0; mode < modes; ++mode) {
      Question question{{}, {x, y, z}, rounds ? mode : 1};
      row_.name.copy(question.mnemonic, sizeof question.mnemonic - 1);
      questions_.push_back(question);
    }
  }

  /// Exponents are often close to each other, or to the ends.
  std::uint64_t random_value() {
    const std::uint64_t bits = random_();
    if (format_ == 'x') return bits >> (random_() & 63);
    const unsigned fraction = format_ == 's' ? 23 : 52;
    const std::uint64_t bias = format_ == 's' ? 127 : 1023;
    const std::uint64_t exponents = 2 * bias + 1;
    const auto with = [&](std::uint64_t exponent) {
      return (bits & ~(exponents << fraction)) | exponent << fraction;
    };
    std::uint64_t value = bits;
    switch (random_() % 4) {
      case 0: break;
      case 1: value = with(bias + random_() % 5 - 2); break;
      case 2: value = with(random_() % 3); break;
      default: value = with(bias + random_() % 70 - 35); break;
    }
    return format_ == 's' ? value & 0xffff'ffff : value;
  }

  const InstructionInfo& row_;
  char format_;
  std::mt19937_64 random_{11};
  std::vector<Question> questions_;
};

/// One instruction in RAM, f10 or x10 from the registers 11, 12 and 13, and a jump to itself.
class Machine {
 public:
  Machine() {
    hart_.reset(kRamBase);
    hart_.set_csr(static_cast<std::uint16_t>(Csr::kMstatus), status::kFs);
  }

  /// Puts the instruction with the rounding mode `rounding` (7: dynamic) at a place of its own.
  void select(const InstructionInfo& row, unsigned rounding) {
    std::uint32_t bits = row.match;
    const auto field = [&](char letter, unsigned value, unsigned position) {
      if (has(row, letter)) bits |= value << position;
    };
    field('d', 10, 7);
    field('D', 10, 7);
    field('s', 11, 15);
    field('S', 11, 15);
    field('T', 12, 20);
    field('R', 13, 27);
    field('m', rounding, 12);
    const std::uint32_t code[] = {bits, 0x0000006f};
    std::memcpy(bus_.ram(kRamBase, sizeof code), code, sizeof code);
    hart_.request(Hart::kFetchFence);
    operand_ = operand_format(row);
    result_ = result_format(row);
  }

  Answer run(const Question& question, unsigned dynamic) {
    for (unsigned i = 0; i < 3; ++i) {
      const std::uint64_t value = question.operands[i];
      if (operand_ == 'x') {
        hart_.set_x(11 + i, value);
      } else {
        hart_.set_f(11 + i, operand_ == 's' ? value | kBoxed : value);
      }
    }
    hart_.set_csr(static_cast<std::uint16_t>(Csr::kFcsr), dynamic << 5);
    hart_.set_pc(GuestVirt{kRamBase.value()});
    // The request of a fence ends one run at once.
    while (hart_.run({2}).reason == ExitReason::kInterrupted) {
    }
    const std::uint64_t flags = hart_.csr(static_cast<std::uint16_t>(Csr::kFflags)).value();
    const std::uint64_t bits = result_ == 'x' ? hart_.x(10) : hart_.f(10);
    if (result_ == 's') {
      EXPECT_EQ(bits & kBoxed, kBoxed);
    }
    return {result_ == 's' ? bits & ~kBoxed : bits, flags};
  }

 private:
  Bus bus_ = Bus::create(1 << 20).value();
  test::ManualClock clock_;
  Hart hart_{{.bus = &bus_, .clock = &clock_}};
  char operand_ = 'd';
  char result_ = 'd';
};

void compare(Machine& machine, const InstructionInfo& row, const std::vector<Question>& questions,
             const std::vector<Answer>& answers, bool dynamic) {
  const bool rounds = has(row, 'm');
  if (!rounds && dynamic) return;
  for (unsigned mode = 0; mode < (rounds ? 5U : 1U); ++mode) {
    machine.select(row, dynamic ? 7 : mode);
    for (std::size_t i = mode; i < questions.size(); i += rounds ? 5 : 1) {
      const Answer actual = machine.run(questions[i], dynamic ? mode : 0);
      const Answer& expected = answers[i];
      ASSERT_TRUE(actual.bits == expected.bits && actual.flags == expected.flags) << fmt::format(
          "{} of {:#x} {:#x} {:#x} in mode {}{}: {:#x} flags {}, not {:#x} flags {}", row.name,
          questions[i].operands[0], questions[i].operands[1], questions[i].operands[2], mode,
          dynamic ? " (frm)" : "", actual.bits, actual.flags, expected.bits, expected.flags);
    }
  }
}

TEST(Floats, AreAsLlvmComputesThem) {
#ifndef DOPPEL_FLOAT_ORACLE
  GTEST_SKIP() << "the oracle is not built: this build has sanitizers, or LLVM's development files "
                  "are missing";
#endif
  Machine machine;
  for (const InstructionInfo& row : kInstructions) {
    if (!computes(row)) continue;
    const Vectors vectors(row);
    const auto answers = ask(vectors.questions());
    compare(machine, row, vectors.questions(), answers, false);
    compare(machine, row, vectors.questions(), answers, true);
  }
}

}  // namespace
}  // namespace doppel::sysvm
