// SPDX-License-Identifier: Apache-2.0
// Collections while code runs: references in frames of every kind, tables, globals, segments, and
// the host's hands. Everything is done in stress mode, in which each allocation moves objects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bytecode/gc/heap.h"
#include "tests/bytecode/interp/program.h"

namespace doppel::bytecode {
namespace {

using testing::ElementsAre;

StoreLimits stressed() {
  StoreLimits limits;
  limits.gc_stress = true;
  return limits;
}

TEST(Collection, FramesOperandsAndArgumentsFollowTheirObjects) {
  Program program(false, stressed());
  // Every call has references below its arguments, as arguments and in locals.
  const Instance& m = program.add(R"((module
    (type $box (struct (field (mut i32))))
    (func $make (param i32) (result (ref $box)) (struct.new $box (local.get 0)))
    (func $sum (param (ref $box) (ref $box) i32) (result i32)
      (local $kept (ref null $box))
      (local.set $kept (local.get 0))
      (if (result i32) (i32.eqz (local.get 2))
        (then (i32.const 0))
        (else
          (i32.add
            (i32.add (struct.get $box 0 (call $make (local.get 2)))
                     (call $sum (local.get 1) (ref.as_non_null (local.get $kept))
                                (i32.sub (local.get 2) (i32.const 1))))
            (i32.add (struct.get $box 0 (local.get $kept)) (struct.get $box 0 (local.get 1)))))))
    (func (export "run") (param i32) (result i32)
      (call $sum (call $make (i32.const 100)) (call $make (i32.const 1000)) (local.get 0)))))");
  EXPECT_THAT(program.call(m, "run", {20}).results, ElementsAre(20 * 21 / 2 + 20 * 1100));
  EXPECT_EQ(program.store().heap().verify(), "");
}

TEST(Collection, ASuspendedThreadKeepsItsObjects) {
  Program program(true, stressed());
  const Instance& m = program.add(R"((module
    (type $cell (struct (field i32) (field (ref null $cell))))
    (func (export "sum") (param i32) (result i32) (local $list (ref null $cell)) (local $sum i32)
      (loop $build
        (local.set $list (struct.new $cell (local.get 0) (local.get $list)))
        (br_if $build (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (block $done
        (loop $add
          (local.set $sum (i32.add (local.get $sum) (struct.get $cell 0 (local.get $list))))
          (br_on_null $done (local.tee $list (struct.get $cell 1 (local.get $list))))
          (drop) (br $add)))
      (local.get $sum))
    (func (export "churn") (drop (struct.new $cell (i32.const 0) (ref.null $cell))))))");
  auto other = Thread::create().value();
  other->start(program.function(m, "sum"), std::vector<std::uint64_t>{40});
  int slices = 0;
  while (other->run({7}).reason != ExitReason::kFinished) {
    ASSERT_EQ(program.call(m, "churn").kind(), TrapKind::kNone);
    ASSERT_LT(++slices, 10'000);
  }
  EXPECT_GT(slices, 20);
  ASSERT_FALSE(other->trapped());
  EXPECT_EQ(other->results()[0], 40U * 41 / 2);
}

TEST(Collection, TablesGlobalsAndSegmentsAreRoots) {
  Program program(false, stressed());
  const Instance& m = program.add(R"((module
    (type $box (struct (field i32)))
    (global $g (mut (ref null $box)) (struct.new $box (i32.const 1)))
    (global $c (ref $box) (struct.new $box (i32.const 2)))
    (table $t 10 (ref null $box))
    (elem $e (ref null $box) (struct.new $box (i32.const 3)) (struct.new $box (i32.const 4)))
    (func $get (param (ref null $box)) (result i32) (struct.get $box 0 (local.get 0)))
    (func $churn (param i32)
      (loop (drop (struct.new $box (i32.const -1)))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "run") (result i32 i32 i32 i32 i32 i32)
      (call $churn (i32.const 20))
      (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 2))
      (table.set $t (i32.const 2) (struct.new $box (i32.const 5)))
      (drop (table.grow $t (struct.new $box (i32.const 6)) (i32.const 1)))
      (call $churn (i32.const 20))
      (table.copy $t $t (i32.const 5) (i32.const 0) (i32.const 3))
      (global.set $g (table.get $t (i32.const 7)))
      (call $churn (i32.const 20))
      (call $get (global.get $g)) (call $get (global.get $c))
      (call $get (table.get $t (i32.const 5))) (call $get (table.get $t (i32.const 1)))
      (call $get (table.get $t (i32.const 2))) (call $get (table.get $t (i32.const 10))))))");
  EXPECT_THAT(program.call(m, "run").results, ElementsAre(5, 2, 3, 4, 5, 6));
  EXPECT_EQ(program.store().heap().verify(), "");
}

TEST(Collection, HostFunctionsKeepTheirArgumentsAndRoots) {
  Program program(false, stressed());
  const Instance& boxes = program.add(R"((module
    (type $box (struct (field i32)))
    (func (export "make") (param i32) (result anyref) (struct.new $box (local.get 0)))
    (func (export "get") (param anyref) (result i32)
      (struct.get $box 0 (ref.cast (ref $box) (local.get 0))))))",
                                      "boxes");
  const ValType any = RefType{HeapKind::kAny, true};
  std::uint64_t kept_value = 0;
  program.linker().define_function(
      "host", "swap", FuncType{{any, kI32, any}, {any, any}}, [&](HostCall& call) -> HostOutcome {
        gc::Root kept(program.store().heap(), call.slots[0]);
        for (std::uint64_t i = 0; i < 20; ++i) {
          std::uint64_t slot = i;
          call.thread.call(program.function(boxes, "make"), {&slot, 1});
        }
        std::uint64_t slot = kept.get();
        call.thread.call(program.function(boxes, "get"), {&slot, 1});
        kept_value = slot;
        EXPECT_EQ(kept.get(), call.slots[0]);
        const std::uint64_t first = call.slots[0];
        call.slots[0] = call.slots[2];
        call.slots[1] = first;
        return {};
      });
  const Instance& m = program.add(R"((module
    (import "boxes" "make" (func $make (param i32) (result anyref)))
    (import "boxes" "get" (func $get (param anyref) (result i32)))
    (import "host" "swap" (func $swap (param anyref i32 anyref) (result anyref anyref)))
    (func (export "run") (result i32 i32 i32) (local anyref anyref anyref)
      (local.set 2 (call $make (i32.const 3)))
      (call $swap (call $make (i32.const 1)) (i32.const 77) (call $make (i32.const 2)))
      (local.set 1) (local.set 0)
      (call $get (local.get 0)) (call $get (local.get 1)) (call $get (local.get 2)))))");
  EXPECT_THAT(program.call(m, "run").results, ElementsAre(2, 1, 3));
  EXPECT_EQ(kept_value, 1U);
}

