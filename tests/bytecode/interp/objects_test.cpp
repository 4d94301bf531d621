// SPDX-License-Identifier: Apache-2.0
// Fields that are vectors, beside packed ones, and segments as the source of arrays. Everything is
// done with a collection at every allocation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/bytecode/interp/program.h"

namespace doppel::bytecode {
namespace {

using testing::ElementsAre;

class Objects : public testing::Test {
 protected:
  static StoreLimits stressed() {
    StoreLimits limits;
    limits.gc_stress = true;
    return limits;
  }
  std::vector<std::uint64_t> results(const Instance& instance, std::string_view name,
                                     std::vector<std::uint64_t> arguments = {}) {
    const Program::Outcome outcome = program.call(instance, name, std::move(arguments));
    EXPECT_EQ(outcome.kind(), TrapKind::kNone) << outcome.trap->describe();
    return outcome.results;
  }

  Program program{false, stressed()};
};

constexpr std::uint64_t u32(std::int32_t value) { return static_cast<std::uint32_t>(value); }

TEST_F(Objects, VectorsStandInStructsBesidePackedFields) {
  const Instance& m = program.add(R"(
    (type $mixed (struct (field i8) (field $v (mut v128)) (field $h (mut i16)) (field $w v128)
                         (field $next (mut (ref null $mixed))) (field $b (mut i8))))
    (global $kept (mut (ref null $mixed)) (ref.null $mixed))
    (func $new (param i32) (result (ref $mixed))
      (struct.new $mixed (local.get 0) (i32x4.splat (local.get 0)) (local.get 0)
                         (v128.const i32x4 1 2 3 4) (global.get $kept) (local.get 0)))
    (func $lane (export "lane") (result i32)
      (i32x4.extract_lane 3 (struct.get $mixed $w (global.get $kept))))
    (func (export "run") (result i32 i32 i32 i32 i32 i32)
      (global.set $kept (call $new (i32.const -3)))
      (global.set $kept (call $new (i32.const 0x12345)))
      (struct.set $mixed $v (global.get $kept)
        (i32x4.add (struct.get $mixed $v (global.get $kept))
                   (struct.get $mixed $w (struct.get $mixed $next (global.get $kept)))))
      (struct.set $mixed $h (global.get $kept) (i32.const 0xfffe))
      (struct.set $mixed $b (global.get $kept) (i32.const 0x1ff))
      (drop (call $new (i32.const 9)))
      (i32x4.extract_lane 2 (struct.get $mixed $v (global.get $kept)))
      (struct.get_s $mixed 0 (global.get $kept))
      (struct.get_s $mixed $h (global.get $kept))
      (struct.get_u $mixed $h (global.get $kept))
      (struct.get_u $mixed $b (global.get $kept))
      (struct.get_s $mixed 0 (struct.get $mixed $next (global.get $kept)))))");
  EXPECT_THAT(results(m, "run"), ElementsAre(0x12345 + 3, 0x45, u32(-2), 0xfffe, 0xff, u32(-3)));
  EXPECT_THAT(results(m, "lane"), ElementsAre(4));
}

TEST_F(Objects, VectorsHaveADefaultAndTrapOnNull) {
  const Instance& m = program.add(R"(
    (type $box (struct (field (mut v128))))
    (type $row (array (mut v128)))
    (func (export "default") (result i32)
      (v128.any_true (v128.or (struct.get $box 0 (struct.new_default $box))
                              (array.get $row (array.new_default $row (i32.const 3)) (i32.const 2)))))
    (func (export "get") (drop (struct.get $box 0 (ref.null $box))))
    (func (export "set") (struct.set $box 0 (ref.null $box) (v128.const i64x2 0 0)))
    (func (export "past") (param i32)
      (array.set $row (array.new_default $row (i32.const 3)) (local.get 0) (v128.const i64x2 0 0))))");
  EXPECT_THAT(results(m, "default"), ElementsAre(0));
  EXPECT_EQ(program.call(m, "get").kind(), TrapKind::kNullReference);
  EXPECT_EQ(program.call(m, "set").kind(), TrapKind::kNullReference);
  EXPECT_EQ(program.call(m, "past", {3}).kind(), TrapKind::kArrayOutOfBounds);
  EXPECT_EQ(program.call(m, "past", {2}).kind(), TrapKind::kNone);
}

TEST_F(Objects, ArraysOfVectorsAreFilledCopiedAndMade) {
  const Instance& m = program.add(R"(
    (type $row (array (mut v128)))
    (data $bytes "\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f\10\11\12\13\14\15\16\17\18\19\1a\1b\1c\1d\1e\1f\20")
    (func $lane (param $row (ref $row)) (param i32) (result i32)
      (i8x16.extract_lane_u 15 (array.get $row (local.get $row) (local.get 1))))
    (func (export "run") (result i32 i32 i32 i32) (local $row (ref null $row))
      (local.set $row (array.new $row (i8x16.splat (i32.const 7)) (i32.const 6)))
      (array.fill $row (local.get $row) (i32.const 1) (i8x16.splat (i32.const 8)) (i32.const 1))
      (array.copy $row $row (local.get $row) (i32.const 2) (local.get $row) (i32.const 1) (i32.const 2))
      (array.init_data $row $bytes (local.get $row) (i32.const 4) (i32.const 0) (i32.const 2))
      (array.set $row (local.get $row) (i32.const 0)
        (array.get $row (array.new_fixed $row 2 (v128.const i64x2 0 0) (i8x16.splat (i32.const 9)))
                        (i32.const 1)))
      (call $lane (ref.as_non_null (local.get $row)) (i32.const 0))
      (call $lane (ref.as_non_null (local.get $row)) (i32.const 2))
      (call $lane (ref.as_non_null (local.get $row)) (i32.const 3))
      (call $lane (ref.as_non_null (local.get $row)) (i32.const 5)))
    (func (export "data") (param i32 i32) (result i32)
      (array.len (array.new_data $row $bytes (local.get 0) (local.get 1)))))");
  EXPECT_THAT(results(m, "run"), ElementsAre(9, 8, 7, 0x20));
  EXPECT_THAT(results(m, "data", {0, 2}), ElementsAre(2));
  EXPECT_EQ(program.call(m, "data", {1, 2}).kind(), TrapKind::kMemoryOutOfBounds);
}

TEST_F(Objects, PackedArraysKeepTheirBits) {
  const Instance& m = program.add(R"(
    (type $bytes (array (mut i8)))
    (type $halves (array (mut i16)))
    (func (export "run") (result i32 i32 i32 i32)
      (local $bytes (ref null $bytes)) (local $halves (ref null $halves))
      (local.set $bytes (array.new $bytes (i32.const 0x1fe) (i32.const 9)))
      (local.set $halves (array.new_fixed $halves 3 (i32.const 1) (i32.const 0x18000) (i32.const 3)))
      (array.set $bytes (local.get $bytes) (i32.const 4) (i32.const 0x301))
      (array.get_s $bytes (local.get $bytes) (i32.const 3))
      (array.get_u $bytes (local.get $bytes) (i32.const 4))
      (array.get_s $halves (local.get $halves) (i32.const 1))
      (array.get_u $halves (local.get $halves) (i32.const 1))))");
  EXPECT_THAT(results(m, "run"), ElementsAre(u32(-2), 1, u32(-0x8000), 0x8000));
}

TEST_F(Objects, NothingCanBeTakenFromADroppedSegment) {
  const Instance& m = program.add(R"(
    (type $bytes (array (mut i8)))
    (data $gone "abc")
    (func (export "drop") (data.drop $gone))
    (func (export "new") (param i32 i32) (result i32)
      (array.len (array.new_data $bytes $gone (local.get 0) (local.get 1))))
    (func (export "init") (param i32 i32)
      (array.init_data $bytes $gone (array.new_default $bytes (i32.const 5)) (i32.const 0)
                       (local.get 0) (local.get 1))))");
  results(m, "drop");
  EXPECT_THAT(results(m, "new", {0, 0}), ElementsAre(0));
  EXPECT_THAT(results(m, "init", {0, 0}), ElementsAre());
  EXPECT_EQ(program.call(m, "new", {0, 1}).kind(), TrapKind::kMemoryOutOfBounds);
  EXPECT_EQ(program.call(m, "init", {1, 0}).kind(), TrapKind::kMemoryOutOfBounds);
}

}  // namespace
}  // namespace doppel::bytecode
