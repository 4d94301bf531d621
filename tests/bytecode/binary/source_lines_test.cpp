// SPDX-License-Identifier: Apache-2.0
// Line number programs of both layouts, written by hand, and damaged ones. tests/tools has what
// clang writes.
#include "bytecode/binary/source_lines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bytecode/binary/decoder.h"
#include "bytecode/text/assemble.h"

namespace doppel::bytecode {
namespace {

using namespace std::string_view_literals;

std::string u32(std::size_t value) {
  std::string bytes;
  for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// A unit of version 4 or 5, from what stands before its header's length and after.
std::string unit(std::string_view version, std::string_view header, std::string_view program) {
  const std::string rest =
      std::string(version) + u32(header.size()) + std::string(header) + std::string(program);
  return u32(rest.size()) + rest;
}

/// Steps of one byte, lines from -5 to 8 in an opcode that begins at 13.
constexpr auto kSteps = "\1\1\1\373\16\15\0\1\1\1\1\0\0\0\1\0\0\1"sv;

/// At 2: line 3, column 9 of file 1. At 4: line 5 of file 2. At 5: line 0. At 6: the end.
constexpr auto kProgram =
    "\0\5\2\2\0\0\0"
    "\3\2\5\11\1"
    "\4\2\2\2\3\2\1"
    "\2\1\3\173\1"
    "\2\1\0\1\1"sv;

std::string version_4() {
  return unit("\4\0"sv,
              std::string(kSteps) + std::string("src\0\0"
                                                "main.c\0\1\0\0"
                                                "/inc/b.h\0\0\0\0"
                                                "\0"sv),
              kProgram);
}

/// Folder 0 "/build", folder 1 "src"; files by .debug_line_str with a folder in one byte.
std::string version_5() {
  return unit("\5\0\4\0"sv,
              std::string(kSteps) + std::string("\1\1\10\2/build\0src\0"
                                                "\2\1\37\2\13\3"
                                                "\0\0\0\0\0"
                                                "\0\0\0\0\1"
                                                "\7\0\0\0\0"sv),
              kProgram);
}

/// A module with one function, whose body begins at 1 of the code section, and custom sections.
Module with_customs(std::vector<std::pair<std::string, std::string>> sections) {
  auto bytes = assemble("(func (i32.add (i32.const 1) (i32.const 2)) drop)", "test.wat").value();
  for (const auto& [name, contents] : sections) {
    std::string custom = static_cast<char>(name.size()) + name + contents;
    custom = std::string("\0", 1) + static_cast<char>(0x80U | (custom.size() & 0x7fU)) +
             static_cast<char>(custom.size() >> 7U) + custom;
    for (const char byte : custom) bytes.push_back(static_cast<std::byte>(byte));
  }
  return decode(std::move(bytes)).value();
}

/// What is known of the code section's bytes 1 to 6, as "file:line:column", "-" for nothing.
std::string places(const Module& module) {
  std::vector<ByteOffset> offsets;
  const auto code = std::ranges::find(module.sections, 10, &SectionRange::id)->contents.begin;
  for (std::uint32_t i = 1; i <= 6; ++i) offsets.push_back(code + i);
  std::string text;
  for (const auto& place : source_places(module, offsets)) {
    text += place ? place->file + ":" + std::to_string(place->line) + ":" +
                        std::to_string(place->column)
                  : "-";
    text += " ";
  }
  return text;
}

TEST(SourceLines, OfVersion4) {
  EXPECT_EQ(places(with_customs({{".debug_line", version_4()}})),
            "- src/main.c:3:9 src/main.c:3:9 /inc/b.h:5:9 - - ");
}

TEST(SourceLines, OfVersion5WithStringsElsewhere) {
  const std::string strings("main.c\0b.h\0"sv);
  EXPECT_EQ(places(with_customs({{".debug_line", version_5()}, {".debug_line_str", strings}})),
            "- /build/src/main.c:3:9 /build/src/main.c:3:9 /build/b.h:5:9 - - ");
}

TEST(SourceLines, OfSeveralUnits) {
  std::string moved = version_4();
  moved[moved.find("\0\5\2\2"sv) + 3] = 1;
  EXPECT_EQ(places(with_customs({{".debug_line", version_4() + moved}})),
            "src/main.c:3:9 src/main.c:3:9 src/main.c:3:9 /inc/b.h:5:9 - - ");
}

TEST(SourceLines, OfFunctionsThatTheLinkerLeftOutAreNone) {
  for (const std::string_view address :
       {"\0\0\0\0"sv, "\377\377\377\377"sv, "\376\377\377\377"sv}) {
    std::string left_out = version_4();
    left_out.replace(left_out.find("\0\5\2\2"sv) + 3, 4, address);
    EXPECT_EQ(places(with_customs({{".debug_line", left_out}})), "- - - - - - ");
  }
}

TEST(SourceLines, ModulesWithoutThemHaveNone) {
  EXPECT_EQ(places(with_customs({})), "- - - - - - ");
}

TEST(SourceLines, DamagedOnesAreRead) {
  for (const std::string& good : {version_4(), version_5()}) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      places(with_customs({{".debug_line", good.substr(0, at)}}));
      for (const int bits : {1, 0x80, 0xff}) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ bits);
        places(with_customs({{".debug_line", bad}, {".debug_line_str", "main.c"}}));
      }
    }
  }
}

}  // namespace
}  // namespace doppel::bytecode
