// SPDX-License-Identifier: Apache-2.0
// A graph of structs, arrays and i31s that is changed at random must look the same whether nothing
// is collected, the heap is small, or every allocation collects.
#include <gtest/gtest.h>

#include "bytecode/gc/heap.h"
#include "tests/bytecode/interp/program.h"

namespace doppel::bytecode {
namespace {

constexpr std::string_view kMutator = R"((module
  (rec
    (type $node (sub (struct (field $any (mut anyref)) (field $next (mut (ref null $node)))
                             (field $v (mut i32)))))
    (type $wide (sub $node (struct (field (mut anyref)) (field (mut (ref null $node)))
                                   (field (mut i32)) (field $b (mut i8)) (field $d (mut f64))
                                   (field $more (mut (ref null $node))))))
    (type $list (array (mut (ref null $node)))))
  (global $slots (ref $list) (array.new_default $list (i32.const 64)))
  (global $seed (mut i32) (i32.const 1))
  (table $t 16 anyref)

  (func $random (param $below i32) (result i32)
    (global.set $seed (i32.add (i32.mul (global.get $seed) (i32.const 1664525))
                               (i32.const 1013904223)))
    (i32.rem_u (i32.shr_u (global.get $seed) (i32.const 8)) (local.get $below)))
  (func $pick (result (ref null $node))
    (array.get $list (global.get $slots) (call $random (i32.const 64))))
  (func $value (result anyref)
    (local $n i32)
    (local.set $n (call $random (i32.const 6)))
    (if (i32.eq (local.get $n) (i32.const 0))
      (then (return (ref.i31 (call $random (i32.const 1000))))))
    (if (i32.eq (local.get $n) (i32.const 1))
      (then (return (array.new_fixed $list 3 (call $pick) (call $make) (call $pick)))))
    (if (i32.eq (local.get $n) (i32.const 2))
      (then (return (table.get $t (call $random (i32.const 16))))))
    (if (i32.eq (local.get $n) (i32.const 3))
      (then (return (array.new $list (call $pick) (call $random (i32.const 2000))))))
    (call $pick))
  (func $make (result (ref $node))
    (if (result (ref $node)) (call $random (i32.const 2))
      (then (struct.new $node (call $pick) (call $pick) (call $random (i32.const 1000))))
      (else (struct.new $wide (call $pick) (call $pick) (call $random (i32.const 1000))
              (call $random (i32.const 256)) (f64.convert_i32_u (call $random (i32.const 9)))
              (call $pick)))))
  (func $step
    (local $node (ref null $node)) (local $n i32)
    (local.set $node (call $pick))
    (local.set $n (call $random (i32.const 8)))
    (block $done
      (block $copy (block $clear (block $table (block $any (block $next (block $new
        (br_table $new $new $next $any $table $copy $clear $any (local.get $n)))
        (array.set $list (global.get $slots) (call $random (i32.const 64)) (call $make))
        (br $done))
        (br_if $done (ref.is_null (local.get $node)))
        (struct.set $node $next (local.get $node) (call $make))
        (br $done))
        (br_if $done (ref.is_null (local.get $node)))
        (struct.set $node $any (local.get $node) (call $value))
        (br $done))
        (table.set $t (call $random (i32.const 16)) (call $value))
        (br $done))
        (array.set $list (global.get $slots) (call $random (i32.const 64)) (ref.null $node))
        (br $done))
      (array.copy $list $list (global.get $slots) (call $random (i32.const 60))
        (global.get $slots) (call $random (i32.const 60)) (i32.const 4))))

  ;; A number that depends on what can be reached in `depth` steps.
  (func $look (param $at anyref) (param $depth i32) (result i32)
    (local $node (ref $node)) (local $list (ref $list))
    (if (i32.eqz (local.get $depth)) (then (return (i32.const 1))))
    (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
    (if (ref.is_null (local.get $at)) (then (return (i32.const 2))))
    (if (ref.test (ref i31) (local.get $at))
      (then (return (i31.get_u (ref.cast (ref i31) (local.get $at))))))
    (block $is_list (result (ref $list))
      (drop (br_on_cast $is_list anyref (ref $list) (local.get $at)))
      (local.set $node (ref.cast (ref $node) (local.get $at)))
      (return (i32.add
        (i32.mul (i32.const 31) (i32.add (struct.get $node $v (local.get $node))
          (call $look (struct.get $node $any (local.get $node)) (local.get $depth))))
        (i32.add (call $look (struct.get $node $next (local.get $node)) (local.get $depth))
          (if (result i32) (ref.test (ref $wide) (local.get $node))
            (then (i32.add
              (struct.get_s $wide $b (ref.cast (ref $wide) (local.get $node)))
              (call $look (struct.get $wide $more (ref.cast (ref $wide) (local.get $node)))
                          (local.get $depth))))
            (else (i32.const 0)))))))
    (local.set $list)
    (if (i32.eqz (array.len (local.get $list))) (then (return (i32.const 3))))
    (i32.add (array.len (local.get $list))
      (i32.mul (i32.const 17) (call $look (array.get $list (local.get $list)
        (i32.sub (array.len (local.get $list)) (i32.const 1))) (local.get $depth)))))

  (func (export "run") (param $seed i32) (param $steps i32) (result i32)
    (local $sum i32) (local $i i32)
    (global.set $seed (local.get $seed))
    (loop $more
      (call $step)
      (if (i32.eqz (i32.rem_u (local.get $steps) (i32.const 16)))
        (then (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 7))
          (call $look (call $pick) (i32.const 6))))))
      (br_if $more (local.tee $steps (i32.sub (local.get $steps) (i32.const 1)))))
    (loop $all
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 7))
        (call $look (array.get $list (global.get $slots) (local.get $i)) (i32.const 6))))
      (br_if $all (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                            (i32.const 64))))
    (local.get $sum))))";

std::uint64_t run(std::uint32_t seed, std::uint32_t steps, const StoreLimits& limits) {
  Program program(false, limits);
  const Instance& m = program.add(kMutator);
  const Program::Outcome outcome = program.call(m, "run", {seed, steps});
  EXPECT_FALSE(outcome.trap) << outcome.trap->describe();
  EXPECT_EQ(program.store().heap().verify(), "");
  return outcome.trap ? 0 : outcome.results[0];
}

TEST(RandomGraph, LooksTheSameUnderStress) {
  StoreLimits stressed;
  stressed.gc_stress = true;
  for (std::uint32_t seed = 1; seed <= 8; ++seed)
    EXPECT_EQ(run(seed, 1'500, {}), run(seed, 1'500, stressed)) << "seed " << seed;
}

TEST(RandomGraph, LooksTheSameInASmallHeap) {
  StoreLimits small;
  small.max_heap_bytes = 16U << 20U;
  for (std::uint32_t seed = 1; seed <= 4; ++seed)
    EXPECT_EQ(run(seed, 100'000, {}), run(seed, 100'000, small)) << "seed " << seed;
}

}  // namespace
}  // namespace doppel::bytecode
