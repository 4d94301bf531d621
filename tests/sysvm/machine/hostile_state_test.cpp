// SPDX-License-Identifier: Apache-2.0
// Saved states whose checksums are right and whose contents are not: a machine refuses them or runs
// with them, and the host takes no harm.
#include <cstring>
#include <random>

#include "core/state/stream.h"
#include "tests/sysvm/machine/machine_test.h"

namespace doppel::sysvm {
namespace {

constexpr std::size_t kHeaderBytes = 16;

/// The contents of a section in a stream (docs/formats/state.md).
struct Contents {
  std::size_t begin;
  std::size_t bytes;
};

/// All sections but that of RAM, which is the guest's to fill anyway.
std::vector<Contents> sections(std::span<const std::byte> stream) {
  std::vector<Contents> found;
  std::size_t at = kHeaderBytes;
  while (stream[at] != std::byte{0}) {
    const auto name_bytes = std::to_integer<std::size_t>(stream[at]);
    const std::string_view name(reinterpret_cast<const char*>(&stream[at + 1]), name_bytes);
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, &stream[at + 1 + name_bytes + 4], sizeof bytes);
    at += 1 + name_bytes + 4 + 8;
    if (name != "ram") found.push_back({at, bytes});
    at += bytes + 4;
  }
  return found;
}

/// Changes some bytes of a section, and its checksum with them.
void damage(std::span<std::byte> stream, const Contents& section, std::mt19937& random) {
  constexpr std::uint8_t kTelling[] = {0, 1, 0x7f, 0x80, 0xff};
  for (unsigned left = 1 + random() % 4; left != 0; --left) {
    const std::uint8_t value =
        random() % 2 == 0 ? kTelling[random() % std::size(kTelling)] : random() & 0xff;
    stream[section.begin + random() % section.bytes] = std::byte{value};
  }
  const std::uint32_t sum = crc32c(stream.subspan(section.begin, section.bytes));
  std::memcpy(&stream[section.begin + section.bytes], &sum, sizeof sum);
}

TEST(HostileState, HarmsNobody) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  const auto image = test::assemble_text(std::string(test::kSupervisor) + R"(
    la t0, handler
    csrw stvec, t0
    la s0, cell
    li t0, 0x220
    csrw sie, t0
1:  rdtime t0
    addi t0, t0, 50
    csrw 0x14d, t0
    lr.d t1, (s0)
    j 2f
2:  sc.d t2, t1, (s0)
    csrsi sstatus, 2
    wfi
    j 1b
    .align 2
handler:
    li t0, -1
    csrw 0x14d, t0
    sret
    .data
    .balign 64
cell: .dword 0)");
  test::ConsolePipe console;
  console.hang_up();
  MachineOptions options;
  options.clock = ClockKind::kInstructions;
  options.harts = 2;
  options.ram_bytes = 8U << 20;
  options.input = console.input();
  options.output = console.output();
  const auto original = Machine::create(options).value();
  ASSERT_TRUE(original->load({.firmware = {}, .kernel = image, .initrd = {}}));
  std::vector<std::byte> state;
  original->at(2'000, [&] { state = original->save(); });
  original->stop_at(3'000);
  ASSERT_TRUE(original->run());

  std::mt19937 random(7);
  const std::vector<Contents> parts = sections(state);
  ASSERT_GT(parts.size(), 10U);
  unsigned taken = 0;
  for (unsigned i = 0; i < 600; ++i) {
    SCOPED_TRACE(i);
    auto damaged = state;
    damage(damaged, parts[i % parts.size()], random);
    const auto machine = Machine::create(options).value();
    if (!machine->restore(damaged)) continue;
    ++taken;
    machine->stop_at(20'000);
    ASSERT_TRUE(machine->run());
  }
  EXPECT_GT(taken, 200U) << "most of what is damaged is a state too";
}

}  // namespace
}  // namespace doppel::sysvm
