// SPDX-License-Identifier: Apache-2.0
// Random instruction sequences from the table, on the hart and on qemu-riscv64: registers, memory
// and float flags must come out the same. Skipped where the reference or the assembler is missing.
// DOPPEL_RANDOM_PROGRAMS is how many programs are tried (a program executes some 100,000
// instructions), DOPPEL_RANDOM_SEED where to begin.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>

#include "core/read_file.h"
#include "sysvm/isa/decode.h"
#include "sysvm/isa/disassemble.h"
#include "tests/sysvm/hart/guest.h"

namespace doppel::sysvm {
namespace {

constexpr unsigned kCounter = 29;  // of the loop
constexpr unsigned kAtomics = 30;  // an aligned place
constexpr unsigned kBuffer = 31;   // the middle of a buffer
constexpr std::size_t kBodyLength = 2'000;
constexpr int kRounds = 50;
/// What a program tells at its end: x1–x28, f0–f31, fcsr, the buffer.
constexpr std::size_t kBufferBytes = 4'608;
constexpr std::size_t kReportBytes = (28 + 32 + 1) * 8 + kBufferBytes;

/// Whether the reference of Debian 12 (QEMU 7.2) knows an extension.
bool is_known(Extension extension) {
  switch (extension) {
    case Extension::kI:
    case Extension::kM:
    case Extension::kA:
    case Extension::kF:
    case Extension::kD:
    case Extension::kZba:
    case Extension::kZbb:
    case Extension::kZbc:
    case Extension::kZbs: return true;
    default: return false;
  }
}

bool has(Format format, char letter) {
  return syntax(format).find(letter) != std::string_view::npos;
}

/// Whether an instruction may stand in a sequence, as it is.
bool is_harmless(const Instruction& it) {
  const InstructionInfo& row = info(it.opcode);
  if (!is_known(row.extension)) return false;
  switch (row.format) {
    case Format::kNone:
    case Format::kFenceI:
    case Format::kJump:
    case Format::kJumpRegister:
    case Format::kBranch: return false;
    case Format::kLoad:
    case Format::kFloatLoad:
    case Format::kStore:
    case Format::kFloatStore:
      if (it.rs1 != kBuffer) return false;
      break;
    case Format::kLoadReserved: return false;  // stands in pairs of its own
    case Format::kAmo:
      if (it.rs1 != kAtomics) return false;
      break;
    default: break;
  }
  if (it.opcode == Opcode::kAuipc) return false;
  // QEMU 7.2 counts on in the upper half where the lower one is zero.
  if (it.opcode == Opcode::kCtzw) return false;
  return !has(row.format, 'd') || it.rd < kCounter;
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string program() {
    std::string text = R"(.text
.globl _start
_start:
  la x31, buffer + 2048
  la x30, buffer + 4096
  la x1, values
)";
    for (unsigned i = 0; i < 32; ++i) text += fmt::format("  fld f{}, {}(x1)\n", i, 8 * i);
    for (unsigned i = 2; i < kCounter; ++i)
      text += fmt::format("  ld x{}, {}(x1)\n", i, 256 + 8 * i);
    text += fmt::format("  ld x1, 264(x1)\n  li x29, {}\nbody:\n", kRounds);
    for (std::size_t i = 0; i < kBodyLength; ++i) text += instruction();
    text +=
        "  addi x29, x29, -1\n  beqz x29, done\n  j far\n  .align 2\nfar: la x30, body\n"
        "  mv x31, x30\n  la x30, buffer + 4096\n  j again\n"
        "again: jalr x0, 0(x31)\n";
    // x31 is set again at the beginning of the body.
    text.replace(text.find("body:\n"), 6, "body:\n  la x31, buffer + 2048\n");
    text += "done:\n  la x31, report\n";
    for (unsigned i = 1; i < kCounter; ++i)
      text += fmt::format("  sd x{}, {}(x31)\n", i, 8 * (i - 1));
    for (unsigned i = 0; i < 32; ++i) text += fmt::format("  fsd f{}, {}(x31)\n", i, 8 * (28 + i));
    text += fmt::format(R"(  frcsr x1
  sd x1, 480(x31)
  li a0, 1
  la a1, report
  li a2, {}
  li a7, 64
  ecall
  li a0, 0
  li a7, 93
  ecall
.data
.align 12
values:
)",
                        kReportBytes);
    for (int i = 0; i < 64; ++i) text += fmt::format("  .dword 0x{:x}\n", value());
    text += fmt::format(".align 4\nreport: .space 488\nbuffer: .space {}\n", kBufferBytes);
    text += ".globl tohost\ntohost: .dword 0\n";
    return text;
  }

