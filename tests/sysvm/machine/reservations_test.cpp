// SPDX-License-Identifier: Apache-2.0
// Reservations among the harts of a machine on the instruction clock, whose state is saved while
// one of them holds a reservation.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sysvm/machine/machine.h"
#include "tests/sysvm/hart/guest.h"
#include "tests/sysvm/machine/console_pipe.h"

namespace doppel::sysvm {
namespace {

/// The first hart reserves a cell and reads another before it stores conditionally. Meanwhile,
/// where `meddles`, the second changes the cell and changes it back. The run fails where the
/// store-conditional did.
std::string reserving_guest(bool meddles) {
  return fmt::format(R"(
.globl _start, tohost
_start:
    la s0, cell
    la s1, turn
    li s2, 1
    csrr t0, mhartid
    bnez t0, second
    lr.d a0, (s0)
    sd s2, 0(s1)                # the other's turn
1:  ld t1, 8(s1)
    beqz t1, 1b
    sc.d a1, a0, (s0)
    li t0, 0x5555
    beqz a1, 2f
    li t0, 0x13333
2:  li t1, 0x100000
    sw t0, 0(t1)
    j .
second:
    ld t1, 0(s1)
    beqz t1, second
    li t0, 1000000              # long enough for a state to be saved
1:  addi t0, t0, -1
    bnez t0, 1b
    {}
    sd s2, 8(s1)
    j .
.data
.balign 4096
cell: .dword 5
.balign 64
turn: .dword 0, 0
.balign 64
tohost: .dword 0
)",
                     meddles ? "li t0, 5\n sd s2, 0(s0)\n sd t0, 0(s0)" : "nop");
}

void expect_end(Machine& machine, bool meddles) {
  const auto end = machine.run();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->kind, MachineEnd::Kind::kPoweredOff) << end->diagnosis;
  EXPECT_EQ(end->status, meddles ? 1U : 0U);
}

TEST(MachineReservations, AreLostToStoresOfTheSameValueBeforeAndAfterASave) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  test::ConsolePipe console;
  console.hang_up();
  MachineOptions options;
  options.harts = 2;
  options.ram_bytes = 16U << 20;
  options.clock = ClockKind::kInstructions;
  options.bare = true;
  options.input = console.input();
  options.output = console.output();
  for (const bool meddles : {false, true}) {
    const std::vector<std::byte> image = test::assemble_text(reserving_guest(meddles));
    // Saved between the first hart's two instructions, while the second counts down.
    std::vector<std::byte> middle;
    const auto first = Machine::create(options).value();
    ASSERT_TRUE(first->load({.firmware = {}, .kernel = image, .initrd = {}}));
    first->at(500'000, [&] { middle = first->save(); });
    expect_end(*first, meddles);

    const auto second = Machine::create(options).value();
    ASSERT_TRUE(second->restore(middle));
    EXPECT_EQ(second->save(), middle);
    expect_end(*second, meddles);
    EXPECT_EQ(first->save(), second->save());
  }
}

}  // namespace
}  // namespace doppel::sysvm
