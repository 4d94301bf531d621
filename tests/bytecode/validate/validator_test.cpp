// SPDX-License-Identifier: Apache-2.0
// The validator's own rules and messages; the official suite covers the specification's.
#include "bytecode/validate/validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "bytecode/binary/decoder.h"
#include "bytecode/isa/limits.h"
#include "bytecode/text/assemble.h"

namespace doppel::bytecode {
namespace {

using testing::HasSubstr;

Result<void> check(std::string_view text, Features features = Features::all()) {
  const Module module = DOPPEL_TRY(decode(DOPPEL_TRY(assemble(text, "test.wat")), features));
  return validate(module, features);
}

void expect_error(const Result<void>& result, ErrorKind kind, const std::string& message) {
  ASSERT_FALSE(result) << "expected: " << message;
  EXPECT_EQ(result.error().kind, kind) << result.error().message;
  EXPECT_THAT(result.error().message, HasSubstr(message));
}

void expect_valid(const Result<void>& result) { EXPECT_TRUE(result) << result.error().message; }

std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Validator, MessagesSayWhereAndWhat) {
  expect_error(check("(module (func $add (result i32) (i32.add (i32.const 1) (f32.const 2))))"),
               ErrorKind::kInvalid,
               "invalid module at offset 0x1f in function 0 \"add\": found an operand of type f32, "
               "expected i32");
  expect_error(check("(module (func (result i32)))"), ErrorKind::kInvalid,
               "found no operand on the stack of this block, expected i32");
  expect_error(check("(module (func (br 1)))"), ErrorKind::kInvalid,
               "found label 1, expected one of 1");
  expect_error(check("(module (func (local.get 0) (drop)))"), ErrorKind::kInvalid,
               "found local 0, expected an existing one, but there is none");
  expect_error(check("(module (global i32 (i64.const 0)))"), ErrorKind::kInvalid,
               "in a global's initializer: found an operand of type i64, expected i32");
  expect_error(check("(module (export \"f\" (func 0)))"), ErrorKind::kInvalid,
               "in the export \"f\": found func 0");
}

TEST(Validator, UnreachableCodeIsTypedToo) {
  expect_valid(check("(module (func (result i32) (unreachable) (i32.add)))"));
  expect_error(check("(module (func (result i32) (unreachable) (i64.const 0) (i32.add)))"),
               ErrorKind::kInvalid, "found an operand of type i64");
  expect_error(check("(module (func (unreachable) (ref.as_non_null) (i32.eqz) (drop)))"),
               ErrorKind::kInvalid, "(ref any)");
}

TEST(Validator, FeaturesOfInstructionsAreNamed) {
  const auto features = Features::wasm2().with(Feature::kTailCalls).without(Feature::kSimd);
  expect_error(check("(module (func (drop (i32x4.splat (i32.const 0)))))", features),
               ErrorKind::kUnsupported, "found i32x4.splat, which needs SIMD");
  expect_error(check("(module (memory 1) (memory 1))", features), ErrorKind::kInvalid,
               "multiple memories");
  expect_valid(check("(module (func $f (return_call $f)))", features));
  expect_error(check("(module (func $f (return_call $f)))", Features::wasm2()),
               ErrorKind::kUnsupported, "tail calls");
}

TEST(Validator, GlobalsSeeThoseBefore) {
  constexpr std::string_view kText =
      "(module (global $a i32 (i32.const 1)) (global i32 (global.get $a)))";
  expect_valid(check(kText));
  expect_error(check(kText, Features::wasm2()), ErrorKind::kInvalid, "found global 0");
  expect_error(check("(module (global i32 (global.get 1)) (global i32 (i32.const 1)))"),
               ErrorKind::kInvalid, "found global 1");
}

TEST(Validator, ReferencesToFunctionsAreDeclared) {
  expect_error(check("(module (func $f) (func (drop (ref.func $f))))"), ErrorKind::kInvalid,
               "a reference to function 0");
  expect_valid(check("(module (func $f) (elem declare func $f) (func (drop (ref.func $f))))"));
  expect_valid(check("(module (func $f (export \"f\")) (func (drop (ref.func $f))))"));
}

TEST(Validator, LimitsAreErrorsOfTheirOwn) {
  const std::string deep = repeat("block ", limits::kNesting) + repeat("end ", limits::kNesting);
  expect_error(check("(module (func " + deep + "))"), ErrorKind::kLimit, "another block");
  const std::string results = repeat("i32 ", 1000);
  const std::string calls = repeat("(call 0)", 1001);
  expect_error(check("(module (func (result " + results + ") unreachable) (func " + calls +
                     " unreachable))"),
               ErrorKind::kLimit, "operands on the stack");
  expect_error(check("(module (func (param i32) (local " + repeat("i32 ", 50'000) + ")))"),
               ErrorKind::kLimit, "50001 parameters and locals");
}

TEST(Validator, EquivalentRecursionGroupsAreOneType) {
  expect_valid(check(R"((module
    (rec (type $a (struct (field (ref null $a)))))
    (rec (type $b (struct (field (ref null $b)))))
    (func (param (ref $a)) (result (ref $b)) (local.get 0))))"));
  expect_error(check(R"((module
    (rec (type $a (struct (field (ref null $a)))) (type (struct)))
    (rec (type $b (struct (field (ref null $b)))))
    (func (param (ref $a)) (result (ref $b)) (local.get 0))))"),
               ErrorKind::kInvalid, "found an operand of type (ref 0), expected (ref 2)");
}

TEST(Validator, LocalsWithoutDefaultAreSetFirst) {
  expect_error(
      check("(module (func (param (ref func)) (local $l (ref func)) (drop (local.get $l))))"),
      ErrorKind::kInvalid, "found local 1 before it was set");
  expect_valid(check(R"((module (func (param (ref func)) (local $l (ref func))
    (local.set $l (local.get 0)) (drop (local.get $l)))))"));
  expect_error(check(R"((module (func (param (ref func)) (local $l (ref func))
    (block (local.set $l (local.get 0))) (drop (local.get $l)))))"),
               ErrorKind::kInvalid, "found local 1 before it was set");
}

}  // namespace
}  // namespace doppel::bytecode