TEST(Collection, CallsBetweenInstancesAndTailCallsAreWalked) {
  Program program(false, stressed());
  program.add(R"((module
    (type $box (struct (field i32)))
    (type $f (func (param (ref $box)) (result i32)))
    (func (export "apply") (param (ref $box) (ref $f)) (result i32) (local (ref null $box))
      (local.set 2 (struct.new $box (i32.const 10)))
      (i32.add (call_ref $f (local.get 0) (local.get 1)) (struct.get $box 0 (local.get 2))))))",
              "a");
  const Instance& m = program.add(R"((module
    (type $box (struct (field i32)))
    (type $f (func (param (ref $box)) (result i32)))
    (import "a" "apply" (func $apply (param (ref $box) (ref $f)) (result i32)))
    (elem declare func $inner)
    (func $inner (param (ref $box)) (result i32)
      (drop (struct.new $box (i32.const 0)))
      (return_call $add (struct.new $box (i32.const 100)) (local.get 0)))
    (func $add (param (ref $box) (ref $box)) (result i32)
      (drop (struct.new $box (i32.const 0)))
      (i32.add (struct.get $box 0 (local.get 0)) (struct.get $box 0 (local.get 1))))
    (func $tail (param i32 (ref $box)) (result i32)
      (return_call $apply (local.get 1) (ref.func $inner)))
    (func (export "run") (result i32) (local (ref null $box))
      (local.set 0 (struct.new $box (i32.const 1000)))
      (i32.add (call $tail (i32.const 0) (struct.new $box (i32.const 1)))
               (struct.get $box 0 (local.get 0))))))");
  EXPECT_THAT(program.call(m, "run").results, ElementsAre(1111));
}

