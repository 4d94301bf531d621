// SPDX-License-Identifier: Apache-2.0
// Vectors where they cross what is made for 8-byte values: calls of all kinds, globals, selection,
// labels, the end of memory.
#include <gtest/gtest.h>

#include "tests/bytecode/interp/program.h"

namespace doppel::bytecode {
namespace {

using Words = std::vector<std::uint64_t>;

TEST(Vectors, GoThroughCallsOfOtherInstancesAndOfTheHost) {
  Program program;
  program.linker().define_function("host", "swap", {{kV128, kI32}, {kV128}}, [](HostCall& call) {
    std::swap(call.slots[0], call.slots[1]);
    call.slots[1] += call.slots[2];
    return HostOutcome{};
  });
  program.add(R"((module
      (func (export "negate") (param v128) (result v128) (i64x2.neg (local.get 0)))))",
              "other");
  const Instance& instance = program.add(R"((module
      (import "host" "swap" (func $swap (param v128 i32) (result v128)))
      (import "other" "negate" (func $negate (param v128) (result v128)))
      (table funcref (elem $swap $negate $double))
      (type $one (func (param v128) (result v128)))
      (func $double (param v128) (result v128) (i64x2.add (local.get 0) (local.get 0)))
      (func $last (param v128) (result v128)
        (return_call $negate (i64x2.sub (local.get 0) (v128.const i64x2 1 1))))
      (func (export "all") (param i64 i64) (result i64 i64)
        (local $v v128)
        (local.set $v (i64x2.replace_lane 1 (i64x2.splat (local.get 0)) (local.get 1)))
        (local.set $v (i64x2.add (call $swap (local.get $v) (i32.const 5)) (local.get $v)))
        (local.set $v (call $negate (call $double (local.get $v))))
        (local.set $v (call_indirect (type $one) (local.get $v) (i32.const 1)))
        (local.set $v (call $last (call_indirect (type $one) (local.get $v) (i32.const 2))))
        (i64x2.extract_lane 0 (local.get $v))
        (i64x2.extract_lane 1 (local.get $v)))))");
  // Swapped (7, 15), with itself (17, 22), doubled, negated twice, doubled, less 1, negated.
  EXPECT_EQ(program.call(instance, "all", {10, 7}).results,
            (Words{static_cast<std::uint64_t>(-67), static_cast<std::uint64_t>(-87)}));
}

TEST(Vectors, StandInGlobalsAndTheirInitialValues) {
  Program program;
  program.add(R"((module (global (export "g") v128 (v128.const i32x4 1 2 3 4))))", "m");
  const Instance& instance = program.add(R"((module
      (import "m" "g" (global $g v128))
      (global $h (mut v128) (global.get $g))
      (func (export "all") (param i32) (result i32 i32)
        (global.set $h (i32x4.add (global.get $h) (i32x4.splat (local.get 0))))
        (global.set $h (i32x4.add (global.get $h) (global.get $g)))
        (i32x4.extract_lane 0 (global.get $h))
        (i32x4.extract_lane 3 (global.get $h)))))");
  EXPECT_EQ(program.call(instance, "all", {100}).results, (Words{102, 108}));
  EXPECT_EQ(program.call(instance, "all", {100}).results, (Words{203, 212}));
}

TEST(Vectors, AreSelectedAndCarriedByLabels) {
  Program program;
  const Instance& instance = program.add(R"((module
      (func (export "max") (param i32 i32) (result i32)
        (i32x4.extract_lane 2
          (select (i32x4.splat (local.get 0)) (i32x4.splat (local.get 1))
                  (i32.gt_s (local.get 0) (local.get 1)))))
      (func (export "loop") (param i32) (result i32)
        (v128.const i32x4 0 0 0 0)
        (loop $again (param v128) (result v128)
          (i32x4.add (i32x4.splat (local.get 0)))
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br_if $again (local.get 0)))
        (i32x4.extract_lane 3))
      (func (export "drop below") (param i32) (result i32)
        (block $out (result v128)
          (f64.const 1) (i32x4.splat (local.get 0))
          (br_if $out (local.get 0))
          (br $out (i32x4.neg)))
        (i32x4.extract_lane 1))))");
  EXPECT_EQ(program.call(instance, "max", {3, 9}).results, Words{9});
  EXPECT_EQ(program.call(instance, "max", {11, 9}).results, Words{11});
  EXPECT_EQ(program.call(instance, "loop", {100}).results, Words{5050});
  EXPECT_EQ(program.call(instance, "drop below", {4}).results, Words{4});
  EXPECT_EQ(program.call(instance, "drop below", {0}).results, Words{0});
}

TEST(Vectors, TrapAtTheEndOfMemoryWithoutAnEffect) {
  Program program;
  const Instance& instance = program.add(R"((module (memory 1)
      (func $store (export "store") (param i32)
        (v128.store offset=65520 (local.get 0) (v128.const i64x2 -1 -1)))
      (func $lane (export "store lane") (param i32)
        (v128.store32_lane offset=65532 3 (local.get 0) (v128.const i64x2 -1 -1)))
      (func $load (export "load") (param i32) (result i64)
        (i64x2.extract_lane 1 (v128.load offset=65520 (local.get 0))))
      (func (export "last word") (result i64) (i64.load (i32.const 65528)))))");
  for (const char* name : {"store", "store lane", "load"}) {
    const Program::Outcome outcome = program.call(instance, name, {1});
    EXPECT_EQ(outcome.kind(), TrapKind::kMemoryOutOfBounds) << name;
    EXPECT_EQ(program.call(instance, "last word").results, Words{0}) << name;
  }
  EXPECT_EQ(program.call(instance, "store", {0}).kind(), TrapKind::kNone);
  EXPECT_EQ(program.call(instance, "load", {0}).results, Words{~std::uint64_t{0}});
}

}  // namespace
}  // namespace doppel::bytecode
