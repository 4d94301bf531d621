// SPDX-License-Identifier: Apache-2.0
// The name section: what it gives, and that nothing in it harms.
#include "bytecode/binary/names.h"

#include <gtest/gtest.h>

#include <string_view>

#include "bytecode/binary/decoder.h"
#include "bytecode/text/assemble.h"

namespace doppel::bytecode {
namespace {

Module module_of(std::string_view text) {
  return decode(assemble(text, "test.wat").value()).value();
}

/// A module whose name section has these contents.
Module module_named(std::string_view contents) {
  Module module;
  const auto* bytes = reinterpret_cast<const std::byte*>(contents.data());
  module.bytes.assign(bytes, bytes + contents.size());
  module.customs.push_back(
      {"name", {ByteOffset{0}, ByteOffset{static_cast<std::uint32_t>(contents.size())}}, {}});
  return module;
}

TEST(Names, FindsWhatTheTextNamed) {
  const Module module = module_of(R"((module $m
    (global $g i32 (i32.const 0))
    (func $f (param $x i32) (local $y i64))
    (func (export "second"))
    (func)))");
  const Names names(module);
  EXPECT_EQ(names.module(), "m");
  EXPECT_EQ(names.find(NameKind::kFunction, 0), "f");
  EXPECT_EQ(names.find(NameKind::kFunction, 1), std::nullopt);
  EXPECT_EQ(names.find(NameKind::kLocal, 0, 1), "y");
  EXPECT_EQ(names.find(NameKind::kLocal, 1, 1), std::nullopt);
  EXPECT_EQ(names.find(NameKind::kGlobal, 0), "g");
  EXPECT_EQ(describe_function(module, FuncIndex{0}), "function 0 \"f\"");
  EXPECT_EQ(describe_function(module, FuncIndex{1}), "function 1 \"second\"");
  EXPECT_EQ(describe_function(module, FuncIndex{2}), "function 2");
}

TEST(Names, AModuleWithoutNamesHasNone) {
  const Module module;
  EXPECT_EQ(Names(module).module(), std::nullopt);
}

TEST(Names, KeepsWhatCameBeforeTheDamage) {
  using namespace std::string_view_literals;
  // Function names: 0 "a", 1 (longer than the section).
  const Module cut = module_named("\x01\x06\x02\x00\x01\x61\x01\x7f"sv);
  EXPECT_EQ(Names(cut).find(NameKind::kFunction, 0), "a");
  EXPECT_EQ(Names(cut).find(NameKind::kFunction, 1), std::nullopt);
  const Module unknown_kind = module_named("\x63\x01\x00\x00\x02\x01\x6d"sv);
  EXPECT_EQ(Names(unknown_kind).module(), "m");
  const Module bad_utf8 = module_named("\x00\x02\x01\xff"sv);
  EXPECT_EQ(Names(bad_utf8).module(), std::nullopt);
  const Module huge_count = module_named("\x01\x05\xff\xff\xff\xff\x0f"sv);
  EXPECT_EQ(Names(huge_count).find(NameKind::kFunction, 0), std::nullopt);
}

TEST(Names, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(quote_name("a\x1b[2J\"\\"), R"("a\1b[2J\22\5c")");
}

}  // namespace
}  // namespace doppel::bytecode