 private:
  std::uint64_t value() {
    const std::uint64_t bits = random_();
    switch (random_() % 5) {
      case 0: return bits >> (bits & 63);
      case 1: return bits | 0xffff'ffff'0000'0000;
      case 2: return 0x3ff0'0000'0000'0000 + (bits >> 12);
      case 3: return 0xffff'ffff'3f80'0000 + (bits & 0x7fff'ffff);
      default: return bits;
    }
  }

  std::string instruction() {
    if (random_() % 64 == 0) return fmt::format("  fsrmi x0, {}\n", random_() % 5);
    if (random_() % 128 == 0) return "  fence rw, rw\n";
    if (random_() % 64 == 0) {
      const char size = random_() % 2 == 0 ? 'w' : 'd';
      return fmt::format("  lr.{0} x{1}, (x30)\n  addi x{2}, x{1}, 1\n  sc.{0} x{3}, x{2}, (x30)\n",
                         size, 1 + random_() % 28, 1 + random_() % 28, random_() % 29);
    }
    if (random_() % 4 == 0) {
      for (;;) {
        const auto bits = static_cast<std::uint16_t>(random_());
        if ((bits & 3) == 3) continue;
        const auto it = decode(bits);
        if (it && is_harmless(*it)) return fmt::format("  .2byte 0x{:04x}\n", bits);
      }
    }
    for (;;) {
      const auto opcode = static_cast<Opcode>(random_() % kOpcodeCount);
      const InstructionInfo& row = info(opcode);
      std::uint32_t bits = row.match | (static_cast<std::uint32_t>(random_()) & ~row.mask);
      const bool is_access = has(row.format, 'o');
      const bool is_atomic = has(row.format, 'a');
      if (is_access) bits = (bits & ~(31U << 15)) | kBuffer << 15;
      if (is_atomic) bits = (bits & ~(31U << 15)) | kAtomics << 15;
      const auto it = decode(bits);
      if (it && it->opcode == opcode && is_harmless(*it))
        return fmt::format("  .4byte 0x{:08x}\n", bits);
    }
  }

  std::mt19937_64 random_;
};

bool has_reference() { return std::system("qemu-riscv64 --version >/dev/null 2>&1") == 0; }

std::vector<std::byte> on_reference(std::span<const std::byte> program) {
  const std::string path =
      (std::filesystem::temp_directory_path() / fmt::format("doppel-random-{}", getpid())).string();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(program.data()),
             static_cast<std::streamsize>(program.size()));
  chmod(path.c_str(), 0700);
  const std::string command = fmt::format("qemu-riscv64 {0} > {0}.out", path);
  EXPECT_EQ(std::system(command.c_str()), 0);
  const auto output = read_file(path + ".out");
  std::filesystem::remove(path);
  std::filesystem::remove(path + ".out");
  if (!output) return {};
  const auto bytes = std::as_bytes(std::span(*output));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> on_hart(std::span<const std::byte> program) {
  test::Board board(program);
  board.hart = std::make_unique<Hart>(
      Hart::Config{.bus = &board.bus, .clock = &board.clock, .serves_calls = true});
  board.hart->start_supervisor(board.boot.pc, 0, 0);
  board.hart->set_csr(0x300, board.hart->csr(0x300).value() | 0x2000);
  const Exit exit = board.hart->run({10'000'000});
  EXPECT_EQ(exit.reason, ExitReason::kHypercall)
      << name_of(exit.reason) << " at 0x" << std::hex << board.hart->pc().value() << ", "
      << name_of(board.hart->diagnosis().trap.cause);
  std::vector<std::byte> report(kReportBytes);
  std::memcpy(report.data(), board.bus.ram(GuestPhys{board.hart->x(11)}, kReportBytes),
              kReportBytes);
  return report;
}

unsigned setting(const char* name, unsigned otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::atoi(text));
}

TEST(RandomSequences, AgreeWithTheReference) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  if (!has_reference()) GTEST_SKIP() << "qemu-riscv64 is not installed";
  const unsigned first = setting("DOPPEL_RANDOM_SEED", 1);
  const unsigned count = setting("DOPPEL_RANDOM_PROGRAMS", 4);
  for (unsigned seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE(testing::Message() << "DOPPEL_RANDOM_SEED=" << seed);
    const auto program = test::assemble_text(Generator(seed).program());
    const auto expected = on_reference(program);
    const auto actual = on_hart(program);
    ASSERT_EQ(expected.size(), kReportBytes);
    for (std::size_t i = 0; i < kReportBytes; i += 8) {
      std::uint64_t e;
      std::uint64_t a;
      std::memcpy(&e, expected.data() + i, 8);
      std::memcpy(&a, actual.data() + i, 8);
      const std::size_t at = i / 8;
      const std::string where = at < 28    ? fmt::format("x{}", at + 1)
                                : at < 60  ? fmt::format("f{}", at - 28)
                                : at == 60 ? "fcsr"
                                           : fmt::format("buffer + {}", i - 61 * 8);
      EXPECT_EQ(a, e) << where;
    }
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace doppel::sysvm
