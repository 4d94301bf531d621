// SPDX-License-Identifier: Apache-2.0
// Exceptions as objects of the heap: what they carry, and the references to them, survive
// collections wherever they are.
#include <gmock/gmock.h>

#include "bytecode/gc/roots.h"
#include "bytecode/runtime/exception.h"
#include "tests/bytecode/interp/program.h"

namespace doppel::bytecode {
namespace {

using testing::ElementsAre;

StoreLimits stressed() {
  StoreLimits limits;
  limits.gc_stress = true;
  return limits;
}

TEST(ExceptionObjects, CarryReferencesThroughCollections) {
  Program program(false, stressed());
  const Instance& m = program.add(R"((type $box (struct (field i32)))
    (tag $e (param i32 (ref $box)))
    (global $kept (mut exnref) (ref.null exn))
    (func $throw (param i32)
      (throw $e (local.get 0) (struct.new $box (i32.mul (local.get 0) (i32.const 2)))))
    (func $churn (drop (struct.new $box (i32.const 0))) (drop (struct.new $box (i32.const 1))))
    (func (export "f") (param i32) (result i32)
      (block $h (result i32 (ref $box) exnref)
        (try_table (catch_ref $e $h) (call $throw (local.get 0)))
        unreachable)
      (global.set $kept)
      (call $churn)
      (struct.get $box 0)
      (i32.add)
      (block $again (result i32 (ref $box))
        (try_table (catch $e $again) (call $churn) (throw_ref (global.get $kept)))
        unreachable)
      (call $churn)
      (struct.get $box 0)
      (i32.add)
      (i32.add)))");
  EXPECT_THAT(program.call(m, "f", {5}).results, ElementsAre(30));
}

TEST(ExceptionObjects, StayValidInTheHandsOfTheHost) {
  Program program(false, stressed());
  const Instance* instance = nullptr;
  program.linker().define_function("env", "host", [&](HostCall& call) {
    const auto trap = call.thread.call(program.function(*instance, "throw"), {});
    EXPECT_FALSE(call.thread.call(program.function(*instance, "churn"), {}));
    return trap ? pass_on(*trap) : HostOutcome();
  });
  instance = &program.add(R"((import "env" "host" (func $host))
    (type $box (struct (field i32)))
    (tag $e (param (ref $box)))
    (func (export "throw") (throw $e (struct.new $box (i32.const 8))))
    (func $churn (export "churn") (drop (struct.new $box (i32.const 0))))
    (func (export "f") (result i32)
      (block $h (result (ref $box)) (try_table (catch $e $h) (call $host)) unreachable)
      (call $churn)
      (struct.get $box 0)))");
  EXPECT_THAT(program.call(*instance, "f").results, ElementsAre(8));
  const Program::Outcome outcome = program.call(*instance, "throw");
  ASSERT_TRUE(outcome.trap);
  EXPECT_FALSE(program.call(*instance, "churn").trap);
  EXPECT_EQ(&tag_of(outcome.trap->exception->get()), instance->tags[0]);
}

TEST(ExceptionObjects, AreCollected) {
  StoreLimits limits;
  limits.max_heap_bytes = 16U << 20U;
  Program program(false, limits);
  const Instance& m = program.add(R"((tag $e (param i64 i64))
    (func (export "f") (param i32) (result i32)
      (loop $l
        (block $h (result i64 i64)
          (try_table (catch $e $h) (throw $e (i64.const 1) (i64.const 2)))
          unreachable)
        drop drop
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 0)))");
  EXPECT_THAT(program.call(m, "f", {2'000'000}).results, ElementsAre(0));
}

TEST(ExceptionObjects, ThatFitNoMoreAreATrap) {
  StoreLimits limits;
  limits.max_heap_bytes = 4U << 20U;
  Program program(false, limits);
  const Instance& m = program.add(R"((tag $e (param exnref i64))
    (func (export "f") (local $kept exnref)
      (loop $l
        (block $h (result exnref i64 exnref)
          (try_table (catch_ref $e $h) (throw $e (local.get $kept) (i64.const 2)))
          unreachable)
        (local.set $kept) drop drop
        (br $l))))");
  EXPECT_EQ(program.call(m, "f").kind(), TrapKind::kOutOfMemory);
}

}  // namespace
}  // namespace doppel::bytecode