TEST(Collection, AnExhaustedHeapIsATrap) {
  StoreLimits limits;
  limits.max_heap_bytes = 4U << 20U;
  Program program(false, limits);
  const Instance& m = program.add(R"((module
    (type $cell (struct (field (ref null $cell))))
    (type $bytes (array i8))
    (global $list (mut (ref null $cell)) (ref.null $cell))
    (func (export "fill") (loop (global.set $list (struct.new $cell (global.get $list))) (br 0)))
    (func (export "drop") (global.set $list (ref.null $cell)))
    (func (export "huge") (param i32) (result i32)
      (array.len (array.new_default $bytes (local.get 0))))
    (func (export "churn") (param i32)
      (loop (drop (struct.new $cell (ref.null $cell)))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))");
  EXPECT_EQ(program.call(m, "fill").kind(), TrapKind::kOutOfMemory);
  EXPECT_EQ(program.call(m, "huge", {0xffff'ffff}).kind(), TrapKind::kOutOfMemory);
  EXPECT_EQ(program.call(m, "huge", {5U << 20U}).kind(), TrapKind::kOutOfMemory);
  EXPECT_EQ(program.call(m, "drop").kind(), TrapKind::kNone);
  EXPECT_EQ(program.call(m, "churn", {1'000'000}).kind(), TrapKind::kNone);
  EXPECT_THAT(program.call(m, "huge", {1U << 20U}).results, ElementsAre(1U << 20U));
}

TEST(Collection, BinaryTreesFitInBoundedMemory) {
  StoreLimits limits;
  limits.max_heap_bytes = 64U << 20U;
  Program program(false, limits);
  // Depth 18 makes 2^19 - 1 nodes; many smaller trees come and go while it lives.
  const Instance& m = program.add(R"((module
    (type $tree (struct (field (ref null $tree)) (field (ref null $tree))))
    (func $make (param i32) (result (ref $tree))
      (if (result (ref $tree)) (i32.eqz (local.get 0))
        (then (struct.new_default $tree))
        (else (struct.new $tree (call $make (i32.sub (local.get 0) (i32.const 1)))
                                (call $make (i32.sub (local.get 0) (i32.const 1)))))))
    (func $count (param (ref $tree)) (result i32)
      (block $leaf (result i32)
        (drop (br_on_null $leaf (i32.const 1) (struct.get $tree 0 (local.get 0))))
        (drop)
        (i32.add (i32.const 1) (i32.add
          (call $count (ref.as_non_null (struct.get $tree 0 (local.get 0))))
          (call $count (ref.as_non_null (struct.get $tree 1 (local.get 0))))))))
    (func (export "run") (param $depth i32) (param $rounds i32) (result i32 i32)
      (local $long (ref null $tree)) (local $sum i32)
      (local.set $long (call $make (local.get $depth)))
      (loop $again
        (local.set $sum (i32.add (local.get $sum) (call $count (call $make (i32.const 8)))))
        (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
      (call $count (ref.as_non_null (local.get $long))) (local.get $sum))))");
  EXPECT_THAT(program.call(m, "run", {18, 2000}).results, ElementsAre((1 << 19) - 1, 2000 * 511));
  EXPECT_EQ(program.store().heap().verify(), "");
  EXPECT_LE(program.store().heap().used_bytes(), 64U << 20U);
}

}  // namespace
}  // namespace doppel::bytecode
