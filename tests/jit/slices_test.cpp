// SPDX-License-Identifier: Apache-2.0
// Compiled code is interrupted, suspended and ended like interpreted code, also in loops that do
// not look whether they should stop.
#include <gtest/gtest.h>

#include "bytecode/interp/open_compiler.h"
#include "tests/bytecode/interp/program.h"

namespace doppel::bytecode {
namespace {

constexpr std::string_view kLoops = R"((module
  (memory 1)
  (func (export "sum") (param $n i64) (result i64) (local $sum i64)
    (loop
      (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) (local.get $n)))
      (i64.store (i32.const 8) (local.get $sum))
      (br_if 0 (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $sum))
  (func (export "nested") (param $n i64) (result i64) (local $i i32) (local $sum i64)
    (loop $outer
      (local.set $i (i32.const 1000))
      (loop $inner
        (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) (i64.load (i32.const 8))))
        (if (i64.eq (local.get $sum) (i64.const 7)) (then (return (i64.const 7))))
        (br_if $inner (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (br_if $outer (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $sum))
  (func (export "endless") (loop (br 0)))
  (func (export "faults") (local $at i32)
    (loop (i32.store (local.get $at) (i32.const 1))
          (local.set $at (i32.add (local.get $at) (i32.const 4))) (br 0)))))";

class SlicesTest : public testing::Test {
 protected:
  SlicesTest() {
    auto compiler = interp::open_compiler();
    EXPECT_TRUE(compiler) << compiler.error().message;
    auto module = program_.load(kLoops);
    module->code().set_compiler(*compiler);
    m_ = program_.linker().instantiate(module).value().instance;
  }

  /// Runs the function in slices, each of which another thread ends after a moment, on a new host
  /// thread each; their number.
  int run_in_slices(std::string_view name, std::uint64_t argument) {
    Thread& thread = program_.thread();
    thread.start(program_.function(*m_, name), std::vector{argument});
    int slices = 0;
    for (Exit exit; exit.reason != ExitReason::kFinished || slices == 0; ++slices) {
      std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        thread.request_interrupt();
      });
      std::thread([&] { exit = thread.run({}); }).join();
      other.join();
      if (exit.reason == ExitReason::kFinished) break;
      EXPECT_EQ(exit.reason, ExitReason::kInterrupted);
    }
    return slices;
  }

  Program program_;
  Instance* m_ = nullptr;
};

TEST_F(SlicesTest, ALoopGoesOnWhereItWasSuspended) {
  constexpr std::uint64_t kTimes = 300'000'000;
  EXPECT_GE(run_in_slices("sum", kTimes), 1);
  ASSERT_FALSE(program_.thread().trapped());
  std::uint64_t sum = 0;
  for (std::uint64_t n = kTimes; n > 0; --n) sum = sum * 31 + n;
  EXPECT_EQ(program_.thread().results()[0], sum);
}

TEST_F(SlicesTest, LoopsInLoopsGoOnToo) {
  EXPECT_GE(run_in_slices("nested", 500'000), 1);
  ASSERT_FALSE(program_.thread().trapped());
}

TEST_F(SlicesTest, AnEndlessLoopEndsByTermination) {
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(program_.call_until_terminated(*m_, "endless"), TrapKind::kTimeout);
}

TEST_F(SlicesTest, ALoopThatFaultedIsNoLongerInterrupted) {
  EXPECT_EQ(program_.call(*m_, "faults").kind(), TrapKind::kMemoryOutOfBounds);
  EXPECT_EQ(program_.thread().compiled_loop.pc, nullptr);
  program_.thread().request_interrupt();
  EXPECT_EQ(program_.call(*m_, "faults").kind(), TrapKind::kMemoryOutOfBounds);
}

}  // namespace
}  // namespace doppel::bytecode
