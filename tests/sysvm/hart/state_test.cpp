// SPDX-License-Identifier: Apache-2.0
// Saving and restoring a hart in the middle of a program; what is no state of a hart is refused.
#include <gtest/gtest.h>

#include <cstring>

#include "core/state/stream.h"
#include "tests/sysvm/hart/guest.h"

namespace doppel::sysvm {
namespace {

// Integers, floats with flags, an S-mode with paging off, a reservation, in a long loop.
constexpr const char* kProgram = R"(.globl _start
_start:
  li t0, 0x6000
  csrs mstatus, t0
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  fsrmi x0, 2
  la t0, supervisor
  csrw mepc, t0
  li t0, 0x800
  csrs mstatus, t0
  mret
supervisor:
  la s0, cell
  li a0, 0
  li a1, 20000
  li t0, 3
  fcvt.d.l fa1, t0
1: addi a0, a0, 7
  mul a2, a0, a0
  fcvt.d.l fa0, a2
  fdiv.d fa2, fa0, fa1
  fadd.d fa3, fa3, fa2
  lr.d a3, (s0)
  add a3, a3, a2
  sc.d a4, a3, (s0)
  addi a1, a1, -1
  bnez a1, 1b
  frcsr a5
  la t0, tohost
  li t1, 1
  sd t1, 0(t0)
2: j 2b
.data
.align 3
cell: .dword 0
.globl tohost
tohost: .dword 0
)";

std::vector<std::byte> saved(const Hart& hart) {
  StateWriter writer;
  hart.save(writer);
  return std::move(writer).finish();
}

TEST(HartState, GoesOnAfterRestoringAsIfNothingHadHappened) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  const auto program = test::assemble_text(kProgram);
  test::Board whole(program);
  ASSERT_EQ(whole.hart->run({100'000}).reason, ExitReason::kBudget);
  const auto expected = saved(*whole.hart);

  for (const std::uint64_t first : {1U, 13U, 21U, 22U, 23U, 24U, 25U, 26U, 27U, 50'001U}) {
    SCOPED_TRACE(first);
    test::Board before(program);
    before.hart->run({first});
    const auto stream = saved(*before.hart);
    test::Board after(program);
    std::memcpy(after.bus.ram(kRamBase, 1 << 20), before.bus.ram(kRamBase, 1 << 20), 1 << 20);
    StateReader reader(stream);
    const auto restored = after.hart->restore(reader);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(saved(*after.hart), stream);
    after.hart->run({100'000 - first});
    EXPECT_EQ(saved(*after.hart), expected);
    EXPECT_EQ(
        std::memcmp(after.bus.ram(kRamBase, 1 << 20), whole.bus.ram(kRamBase, 1 << 20), 1 << 20),
        0);
  }
}

TEST(HartState, RefusesDamage) {
  Bus bus = Bus::create(1 << 20).value();
  const test::ManualClock clock;
  Hart hart({.bus = &bus, .clock = &clock});
  hart.set_x(5, 77);
  const auto stream = saved(hart);
  for (std::size_t i = 0; i < stream.size(); i += 7) {
    auto damaged = stream;
    damaged[i] ^= std::byte{1};
    StateReader reader(damaged);
    const bool restored = hart.restore(reader) && reader.finish();
    EXPECT_FALSE(restored) << i;
  }
  Hart other({.id = 1, .bus = &bus, .clock = &clock});
  StateReader reader(stream);
  EXPECT_FALSE(other.restore(reader));
}

}  // namespace
}  // namespace doppel::sysvm
