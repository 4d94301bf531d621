// SPDX-License-Identifier: Apache-2.0
// The assembler: bytes of small modules, abbreviations that must equal their long forms, and
// errors.
#include "bytecode/text/assemble.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace doppel::bytecode {
namespace {

/// The module's bytes behind its header as hexadecimal digits, or the error's message.
std::string hex(std::string_view text) {
  const auto bytes = assemble(text, "t.wat");
  if (!bytes) return bytes.error().message;
  std::string digits;
  for (std::size_t i = 8; i < bytes->size(); ++i) {
    digits += fmt::format("{:02x}", static_cast<unsigned>((*bytes)[i]));
  }
  return digits;
}

/// The first line of the error that `text` gives.
std::string error_of(std::string_view text) {
  const auto bytes = assemble(text, "t.wat");
  if (bytes) return "none";
  return bytes.error().message.substr(0, bytes.error().message.find('\n'));
}

TEST(Assemble, EmptyModules) {
  EXPECT_EQ(hex(""), "");
  EXPECT_EQ(hex("(module)"), "");
  EXPECT_EQ(hex("(module $m)"), "0009046e616d650002016d");
}

TEST(Assemble, AFunction) {
  EXPECT_EQ(
      hex("(func (export \"add\") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)"),
      "0107016002"
      "7f7f017f"
      "03020100"
      "07070103616464"
      "0000"
      "0a0901070020002001"
      "6a0b");
}

TEST(Assemble, FoldedEqualsFlat) {
  EXPECT_EQ(
      hex("(func (result i32) (if (result i32) (i32.const 1) (then (i32.const 2)) (else (i32.const "
          "3))))"),
      hex("(func (result i32) i32.const 1 if (result i32) i32.const 2 else i32.const 3 end)"));
  EXPECT_EQ(hex("(func (drop (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3)))))"),
            hex("(func i32.const 1 i32.const 2 i32.const 3 i32.mul i32.add drop)"));
  EXPECT_EQ(hex("(tag) (func (try (do (nop)) (catch 0 (nop)) (catch_all (nop))))"),
            hex("(tag) (func try nop catch 0 nop catch_all nop end)"));
  EXPECT_EQ(hex("(func (block (try (do (nop)) (delegate 0))))"),
            hex("(func block try nop delegate 0 end)"));
}

TEST(Assemble, IdentifiersMayComeBeforeTheirDefinition) {
  EXPECT_EQ(hex("(module (export \"f\") (func))").substr(0, 4), "t.wa");
  const auto with_numbers =
      hex("(export \"f\" (func 1)) (func call 1) (func (type 0)) (type (func))");
  EXPECT_EQ(hex("(export \"f\" (func $\"g\")) (func call $g) (func $g (type $t)) (type $t (func))")
                .substr(0, with_numbers.size()),
            with_numbers);
}

TEST(Assemble, ImplicitTypesFollowTheExplicitOnes) {
  EXPECT_EQ(hex("(func (result f64) unreachable) (func (param i32)) (type (func (param i32)))"),
            hex("(type (func (param i32))) (type (func (result f64)))"
                "(func (type 1) unreachable) (func (type 0))"));
}

TEST(Assemble, InlineFormsEqualTheirFields) {
  EXPECT_EQ(hex("(memory (export \"m\") (data \"abc\"))"),
            hex("(memory 1 1) (export \"m\" (memory 0)) (data (i32.const 0) \"abc\")"));
  EXPECT_EQ(hex("(table funcref (elem 0 0)) (func)"),
            hex("(table 2 2 funcref) (elem (offset i32.const 0) func 0 0) (func)"));
  EXPECT_EQ(hex("(func (import \"a\" \"b\") (param i64))"),
            hex("(import \"a\" \"b\" (func (param i64)))"));
}

TEST(Assemble, NameAnnotationsStandWithIdentifiersOrAlone) {
  EXPECT_EQ(hex("(func (param (@name \"p\") i32) (local (@name \"l\") i64))"),
            hex("(func (param $p i32) (local $l i64))"));
  EXPECT_EQ(hex("(type (struct (field (@name \"f\") i32)))"),
            hex("(type (struct (field $f i32)))"));
  EXPECT_EQ(hex("(func (local $x (@name \"l\") i64))"), hex("(func (local $l i64))"));
}

TEST(Assemble, MemoryArguments) {
  const auto code = [](std::string_view instruction) {
    const std::string all = hex(fmt::format("(memory 1)(memory 1)(func {})", instruction));
    return all.substr(all.find("0a", 20));
  };
  EXPECT_NE(code("i32.load offset=4 align=1").find("280004"), std::string::npos);
  EXPECT_NE(code("i32.load 1").find("28420100"), std::string::npos);
  EXPECT_NE(code("v128.load8_lane 3").find("fd54000003"), std::string::npos);
  EXPECT_NE(code("v128.load8_lane 1 3").find("fd5440010003"), std::string::npos);
  EXPECT_NE(code("memory.init 1 0").find("fc080001"), std::string::npos);
}

TEST(Assemble, ErrorsSayWhereAndWhat) {
  EXPECT_EQ(assemble("(module\n  (func i32.cnst 1))", "t.wat").error().message,
            "t.wat:2:9: found \"i32.cnst\", expected an instruction\n"
            "    (func i32.cnst 1))\n"
            "          ^");
  EXPECT_EQ(error_of("(func (i32.const 4294967296))"),
            "t.wat:1:18: found 4294967296, which is out of range, expected an i32");
  EXPECT_EQ(error_of("(func block $a end $b)"),
            "t.wat:1:20: found \"$b\", expected the label that the block began with");
  EXPECT_EQ(error_of("(func) (import \"a\" \"b\" (func))"),
            "t.wat:1:8: found an import after a func, expected imports first");
  EXPECT_EQ(error_of("(type (func)) (func (type 0) (param i32))"),
            "t.wat:1:21: found the inline type [i32] -> [], expected that of type 0, [] -> []");
  EXPECT_EQ(error_of("(func $f) (func $f)"),
            "t.wat:1:19: found a second function $f, expected a new name");
  EXPECT_EQ(error_of("(func"), "t.wat:1:1: found \"(\", expected a \")\" that closes it");
}

TEST(Assemble, MalformedTexts) {
  for (const char* text : {"(func))",
                           "(func (nop) end)",
                           "(func block)",
                           "(func (block end))",
                           "(func (if (i32.const 0)))",
                           "(func else)",
                           "(func (then))",
                           "(func (br $l))",
                           "(func (local.get $x))",
                           "(func i32.load align=3)",
                           "(func (i32.add nop))",
                           "(func (try (catch_all)))",
                           "(func catch_all)",
                           "(memory)",
                           "(table 1)",
                           "(func (param $a i32) (local $a i32))",
                           "(start 0) (start 0)",
                           "(func (v128.const i32x4 1 2 3))",
                           "(func i8x16.shuffle 1)",
                           "(func i8x16.extract_lane_s 256)",
                           "(module) (module)",
                           "(elem 0)",
                           "(func (select (result i32) (param)))",
                           "(memory 1 (pagesize 3))",
                           "(foo)",
                           "(func br_table)"}) {
    const auto bytes = assemble(text, "t.wat");
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().kind, ErrorKind::kMalformed) << text;
  }
}

TEST(Assemble, DeepNestingNeedsNoHostStack) {
  std::string text = "(func ";
  constexpr int kDepth = 200000;
  for (int i = 0; i < kDepth; ++i) text += "(block ";
  for (int i = 0; i < kDepth; ++i) text += ")";
  EXPECT_TRUE(assemble(text + ")", "t.wat"));
}

}  // namespace
}  // namespace doppel::bytecode
