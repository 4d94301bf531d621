// SPDX-License-Identifier: Apache-2.0
// The decoder on hand-made modules: what it keeps, and what it says about what is wrong.
#include "bytecode/binary/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "bytecode/isa/limits.h"

namespace doppel::bytecode {
namespace {

using testing::HasSubstr;

using Bytes = std::vector<int>;

Result<Module> decode_bytes(const Bytes& bytes, Features features = Features::wasm3()) {
  std::vector<std::byte> module;
  for (int byte : bytes) module.push_back(static_cast<std::byte>(byte));
  return decode(std::move(module), features);
}

/// A module of the given sections.
Result<Module> decode_sections(std::initializer_list<Bytes> sections,
                               Features features = Features::wasm3()) {
  Bytes bytes{0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};
  for (const Bytes& section : sections) bytes.insert(bytes.end(), section.begin(), section.end());
  return decode_bytes(bytes, features);
}

void expect_error(const Result<Module>& result, ErrorKind kind, const std::string& message) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, kind) << result.error().message;
  EXPECT_THAT(result.error().message, HasSubstr(message));
}

TEST(Decoder, TheSmallestModule) {
  const auto module = decode_sections({});
  ASSERT_TRUE(module);
  EXPECT_EQ(module->bytes.size(), 8U);
  EXPECT_TRUE(module->sections.empty());
}

TEST(Decoder, Preamble) {
  expect_error(decode_bytes({}), ErrorKind::kMalformed,
               "malformed module at offset 0x0: found no magic number");
  expect_error(decode_bytes({0x00, 'a', 's', 'm', 0x02, 0, 0, 0}), ErrorKind::kMalformed,
               "expected version 1");
  expect_error(decode_bytes({0x00, 'a', 's', 'm', 0x0d, 0, 1, 0}), ErrorKind::kUnsupported,
               "found a component");
}

TEST(Decoder, KeepsWhatSectionsSay) {
  const auto module = decode_sections({
      {0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7e},              // type 0: [i32] -> [i64]
      {0x02, 0x07, 0x01, 0x01, 'm', 0x01, 'f', 0x00, 0x00},          // import "m" "f" (func 0)
      {0x03, 0x02, 0x01, 0x00},                                      // function 1: type 0
      {0x07, 0x05, 0x01, 0x01, 'e', 0x00, 0x01},                     // export "e" (func 1)
      {0x0a, 0x08, 0x01, 0x06, 0x01, 0x03, 0x7d, 0x42, 0x00, 0x0b},  // 3 locals, i64.const 0
      {0x00, 0x04, 0x02, 'h', 'i', 0x2a},                            // custom "hi"
  });
  ASSERT_TRUE(module) << module.error().message;
  EXPECT_EQ(to_string(module->func_type(FuncIndex{1})), "[i32] -> [i64]");
  EXPECT_EQ(module->imports[0].name, "f");
  EXPECT_EQ(module->imported_functions, 1U);
  EXPECT_TRUE(module->is_imported(FuncIndex{0}));
  EXPECT_EQ(module->exports[0].index, 1U);
  const FuncBody& body = module->body(FuncIndex{1});
  EXPECT_EQ(body.local_count, 3U);
  EXPECT_EQ(body.locals[0].type, kF32);
  EXPECT_EQ(module->view(body.code)[0], std::byte{0x42});
  EXPECT_EQ(body.code.size(), 3U);
  EXPECT_EQ(module->customs[0].name, "hi");
  EXPECT_EQ(module->view(module->customs[0].bytes)[0], std::byte{0x2a});
  EXPECT_EQ(module->sections.size(), 6U);
}

TEST(Decoder, RecursionGroupsAndSubtypes) {
  const auto module =
      decode_sections({{0x01, 0x0e, 0x01, 0x4e, 0x02,              // one group of two
                        0x50, 0x00, 0x5f, 0x01, 0x63, 0x01, 0x01,  // open struct (mut (ref null 1))
                        0x4f, 0x01, 0x00, 0x5f}});
  expect_error(module, ErrorKind::kMalformed, "in the type section");
  const auto whole =
      decode_sections({{0x01, 0x12, 0x01, 0x4e, 0x02, 0x50, 0x00, 0x5f, 0x01, 0x63,
                        0x01, 0x01, 0x4f, 0x01, 0x00, 0x5f, 0x01, 0x63, 0x01, 0x01}});
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_FALSE(whole->types[0].is_final);
  EXPECT_EQ(whole->types[1].super, TypeIndex{0});
  EXPECT_EQ(whole->types[1].depth, 1U);
  EXPECT_EQ(whole->types[1].group_size, 2U);
}

