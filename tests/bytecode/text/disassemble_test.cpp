// SPDX-License-Identifier: Apache-2.0
// The printer: both layouts of known code, names, and the round trip of every module of the suite.
#include "bytecode/text/disassemble.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "bytecode/binary/decoder.h"
#include "bytecode/text/assemble.h"
#include "bytecode/text/script_check.h"
#include "tests/bytecode/text/suite.h"

namespace doppel::bytecode::text {
namespace {

Result<std::string> print(std::vector<std::byte> bytes, PrintStyle style) {
  return disassemble(DOPPEL_TRY(decode(std::move(bytes), Features::all())), style);
}

std::string print(std::string_view text, PrintStyle style) {
  auto bytes = assemble(text, "t.wat");
  if (!bytes) return bytes.error().message;
  const auto printed = print(std::move(*bytes), style);
  return printed ? *printed : printed.error().message;
}

TEST(Disassemble, FlatCodeIsIndentedByBlocks) {
  EXPECT_EQ(print("(module $m (func $f (export \"f\") (param $x i32) (param i32 i32) (local $y f64)"
                  "(block $b (br_if $b (local.get $x))) (if (local.get 1) (then nop) (else nop))))",
                  PrintStyle::kFlat),
            R"((module $m
  (type (func (param i32 i32 i32)))
  (func $f (type 0) (param $x i32) (param i32 i32)
    (local $y f64)
    block $b
      local.get $x
      br_if $b
    end
    local.get 1
    if
      nop
    else
      nop
    end)
  (export "f" (func $f)))
)");
}

TEST(Disassemble, FoldedCodeNestsOperands) {
  EXPECT_EQ(print("(func (param i32) local.get 0 i32.const 2 i32.mul if (result i32) i32.const 1 "
                  "else nop i32.const 3 end drop)",
                  PrintStyle::kFolded),
            R"((module
  (type (func (param i32)))
  (func (type 0) (param i32)
    (drop
      (if (result i32)
        (i32.mul (local.get 0) (i32.const 2))
        (then
          (i32.const 1))
        (else
          (nop)
          (i32.const 3))))))
)");
}

TEST(Disassemble, NamesThatAreNoIdentifiersAreQuoted) {
  const std::string text = print(
      "(func $\"two words\") (func call $\"two words\") "
      "(func (@name \"two words\")) (data (i32.const 0) \"\\00\\ff\")",
      PrintStyle::kFlat);
  EXPECT_NE(text.find("(func $\"two words\" (type 0))"), std::string::npos) << text;
  EXPECT_NE(text.find("call $\"two words\""), std::string::npos) << text;
  EXPECT_NE(text.find("(func (@name \"two words\") (type 0))"), std::string::npos) << text;
  EXPECT_NE(text.find("\"\\00\\ff\""), std::string::npos) << text;
}

TEST(Disassemble, LabelsThatAreShadowedAreNumbers) {
  const std::string text = print("(func (block $l (block $l (br 0) (br 1))))", PrintStyle::kFlat);
  EXPECT_NE(text.find("br $l\n"), std::string::npos) << text;
  EXPECT_NE(text.find("br 1\n"), std::string::npos) << text;
}

TEST(Disassemble, DeepNestingNeedsNoHostStackAndLittleText) {
  std::string text = "(func ";
  constexpr int kDepth = 100000;
  for (int i = 0; i < kDepth; ++i) text += "block ";
  for (int i = 0; i < kDepth; ++i) text += "end ";
  const std::string printed = print(text + ")", PrintStyle::kFolded);
  EXPECT_LT(printed.size(), std::size_t{100} * kDepth);
  EXPECT_GT(printed.size(), std::size_t{6} * kDepth);
}

/// binary → text → binary: equal bytes where the assembler wrote the first ones; equal texts for
/// all others, whose encoding may be longer than it need be.
void expect_round_trip(const std::vector<std::byte>& bytes, bool is_own, PrintStyle style,
                       const std::string& place) {
  const auto text = print(bytes, style);
  ASSERT_TRUE(text) << place << ": " << text.error().message;
  const auto again = assemble(*text, place);
  ASSERT_TRUE(again) << again.error().message;
  if (is_own) {
    EXPECT_TRUE(*again == bytes) << place << ": other bytes from\n" << *text;
  } else {
    const auto text_again = print(*again, style);
    ASSERT_TRUE(text_again) << place << ": " << text_again.error().message;
    EXPECT_EQ(*text, *text_again) << place;
  }
}

TEST(SuiteModules, MakeTheRoundTripThroughText) {
  DOPPEL_REQUIRE_SUITE();
  std::uint64_t modules = 0;
  for (const std::string& name : suite_scripts()) {
    const std::string text = read_file(suite_folder() / name);
    const auto script = parse_script({text, name});
    ASSERT_TRUE(script) << script.error().message;
    for (const Command& command : script->commands) {
      const auto* module = std::get_if<ModuleCommand>(&command.what);
      if (module == nullptr) continue;
      const auto bytes = build(*script, module->module);
      ASSERT_TRUE(bytes) << bytes.error().message;
      const std::string place = name + ":" + std::to_string(command.line);
      const bool is_own = module->module.form != ScriptModule::Form::kBinary;
      expect_round_trip(*bytes, is_own, PrintStyle::kFlat, place);
      expect_round_trip(*bytes, is_own, PrintStyle::kFolded, place);
      ++modules;
    }
  }
  RecordProperty("modules", std::to_string(modules));
  EXPECT_GE(modules, 1500U);
}

}  // namespace
}  // namespace doppel::bytecode::text
