// SPDX-License-Identifier: Apache-2.0
// Exceptions through frames, instances and host functions, and the old instructions on top of them.
#include <gmock/gmock.h>

#include "bytecode/runtime/exception.h"
#include "tests/bytecode/interp/program.h"

namespace doppel::bytecode {
namespace {

using testing::ElementsAre;

class Exceptions : public testing::Test {
 protected:
  std::vector<std::uint64_t> results(const Instance& instance, std::string_view name,
                                     std::vector<std::uint64_t> arguments = {}) {
    const Program::Outcome outcome = program.call(instance, name, std::move(arguments));
    EXPECT_FALSE(outcome.trap) << outcome.trap->describe();
    return outcome.results;
  }
  Program program;
};

TEST_F(Exceptions, LeaveThePayloadAtTheLabelAndKeepWhatIsBelow) {
  const Instance& m = program.add(R"(
    (tag $e (param i32 f64 i64))
    (func $throw (param i32) (throw $e (local.get 0) (f64.const 0.5) (i64.const 7)))
    (func (export "f") (param i32) (result i32 i32 f64 i64) (local i32)
      (local.set 1 (i32.const 40))
      (i32.add (local.get 1) (i32.const 2))
      (block $h (result i32 f64 i64)
        (local.set 1 (i32.const 1))
        (f64.const 9)
        (try_table (catch $e $h) (call $throw (local.get 0)))
        drop unreachable)))");
  EXPECT_THAT(results(m, "f", {5}), ElementsAre(42, 5, 0x3fe0'0000'0000'0000, 7));
}

TEST_F(Exceptions, LeadBackToALoopAndOutOfTheFunction) {
  const Instance& m = program.add(R"(
    (tag $e (param i32))
    (func (export "loop") (param i32) (result i32) (local i32)
      (local.get 0)
      (loop $l (param i32) (result i32)
        (local.set 1)
        (try_table (catch $e $l)
          (if (i32.gt_u (local.get 1) (i32.const 3))
            (then (throw $e (i32.sub (local.get 1) (i32.const 3))))))
        (local.get 1)))
    (func (export "return") (param i32) (result i32)
      (try_table (catch $e 0) (throw $e (local.get 0)))
      (i32.const 1)))");
  EXPECT_THAT(results(m, "loop", {20}), ElementsAre(2));
  EXPECT_THAT(results(m, "return", {33}), ElementsAre(33));
}

TEST_F(Exceptions, OfAThrowingLoopCanBeInterrupted) {
  const Instance& m = program.add(R"(
    (tag $e)
    (func (export "f") (loop $l (try_table (catch $e $l) (throw $e)))))");
  EXPECT_EQ(program.call_until_terminated(m, "f"), TrapKind::kTimeout);
}

TEST_F(Exceptions, ThatNobodyCatchesAreTrapsWithABacktrace) {
  const Instance& m = program.add(R"(
    (tag $e (param i64)) (tag $other)
    (func $inner (throw $e (i64.const 6)))
    (func $outer (export "f") (block $h (try_table (catch $other $h) (call $inner)))))");
  const Program::Outcome outcome = program.call(m, "f");
  EXPECT_EQ(outcome.kind(), TrapKind::kUncaughtException);
  EXPECT_EQ(outcome.functions(), "inner outer");
  EXPECT_EQ(outcome.trap->tag, m.tags[0]);
  const std::uint64_t exception = outcome.trap->exception->get();
  EXPECT_EQ(&tag_of(exception), m.tags[0]);
  EXPECT_THAT(payload_of(exception), ElementsAre(6));
}

TEST_F(Exceptions, ArePassedThroughInstances) {
  program.add(R"((tag (export "e") (param i32))
    (func (export "throw") (param i32) (throw 0 (local.get 0))))",
              "a");
  program.add(R"((import "a" "throw" (func $throw (param i32)))
    (func (export "middle") (param i32) (call $throw (local.get 0))))",
              "b");
  const Instance& m = program.add(R"((import "a" "e" (tag $e (param i32)))
    (import "b" "middle" (func $middle (param i32)))
    (tag $mine (param i32)) (global $g i32 (i32.const 100))
    (func (export "f") (param i32) (result i32)
      (block $h (result i32)
        (try_table (catch $mine $h) (catch $e $h) (call $middle (local.get 0)))
        unreachable)
      (i32.add (global.get $g))))");
  EXPECT_THAT(results(m, "f", {11}), ElementsAre(111));
  EXPECT_THAT(results(m, "f", {12}), ElementsAre(112));
}

TEST_F(Exceptions, AreOfTheTagOfTheirInstance) {
  const char* text = R"((tag $e (export "e"))
    (func (export "throw") (throw $e)))";
  program.add(text, "a");
  program.add(text, "b");
  const Instance& m = program.add(R"((import "a" "e" (tag $e))
    (import "b" "throw" (func $throw))
    (func (export "f") (block $h (try_table (catch $e $h) (call $throw)))))");
  EXPECT_EQ(program.call(m, "f").kind(), TrapKind::kUncaughtException);
}

TEST_F(Exceptions, PassThroughHostFunctionsThatGiveThemOn) {
  const Instance* instance = nullptr;
  program.linker().define_function("env", "host", [&](HostCall& call) {
    const auto trap = call.thread.call(program.function(*instance, "throw"), {});
    EXPECT_EQ(trap ? trap->kind : TrapKind::kNone, TrapKind::kUncaughtException);
    return trap ? pass_on(*trap) : HostOutcome();
  });
  instance = &program.add(R"((import "env" "host" (func $host))
    (tag $e (param i32))
    (func (export "throw") (throw $e (i32.const 8)))
    (func (export "f") (result i32)
      (block $h (result i32) (try_table (catch $e $h) (call $host)) (i32.const 0)))
    (func $tail (return_call $host))
    (func (export "g") (result i32)
      (block $h (result i32) (try_table (catch $e $h) (call $tail)) (i32.const 0)))
    (func (export "uncaught") (call $host)))");
  EXPECT_THAT(results(*instance, "f"), ElementsAre(8));
  EXPECT_THAT(results(*instance, "g"), ElementsAre(8));
  const Program::Outcome outcome = program.call(*instance, "uncaught");
  EXPECT_EQ(outcome.kind(), TrapKind::kUncaughtException);
  EXPECT_EQ(outcome.trap->tag, instance->tags[0]);
}

TEST_F(Exceptions, AreThrownByHostFunctions) {
  TagInstance* tag = program.store().add_tag(FuncType{{kI32, kI64}, {}});
  Extern offered;
  offered.kind = ExternKind::kTag;
  offered.tag = tag;
  program.linker().define("env", "e", offered);
  program.linker().define_function("env", "throw", [&](std::int32_t x) {
    const std::uint64_t payload[] = {static_cast<std::uint32_t>(x), 7};
    return throw_exception(program.store(), *tag, payload);
  });
  const Instance& m = program.add(R"((import "env" "e" (tag $e (param i32 i64)))
    (import "env" "throw" (func $throw (param i32)))
    (func (export "f") (param i32) (result i32 i64)
      (block $h (result i32 i64)
        (try_table (catch $e $h) (call $throw (local.get 0)))
        unreachable))
    (func (export "uncaught") (call $throw (i32.const 1))))");
  EXPECT_THAT(results(m, "f", {5}), ElementsAre(5, 7));
  EXPECT_EQ(program.call(m, "uncaught").trap->tag, tag);
}

TEST_F(Exceptions, OfATailCallAreNotCaughtByWhatItLeft) {
  const Instance& m = program.add(R"((tag $e)
    (func $throw (throw $e))
    (func $left (block $h (try_table (catch_all $h) (return_call $throw))))
    (func (export "f") (result i32)
      (block $h (try_table (catch $e $h) (call $left)) (return (i32.const 1)))
      (i32.const 2)))");
  EXPECT_THAT(results(m, "f"), ElementsAre(2));
}

TEST_F(Exceptions, AreNotTraps) {
  const Instance& m = program.add(R"(
    (func (export "f") (block $h (try_table (catch_all $h) unreachable)))
    (func (export "null") (block $h (try_table (catch_all $h) (throw_ref (ref.null exn))))))");
  EXPECT_EQ(program.call(m, "f").kind(), TrapKind::kUnreachable);
  EXPECT_EQ(program.call(m, "null").kind(), TrapKind::kNullReference);
}

TEST_F(Exceptions, OfTheOldInstructionsAreRethrownAndDelegated) {
  const Instance& m = program.add(R"((tag $e (param i32)) (tag $f)
    (func (export "rethrow") (param i32) (result i32)
      (i32.const 1000)
      (try (result i32)
        (do
          (try (result i32)
            (do (throw $e (local.get 0)))
            (catch $f (i32.const 1))
            (catch $e
              (if (i32.eq (i32.const 3)) (then (rethrow 1)))
              (i32.const 2))))
        (catch $e (i32.add (i32.const 100))))
      i32.add)
    (func (export "delegate") (param i32) (result i32)
      (try $outer (result i32)
        (do
          (try (result i32)
            (do
              (try (result i32)
                (do (throw $e (local.get 0)))
                (delegate $outer)))
            (catch_all (i32.const 1))))
        (catch $e (i32.add (i32.const 10))))))");
  EXPECT_THAT(results(m, "rethrow", {3}), ElementsAre(1103));
  EXPECT_THAT(results(m, "rethrow", {4}), ElementsAre(1002));
  EXPECT_THAT(results(m, "delegate", {5}), ElementsAre(15));
}

}  // namespace
}  // namespace doppel::bytecode