TEST(Decoder, SectionsHaveAnOrder) {
  expect_error(decode_sections({{0x03, 0x01, 0x00}, {0x01, 0x01, 0x00}}), ErrorKind::kMalformed,
               "found the type section");
  expect_error(decode_sections({{0x01, 0x01, 0x00}, {0x01, 0x01, 0x00}}), ErrorKind::kMalformed,
               "at offset 0xb: found the type section");
  EXPECT_TRUE(decode_sections({{0x05, 0x01, 0x00}, {0x0d, 0x01, 0x00}, {0x06, 0x01, 0x00}}));
  EXPECT_TRUE(decode_sections(
      {{0x09, 0x01, 0x00}, {0x0c, 0x01, 0x00}, {0x0a, 0x01, 0x00}, {0x0b, 0x01, 0x00}}));
  expect_error(decode_sections({{0x0e, 0x01, 0x00}}), ErrorKind::kMalformed, "section id 14");
}

TEST(Decoder, SizesAgree) {
  expect_error(decode_sections({{0x01, 0x05, 0x00}}), ErrorKind::kMalformed,
               "a count of 5 bytes of a section");
  expect_error(decode_sections({{0x01, 0x02, 0x00, 0x00}}), ErrorKind::kMalformed,
               "found 1 more bytes, expected the end of the section");
  expect_error(decode_sections({{0x01, 0x04, 0x01, 0x60, 0x00, 0x00}, {0x03, 0x02, 0x01, 0x00}}),
               ErrorKind::kMalformed, "found no code section, expected the bodies of 1 functions");
  expect_error(decode_sections({{0x0c, 0x01, 0x01}}), ErrorKind::kMalformed,
               "found 0 data segments, expected 1");
  // A body's locals reach into the next body.
  expect_error(decode_sections({{0x01, 0x04, 0x01, 0x60, 0x00, 0x00},
                                {0x03, 0x03, 0x02, 0x00, 0x00},
                                {0x0a, 0x07, 0x02, 0x01, 0x01, 0x01, 0x7f, 0x0b, 0x0b}}),
               ErrorKind::kMalformed, "locals that reach beyond the function body");
}

TEST(Decoder, HugeCountsAllocateNothing) {
  for (int id : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13}) {
    expect_error(decode_sections({{id, 0x05, 0xff, 0xff, 0xff, 0xff, 0x0f}}), ErrorKind::kMalformed,
                 "a count of 4294967295");
  }
  // 50,001 locals in one body of 4 bytes.
  expect_error(decode_sections({{0x01, 0x04, 0x01, 0x60, 0x00, 0x00},
                                {0x03, 0x02, 0x01, 0x00},
                                {0x0a, 0x08, 0x01, 0x06, 0x01, 0xd1, 0x86, 0x03, 0x7f, 0x0b}}),
               ErrorKind::kLimit, "found 50001 locals, expected at most 50000");
}

TEST(Decoder, NamesAreUtf8) {
  expect_error(decode_sections({{0x00, 0x03, 0x02, 0xc3, 0x28}}), ErrorKind::kMalformed,
               "a name that is not UTF-8");
  expect_error(decode_sections({{0x00, 0x01, 0x02}}), ErrorKind::kMalformed, "in a custom section");
  EXPECT_TRUE(decode_sections({{0x00, 0x03, 0x02, 0xc3, 0xa9}}));
}

TEST(Decoder, FeaturesAreNamed) {
  const auto features = Features::wasm2();
  expect_error(decode_sections({{0x05, 0x03, 0x01, 0x04, 0x01}}, features), ErrorKind::kUnsupported,
               "64-bit memory");
  expect_error(decode_sections({{0x0d, 0x03, 0x01, 0x00, 0x00}}, features), ErrorKind::kUnsupported,
               "exceptions");
  expect_error(decode_sections({{0x01, 0x03, 0x01, 0x5f, 0x00}}, features), ErrorKind::kUnsupported,
               "garbage collection");
  expect_error(decode_sections({{0x05, 0x04, 0x01, 0x03, 0x01, 0x01}}), ErrorKind::kUnsupported,
               "threads");
}

TEST(Decoder, ConstantExpressionsEnd) {
  expect_error(decode_sections({{0x06, 0x05, 0x01, 0x7f, 0x00, 0x41, 0x00}}), ErrorKind::kMalformed,
               "found the end");
  expect_error(decode_sections({{0x06, 0x06, 0x01, 0x7f, 0x00, 0xff, 0x00, 0x0b}}),
               ErrorKind::kMalformed, "opcode 255");
}

}  // namespace
}  // namespace doppel::bytecode
