// SPDX-License-Identifier: Apache-2.0
// Memories behind bounds checks, tables with 64-bit indices, wide arithmetic and atomic accesses:
// what the official suite does not reach.
#include <gmock/gmock.h>

#include <array>
#include <cstring>

#include "tests/bytecode/interp/program.h"

namespace doppel::bytecode {
namespace {

using testing::ElementsAre;

TEST(GeneralMemory, TrapsWhereIndexAndOffsetOverflow) {
  Program program;
  const Instance& m = program.add(R"((memory i64 1)
    (func (export "f") (param i64) (result i32)
      (i32.load offset=0xffff_ffff_ffff_0000 (local.get 0))))");
  EXPECT_EQ(program.call(m, "f", {0xfffc}).kind(), TrapKind::kMemoryOutOfBounds);
  EXPECT_EQ(program.call(m, "f", {0x1'0000}).kind(), TrapKind::kMemoryOutOfBounds);
  EXPECT_EQ(program.call(m, "f", {0x1'fffc}).kind(), TrapKind::kMemoryOutOfBounds);
}

TEST(GeneralMemory, SeesTheLastByteOfSmallPages) {
  Program program;
  const Instance& m = program.add(R"((memory 5 (pagesize 1))
    (func (export "f") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "grow") (result i32) (memory.grow (i32.const 2))))");
  EXPECT_THAT(program.call(m, "f", {4}).results, ElementsAre(0));
  const Program::Outcome outcome = program.call(m, "f", {5});
  EXPECT_EQ(outcome.kind(), TrapKind::kMemoryOutOfBounds);
  ASSERT_EQ(outcome.trap->backtrace.size(), 1U);
  EXPECT_THAT(program.call(m, "grow").results, ElementsAre(5));
  EXPECT_THAT(program.call(m, "f", {6}).results, ElementsAre(0));
}

TEST(GeneralMemory, KeepsOperandsThatComeFromEverywhere) {
  Program program;
  const Instance& m = program.add(R"((memory 1) (memory $b 1)
    (func (export "f") (param i32 f32) (result i32 f32)
      (i32.store $b (i32.add (local.get 0) (i32.const 4)) (i32.mul (local.get 0) (i32.const 3)))
      (f32.store $b offset=8 (i32.const 8) (f32.neg (local.get 1)))
      (i32.add (i32.load $b offset=4 (local.get 0)) (i32.load8_s $b (i32.const 8)))
      (f32.load $b (i32.const 16))))");
  EXPECT_THAT(program.call(m, "f", {4, 0x4000'0000}).results, ElementsAre(24, 0xc000'0000));
}

TEST(GeneralMemory, OfGiganticSizeIsRefusedOrStaysSmall) {
  Program program;
  EXPECT_FALSE(program.linker().instantiate(program.load("(memory i64 0x1_0000_0000_0000)")));
  const Instance& m = program.add(R"((memory i64 0)
    (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0))))");
  EXPECT_THAT(program.call(m, "grow", {0xffff'ffff'ffff'ffff}).results, ElementsAre(UINT64_MAX));
  EXPECT_THAT(program.call(m, "grow", {0x4'0001}).results, ElementsAre(UINT64_MAX));
  EXPECT_THAT(program.call(m, "grow", {3}).results, ElementsAre(0));
}

TEST(GeneralTable, IsCalledThroughWith64BitIndices) {
  Program program;
  const Instance& m = program.add(R"((table i64 2 2 funcref) (elem (i64.const 0) $one)
    (type $t (func (result i32)))
    (func $one (result i32) (i32.const 1))
    (func (export "f") (param i64) (result i32) (call_indirect (type $t) (local.get 0)))
    (func (export "g") (param i64) (result i32) (return_call_indirect (type $t) (local.get 0))))");
  EXPECT_THAT(program.call(m, "f", {0}).results, ElementsAre(1));
  EXPECT_EQ(program.call(m, "f", {1}).kind(), TrapKind::kUninitializedElement);
  EXPECT_EQ(program.call(m, "f", {0x1'0000'0000}).kind(), TrapKind::kUndefinedElement);
  EXPECT_THAT(program.call(m, "g", {0}).results, ElementsAre(1));
  EXPECT_EQ(program.call(m, "g", {0x1'0000'0000}).kind(), TrapKind::kUndefinedElement);
}

TEST(WideArithmetic, WorksOnOperandsThatAreLocalsAndConstants) {
  Program program;
  const Instance& m = program.add(R"(
    (func (export "f") (param i64 i64) (result i64 i64)
      (i64.add128 (local.get 0) (local.get 1) (i64.const -1) (i64.const 0)))
    (func (export "g") (param i64 i64) (result i64)
      (i64.mul_wide_s (local.get 0) (local.get 1)) (i64.sub)))");
  EXPECT_THAT(program.call(m, "f", {1, 5}).results, ElementsAre(0, 6));
  EXPECT_THAT(program.call(m, "g", {UINT64_MAX, 7}).results, ElementsAre(UINT64_MAX - 5));
}

TEST(AtomicAccess, TrapsBeforeAnyEffectWhereItIsNotAligned) {
  Program program;
  const Instance& m = program.add(R"((memory 1 1 shared)
    (func (export "f") (param i32) (result i64)
      (i64.atomic.rmw.add offset=4 (local.get 0) (i64.const 3))))");
  EXPECT_THAT(program.call(m, "f", {4}).results, ElementsAre(0));
  EXPECT_THAT(program.call(m, "f", {4}).results, ElementsAre(3));
  EXPECT_EQ(program.call(m, "f", {8}).kind(), TrapKind::kUnalignedAtomic);
  EXPECT_EQ(program.call(m, "f", {0xfffc}).kind(), TrapKind::kMemoryOutOfBounds);
}

TEST(SharedMemory, IsCopiedAndFilledAsAPrivateOne) {
  Program program;
  constexpr std::string_view kCode = R"(
    (data $d "0123456789abcdefghijklmnopqrstuvwxyz")
    (func (export "f") (param i32 i32 i32)
      (memory.init $d (i32.const 3) (i32.const 1) (i32.const 33))
      (memory.fill (i32.const 40) (i32.const 0x1ab) (i32.const 21))
      (memory.copy (local.get 0) (local.get 1) (local.get 2))))";
  const Instance& shared = program.add("(module (memory 1 1 shared)" + std::string(kCode) + ")");
  const Instance& plain = program.add("(module (memory 1 1)" + std::string(kCode) + ")");
  for (const auto& [to, from, count] : std::vector<std::array<std::uint64_t, 3>>{
           {5, 3, 40}, {3, 5, 40}, {16, 0, 64}, {0, 16, 64}, {9, 8, 3}, {0, 1, 0}}) {
    EXPECT_FALSE(program.call(shared, "f", {to, from, count}).trap);
    EXPECT_FALSE(program.call(plain, "f", {to, from, count}).trap);
    EXPECT_EQ(std::memcmp(shared.memories[0]->base(), plain.memories[0]->base(), 256), 0)
        << to << " " << from << " " << count;
  }
}

TEST(AtomicWait, EndsByTimeoutAndByTermination) {
  Program program;
  const Instance& m = program.add(R"((memory 1 1 shared)
    (func (export "f") (param i32 i64) (result i32)
      (memory.atomic.wait32 (i32.const 0) (local.get 0) (local.get 1))))");
  EXPECT_THAT(program.call(m, "f", {1, UINT64_MAX}).results, ElementsAre(1));
  EXPECT_THAT(program.call(m, "f", {0, 1000}).results, ElementsAre(2));
  EXPECT_EQ(program.call_until_terminated(m, "f", {0, UINT64_MAX}), TrapKind::kTimeout);
}

constexpr std::string_view kWait = R"((memory 1 1 shared)
  (func (export "f") (param i32 i64) (result i32)
    (memory.atomic.wait32 (i32.const 0) (local.get 0) (local.get 1))))";

TEST(AtomicWait, IsBoundedByFuel) {
  Program program(/*fuel=*/true);
  const Instance& m = program.add(kWait);
  constexpr std::uint64_t kMillisecond = 1'000'000;
  for (const std::uint64_t timeout : {UINT64_MAX, 100'000 * kMillisecond}) {
    program.thread().set_fuel(kMillisecond);
    EXPECT_EQ(program.call(m, "f", {0, timeout}).kind(), TrapKind::kFuelExhausted);
    EXPECT_EQ(program.thread().fuel_left(), 0U);
  }
}

TEST(AtomicWait, CostsItsTimeout) {
  Program program(/*fuel=*/true);
  const Instance& m = program.add(kWait);
  const auto used = [&](std::uint64_t expected, std::uint64_t timeout) {
    constexpr std::uint64_t kFuel = 1'000'000'000;
    program.thread().set_fuel(kFuel);
    EXPECT_FALSE(program.call(m, "f", {expected, timeout}).trap);
    return kFuel - program.thread().fuel_left();
  };
  const std::uint64_t none = used(0, 0);
  EXPECT_LT(none, 10U);
  EXPECT_EQ(used(0, 12'345), none + 12'345);
  EXPECT_EQ(used(1, 12'345), none);  // another value: nothing to wait for
}

TEST(AtomicWait, GoesOnAfterABudgetHasEnded) {
  Program program(/*fuel=*/true);
  const Instance& m = program.add(kWait);
  const std::uint64_t arguments[] = {0, 50'000};
  program.thread().start(program.function(m, "f"), arguments);
  int slices = 1;
  while (program.thread().run({10'000}).reason == ExitReason::kBudget) ++slices;
  EXPECT_GE(slices, 5);
  EXPECT_LE(slices, 8);
  ASSERT_FALSE(program.thread().trapped());
  EXPECT_EQ(program.thread().results()[0], 2U);
}

}  // namespace
}  // namespace doppel::bytecode
