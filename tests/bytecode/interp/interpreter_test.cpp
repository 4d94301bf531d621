// SPDX-License-Identifier: Apache-2.0
// The interpreter on small programs: control, calls, traps and where they are, memory, tables.
#include <gmock/gmock.h>

#include "tests/bytecode/interp/program.h"

namespace doppel::bytecode {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Interpreter : public testing::Test {
 protected:
  Instance& add(std::string_view text, const std::string& name = "m") {
    return program.add(text, name);
  }
  std::vector<std::uint64_t> results(const Instance& instance, std::string_view name,
                                     std::vector<std::uint64_t> arguments = {}) {
    const Program::Outcome outcome = program.call(instance, name, std::move(arguments));
    EXPECT_FALSE(outcome.trap) << outcome.trap->describe();
    return outcome.results;
  }
  TrapKind trap(const Instance& instance, std::string_view name,
                std::vector<std::uint64_t> arguments = {}) {
    return program.call(instance, name, std::move(arguments)).kind();
  }
  Program program;
};

// Choosing and keeping values.

TEST_F(Interpreter, SelectsByAConstantBetweenValuesInTheAccumulator) {
  const Instance& m = add(R"((func (export "f") (param i32 i32) (result i32)
    (local.get 0) (i32.add (local.get 0) (local.get 1)) (i32.const 0) select)
    (func (export "g") (param f64) (result f64)
    (f64.neg (local.get 0)) (f64.const 2) (i32.const 1) select))");
  EXPECT_THAT(results(m, "f", {3, 4}), ElementsAre(7));
  EXPECT_THAT(results(m, "g", {0}), ElementsAre(0x8000'0000'0000'0000));
}

TEST_F(Interpreter, ReadsALocalAsItWasWhenItWasRead) {
  const Instance& m = add(R"((func (export "f") (param i32) (result i32)
    (i32.sub (local.get 0) (block (result i32) (local.set 0 (i32.const 100)) (local.get 0)))))");
  EXPECT_THAT(results(m, "f", {1}), ElementsAre(0xffff'ff9d));
}

TEST_F(Interpreter, KeepsTheBitsOfNaNs) {
  program.linker().define_function("env", "same", [](float x) { return x; });
  program.linker().define_function("env", "same64", [](double x) { return x; });
  const Instance& m = add(R"((module
    (import "env" "same" (func $same (param f32) (result f32)))
    (import "env" "same64" (func $same64 (param f64) (result f64)))
    (memory 1) (global $g (mut f64) (f64.const 0))
    (func (export "f") (param f32 i32) (result f32) (local f32)
      (local.set 2 (call $same (local.get 0)))
      (f32.store (i32.const 8) (select (local.get 2) (f32.const 0) (local.get 1)))
      (f32.load (i32.const 8)))
    (func (export "g") (param f64) (result f64)
      (global.set $g (local.get 0)) (call $same64 (global.get $g)))
    (func (export "signalling") (result f32) (f32.const nan:0x200001))))");
  EXPECT_THAT(results(m, "f", {0xffa1'2345, 1}), ElementsAre(0xffa1'2345));
  EXPECT_THAT(results(m, "g", {0x7ff4'0000'0000'0001}), ElementsAre(0x7ff4'0000'0000'0001));
  EXPECT_THAT(results(m, "signalling"), ElementsAre(0x7fa0'0001));
}

// Blocks and branches.

TEST_F(Interpreter, BranchesWithValuesOverOthers) {
  const Instance& m = add(R"((func (export "f") (param i32) (result i32 i64)
    (block (result i32 i64)
      (i32.const 1) (i32.const 2) (i32.const 3) (i64.const 4)
      (br_if 0 (local.get 0))
      drop drop drop drop
      (i32.const 5) (i64.const 6)))
    (func (export "t") (param i32) (result i32)
      (block $a (result i32)
        (i32.const 70)
        (block $b (result i32)
          (i32.const 80) (i32.const 9)
          (br_table $b $a $b 2 (local.get 0)))
        i32.add)))");
  EXPECT_THAT(results(m, "f", {1}), ElementsAre(3, 4));
  EXPECT_THAT(results(m, "f", {0}), ElementsAre(5, 6));
  EXPECT_THAT(results(m, "t", {0}), ElementsAre(79));
  EXPECT_THAT(results(m, "t", {1}), ElementsAre(9));
  EXPECT_THAT(results(m, "t", {2}), ElementsAre(79));
  EXPECT_THAT(results(m, "t", {3}), ElementsAre(9));
  EXPECT_THAT(results(m, "t", {0xffff'ffff}), ElementsAre(9));
}

TEST_F(Interpreter, LoopsWithParameters) {
  const Instance& m = add(R"((func (export "sum") (param $n i32) (result i32)
    (i32.const 0) (local.get $n)
    (loop (param i32 i32) (result i32)
      (local.set $n)
      (i32.add (local.get $n))
      (i32.sub (local.get $n) (i32.const 1))
      (br_if 0 (i32.gt_s (local.get $n) (i32.const 1)))
      drop)))");
  EXPECT_THAT(results(m, "sum", {100}), ElementsAre(5050));
}

TEST_F(Interpreter, TakesAHugeBranchTable) {
  std::string text = "(func (export \"f\") (param i32) (result i32) (block (block (br_table";
  for (int i = 0; i < 50'000; ++i) text += i % 2 == 0 ? " 0" : " 1";
  text += " 1 (local.get 0))) (return (i32.const 10))) (i32.const 11))";
  const Instance& m = add(text);
  EXPECT_THAT(results(m, "f", {49'998}), ElementsAre(10));
  EXPECT_THAT(results(m, "f", {49'999}), ElementsAre(11));
  EXPECT_THAT(results(m, "f", {0xffff'ffff}), ElementsAre(11));
}

TEST_F(Interpreter, TakesFiftyThousandLocals) {
  std::string locals = "(local";
  for (int i = 0; i < 49'990; ++i) locals += " i64";
  const Instance& m = add("(func (export \"f\") (param i64) (result i64) " + locals +
                          ") (local.set 49990 (local.get 0)) "
                          "(i64.add (local.get 49990) (local.get 49989)))");
  EXPECT_THAT(results(m, "f", {77}), ElementsAre(77));
  EXPECT_THAT(results(m, "f", {78}), ElementsAre(78));
}

// Calls.

TEST_F(Interpreter, TailCallsTakeNoStack) {
  program.linker().define_function("env", "end", [](std::int64_t n) { return n + 7; });
  add(R"((func (export "pong") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1))))",
      "other");
  const Instance& m = add(R"((module
    (import "env" "end" (func $end (param i64) (result i64)))
    (import "other" "pong" (func $pong (param i64) (result i64)))
    (table funcref (elem $even $odd $end))
    (type $t (func (param i64) (result i64)))
    (func $even (export "even") (param i64) (result i64)
      (if (i64.eqz (local.get 0)) (then (return (i64.const 1))))
      (return_call $odd (i64.sub (local.get 0) (i64.const 1))))
    (func $odd (param i64) (result i64)
      (if (i64.eqz (local.get 0)) (then (return (i64.const 0))))
      (return_call_indirect (type $t) (i64.sub (local.get 0) (i64.const 1)) (i32.const 0)))
    (func (export "host") (param i64) (result i64) (return_call $end (local.get 0)))
    (func (export "host_indirect") (param i64) (result i64)
      (return_call_indirect (type $t) (local.get 0) (i32.const 2)))
    (func (export "abroad") (param i64) (result i64)
      (i64.mul (call $there (local.get 0)) (i64.const 2)))
    (func $there (param i64) (result i64) (return_call $pong (local.get 0)))))");
  EXPECT_THAT(results(m, "even", {1'000'001}), ElementsAre(0));
  EXPECT_THAT(results(m, "host", {1}), ElementsAre(8));
  EXPECT_THAT(results(m, "host_indirect", {2}), ElementsAre(9));
  EXPECT_THAT(results(m, "abroad", {20}), ElementsAre(42));
}

TEST_F(Interpreter, TailCallsToAndFroBetweenInstancesTakeNoStack) {
  add(R"((module (table (export "t") 1 funcref) (type $t (func (param i32) (result i32)))
    (func (export "ping") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 5))))
      (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))",
      "one");
  const Instance& m = add(R"((module
    (import "one" "t" (table 1 funcref))
    (import "one" "ping" (func $ping (param i32) (result i32)))
    (elem (i32.const 0) $pong)
    (func $pong (export "pong") (param i32) (result i32) (return_call $ping (local.get 0)))))",
                          "two");
  EXPECT_THAT(results(m, "pong", {1'000'000}), ElementsAre(5));
}

TEST_F(Interpreter, TablesLeadToFunctionsOfTheRightType) {
  const Instance& m = add(R"((module
    (type $wanted (func (result i32)))
    (table 4 funcref) (elem (i32.const 0) $right $wrong)
    (func $right (result i32) (i32.const 9))
    (func $wrong (result i64) (i64.const 9))
    (func (export "f") (param i32) (result i32)
      (call_indirect (type $wanted) (local.get 0)))))");
  EXPECT_THAT(results(m, "f", {0}), ElementsAre(9));
  EXPECT_EQ(trap(m, "f", {1}), TrapKind::kIndirectCallTypeMismatch);
  EXPECT_EQ(trap(m, "f", {2}), TrapKind::kUninitializedElement);
  EXPECT_EQ(trap(m, "f", {4}), TrapKind::kUndefinedElement);
  EXPECT_EQ(trap(m, "f", {0xffff'ffff}), TrapKind::kUndefinedElement);
}

TEST_F(Interpreter, RecursionEndsWithTheStack) {
  const Instance& m = add(R"((module
    (func $endless (export "endless") (param i32) (result i32)
      (i32.add (call $endless (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
    (func $deep (export "deep") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
        (else (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))))))");
  const Program::Outcome outcome = program.call(m, "endless", {0});
  ASSERT_EQ(outcome.kind(), TrapKind::kStackOverflow);
  EXPECT_GT(outcome.trap->omitted, 100'000U);
  EXPECT_EQ(outcome.trap->backtrace.size(), 48U);
  EXPECT_THAT(results(m, "deep", {100'000}), ElementsAre(100'000));
}

// Traps.

TEST_F(Interpreter, TrapsSayWhereTheyAre) {
  const Instance& m = add(R"((module
    (func $inner (param i32 i32) (result i32) nop (i32.div_s (local.get 0) (local.get 1)))
    (func $outer (export "f") (param i32 i32) (result i32)
      (i32.add (call $inner (local.get 0) (local.get 1)) (i32.const 1)))))");
  const Program::Outcome outcome = program.call(m, "f", {1, 0});
  ASSERT_EQ(outcome.kind(), TrapKind::kIntegerDivideByZero);
  EXPECT_EQ(outcome.functions(), "inner outer");
  const Module& module = m.module->module();
  const auto at = [&](std::size_t frame) {
    return static_cast<std::uint8_t>(module.bytes[outcome.trap->backtrace[frame].offset.value()]);
  };
  EXPECT_EQ(at(0), info(Opcode::kI32DivS).code);
  EXPECT_EQ(at(1), info(Opcode::kCall).code);
  EXPECT_EQ(trap(m, "f", {0x8000'0000, 0xffff'ffff}), TrapKind::kIntegerOverflow);
}

TEST_F(Interpreter, BacktracesGoThroughInstancesAndHostFunctions) {
  add(R"((memory 1) (func $load (export "load") (param i32) (result i32)
    (i32.load offset=4 (local.get 0))))",
      "memory");
  const Instance& m = add(R"((module
    (import "memory" "load" (func $load (param i32) (result i32)))
    (func $middle (param i32) (result i32) (i32.add (call $load (local.get 0)) (i32.const 1)))
    (func $outer (export "f") (param i32) (result i32)
      (i32.mul (call $middle (local.get 0)) (i32.const 2)))))");
  EXPECT_THAT(results(m, "f", {65'528}), ElementsAre(2));
  const Program::Outcome outcome = program.call(m, "f", {65'529});
  ASSERT_EQ(outcome.kind(), TrapKind::kMemoryOutOfBounds);
  EXPECT_EQ(outcome.functions(), "load middle outer");
  EXPECT_THAT(results(m, "f", {0}), ElementsAre(2)) << "it goes on after a trap";
}

TEST_F(Interpreter, ConversionsTrapByTheirKind) {
  const Instance& m = add(R"((func (export "f") (param f32) (result i32)
    (i32.trunc_f32_s (local.get 0))) (func (export "u") unreachable))");
  EXPECT_EQ(trap(m, "f", {0x7fc0'0000}), TrapKind::kInvalidConversionToInteger);
  EXPECT_EQ(trap(m, "f", {0x7f80'0000}), TrapKind::kIntegerOverflow);
  EXPECT_EQ(trap(m, "u"), TrapKind::kUnreachable);
}

// Memory and tables.

TEST_F(Interpreter, MemoryGrowsWithinItsLimits) {
  const Instance& m = add(R"((module (memory 1 3)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "size") (result i32) (memory.size))
    (func (export "store") (param i32) (i32.store8 (local.get 0) (i32.const 1)))
    (func (export "store_far") (i64.store offset=0xffffffff (i32.const -1) (i64.const 1)))))");
  EXPECT_EQ(trap(m, "store", {65'536}), TrapKind::kMemoryOutOfBounds);
  EXPECT_THAT(results(m, "grow", {1}), ElementsAre(1));
  EXPECT_THAT(results(m, "store", {65'536}), IsEmpty());
  EXPECT_THAT(results(m, "grow", {2}), ElementsAre(0xffff'ffff));
  EXPECT_THAT(results(m, "grow", {0xffff'ffff}), ElementsAre(0xffff'ffff));
  EXPECT_THAT(results(m, "size"), ElementsAre(2));
  EXPECT_EQ(trap(m, "store_far"), TrapKind::kMemoryOutOfBounds);
}

TEST_F(Interpreter, BulkOperationsDoAllOrNothing) {
  const Instance& m = add(R"((module (memory 1) (data $d "abcd")
    (func (export "init") (param i32 i32 i32)
      (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
    (func (export "drop") (data.drop $d))
    (func (export "fill") (param i32 i32 i32)
      (memory.fill (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copy") (param i32 i32 i32)
      (memory.copy (local.get 0) (local.get 1) (local.get 2)))
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))))");
  results(m, "init", {65'532, 0, 4});
  EXPECT_THAT(results(m, "load", {65'532}), ElementsAre(0x6463'6261));
  EXPECT_EQ(trap(m, "init", {65'533, 0, 4}), TrapKind::kMemoryOutOfBounds);
  EXPECT_EQ(trap(m, "init", {0, 1, 4}), TrapKind::kMemoryOutOfBounds);
  EXPECT_EQ(trap(m, "fill", {65'530, 1, 7}), TrapKind::kMemoryOutOfBounds);
  EXPECT_EQ(trap(m, "fill", {0xffff'ffff, 1, 0xffff'ffff}), TrapKind::kMemoryOutOfBounds);
  EXPECT_THAT(results(m, "load", {65'532}), ElementsAre(0x6463'6261)) << "nothing was written";
  results(m, "copy", {65'531, 65'532, 4});
  EXPECT_THAT(results(m, "load", {65'531}), ElementsAre(0x6463'6261)) << "overlapping";
  results(m, "drop");
  results(m, "init", {0, 0, 0});
  EXPECT_EQ(trap(m, "init", {0, 0, 1}), TrapKind::kMemoryOutOfBounds);
}

TEST_F(Interpreter, TablesGrowCopyAndForget) {
  const Instance& m = add(R"((module (table $t 2 5 funcref) (elem $e func $f $f)
    (func $f)
    (func (export "grow") (param i32) (result i32)
      (table.grow $t (ref.func $f) (local.get 0)))
    (func (export "is_null") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
    (func (export "init") (param i32) (table.init $t $e (local.get 0) (i32.const 0) (i32.const 2)))
    (func (export "drop") (elem.drop $e))))");
  EXPECT_THAT(results(m, "is_null", {1}), ElementsAre(1));
  EXPECT_EQ(trap(m, "is_null", {2}), TrapKind::kTableOutOfBounds);
  EXPECT_THAT(results(m, "grow", {2}), ElementsAre(2));
  EXPECT_THAT(results(m, "is_null", {3}), ElementsAre(0));
  EXPECT_THAT(results(m, "grow", {2}), ElementsAre(0xffff'ffff));
  EXPECT_EQ(trap(m, "init", {3}), TrapKind::kTableOutOfBounds);
  results(m, "init", {0});
  EXPECT_THAT(results(m, "is_null", {1}), ElementsAre(0));
  results(m, "drop");
  EXPECT_EQ(trap(m, "init", {0}), TrapKind::kTableOutOfBounds);
}

}  // namespace
}  // namespace doppel::bytecode
