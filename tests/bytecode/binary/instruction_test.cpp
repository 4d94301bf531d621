// SPDX-License-Identifier: Apache-2.0
// The cursor: LEB128 rules at every width, types, opcodes, and what happens at the end of the
// bytes.
#include "bytecode/binary/instruction.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <vector>

namespace doppel::bytecode {
namespace {

/// Owns bytes and reads them, checked and unchecked.
struct Bytes {
  Bytes(std::initializer_list<int> list) {
    for (int byte : list) bytes.push_back(static_cast<std::byte>(byte));
  }
  [[nodiscard]] ByteRange all() const {
    return {ByteOffset{0}, ByteOffset{static_cast<std::uint32_t>(bytes.size())}};
  }
  [[nodiscard]] CodeReader checked(Features features = Features::wasm3()) const {
    return {bytes, all(), features};
  }
  [[nodiscard]] TrustedCodeReader trusted() const { return {bytes, all()}; }
  std::vector<std::byte> bytes;
};

TEST(Leb128, UnsignedValues) {
  const Bytes bytes{0x00, 0x7f, 0x80, 0x01, 0xe5, 0x8e, 0x26, 0xff,
                    0xff, 0xff, 0xff, 0x0f, 0x80, 0x80, 0x00};
  auto checked = bytes.checked();
  auto trusted = bytes.trusted();
  for (std::uint32_t expected : {0U, 127U, 128U, 624485U, 0xffffffffU, 0U}) {
    EXPECT_EQ(checked.read_u32(), expected);
    EXPECT_EQ(trusted.read_u32(), expected);
  }
  EXPECT_FALSE(checked.failed());
  EXPECT_TRUE(checked.at_end());
}

TEST(Leb128, SignedValues) {
  const Bytes bytes{0x7f, 0x3f, 0x40, 0xc0, 0xbb, 0x78, 0x80, 0x80,
                    0x80, 0x80, 0x78, 0xff, 0xff, 0xff, 0xff, 0x07};
  auto checked = bytes.checked();
  auto trusted = bytes.trusted();
  for (std::int32_t expected : {-1, 63, -64, -123456, std::numeric_limits<std::int32_t>::min(),
                                std::numeric_limits<std::int32_t>::max()}) {
    EXPECT_EQ(checked.read_s32(), expected);
    EXPECT_EQ(trusted.read_s32(), expected);
  }
  EXPECT_FALSE(checked.failed());
}

TEST(Leb128, Wide) {
  const Bytes least{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f};
  EXPECT_EQ(least.checked().read_s64(), std::numeric_limits<std::int64_t>::min());
  const Bytes most{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
  EXPECT_EQ(most.checked().read_u64(), std::numeric_limits<std::uint64_t>::max());
  const Bytes s33{0xff, 0xff, 0xff, 0xff, 0x0f};
  EXPECT_EQ(s33.checked().read_s33(), 0xffffffff);
  const Bytes negative_s33{0x80, 0x80, 0x80, 0x80, 0x70};
  EXPECT_EQ(negative_s33.checked().read_s33(), -(std::int64_t{1} << 32));
}

template <class Read>
bool fails(const Bytes& bytes, Read read) {
  auto reader = bytes.checked();
  read(reader);
  return reader.failed() && reader.failure().kind == ErrorKind::kMalformed;
}

TEST(Leb128, UnusedBitsAndOverlongFormsFail) {
  const auto u32 = [](CodeReader& r) { r.read_u32(); };
  const auto s32 = [](CodeReader& r) { r.read_s32(); };
  const auto s33 = [](CodeReader& r) { r.read_s33(); };
  const auto u64 = [](CodeReader& r) { r.read_u64(); };
  const auto s64 = [](CodeReader& r) { r.read_s64(); };
  EXPECT_TRUE(fails({0x80, 0x80, 0x80, 0x80, 0x10}, u32));
  EXPECT_TRUE(fails({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, u32));
  EXPECT_TRUE(fails({0xff, 0xff, 0xff, 0xff, 0x0f + 0x40}, s32));
  EXPECT_TRUE(fails({0x80, 0x80, 0x80, 0x80, 0x08}, s32));
  EXPECT_FALSE(fails({0x80, 0x80, 0x80, 0x80, 0x78}, s32));
  EXPECT_TRUE(fails({0x80, 0x80, 0x80, 0x80, 0x60}, s33));
  EXPECT_FALSE(fails({0x80, 0x80, 0x80, 0x80, 0x70}, s33));
  EXPECT_TRUE(fails({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02}, u64));
  EXPECT_TRUE(fails({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, s64));
  EXPECT_TRUE(fails({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, s64));
}

TEST(ByteReader, TheEndIsAFailureThatStays) {
  const Bytes bytes{0x80};
  auto reader = bytes.checked();
  EXPECT_EQ(reader.read_u32(), 0U);
  ASSERT_TRUE(reader.failed());
  EXPECT_EQ(reader.failure().offset, ByteOffset{1});
  const std::string first = reader.failure().detail;
  EXPECT_EQ(reader.read_f64_bits(), 0U);
  EXPECT_TRUE(reader.read_bytes(1).empty());
  EXPECT_EQ(reader.failure().detail, first);
}

TEST(ByteReader, CountsAreBoundedByTheInput) {
  const Bytes bytes{0xff, 0xff, 0xff, 0xff, 0x0f, 0x00};
  auto reader = bytes.checked();
  EXPECT_EQ(reader.read_count("locals"), 0U);
  ASSERT_TRUE(reader.failed());
  EXPECT_EQ(
      reader.failure().detail,
      "found a count of 4294967295 locals, expected no more than fit in the remaining 1 bytes");
}

TEST(ByteReader, FloatsAreLittleEndian) {
  const Bytes bytes{0x01, 0x02, 0x03, 0x04, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
  auto reader = bytes.trusted();
  EXPECT_EQ(reader.read_f32_bits(), 0x04030201U);
  EXPECT_EQ(reader.read_f64_bits(), 0x0807060504030201U);
}

TEST(TypeReader, ReadsEveryForm) {
  const Bytes bytes{0x7f, 0x7b, 0x70, 0x6f, 0x63, 0x6e, 0x64, 0x05, 0x69};
  auto reader = bytes.checked();
  for (const char* name : {"i32", "v128", "funcref", "externref", "anyref", "(ref 5)", "exnref"}) {
    EXPECT_EQ(to_string(reader.read_val_type()), name);
  }
  EXPECT_FALSE(reader.failed());
  EXPECT_TRUE(fails({0x40}, [](CodeReader& r) { r.read_val_type(); }));
  EXPECT_TRUE(fails({0x64, 0x7f}, [](CodeReader& r) { r.read_val_type(); }));
}

TEST(TypeReader, RefusesFeaturesByName) {
  const Bytes bytes{0x7b};
  auto reader = bytes.checked(Features::wasm1());
  reader.read_val_type();
  ASSERT_TRUE(reader.failed());
  EXPECT_EQ(reader.failure().kind, ErrorKind::kUnsupported);
  EXPECT_NE(reader.failure().detail.find("SIMD"), std::string::npos);
}

TEST(InstructionReader, EveryOpcodeReadsBack) {
  for (const OpcodeInfo& row : kOpcodes) {
    Bytes bytes{};
    if (row.prefix != 0) bytes.bytes.push_back(static_cast<std::byte>(row.prefix));
    if (row.prefix != 0 && row.code >= 0x80) {
      bytes.bytes.push_back(static_cast<std::byte>((row.code & 0x7f) | 0x80));
      bytes.bytes.push_back(static_cast<std::byte>(row.code >> 7));
    } else {
      bytes.bytes.push_back(static_cast<std::byte>(row.code));
    }
    const auto all = Features::wasm3() | Features{Feature::kThreads, Feature::kWideArithmetic,
                                                  Feature::kLegacyExceptions};
    auto checked = bytes.checked(all);
    EXPECT_EQ(&info(checked.read_opcode()), &row);
    EXPECT_TRUE(!checked.failed() && checked.at_end()) << row.name;
    EXPECT_EQ(&info(bytes.trusted().read_opcode()), &row);
  }
}

TEST(InstructionReader, UnassignedOpcodesFail) {
  const auto opcode = [](CodeReader& r) { r.read_opcode(); };
  EXPECT_TRUE(fails({0xff}, opcode));
  EXPECT_TRUE(fails({0x27}, opcode));
  EXPECT_TRUE(fails({0xfc, 0x7f}, opcode));
  EXPECT_TRUE(fails({0xfd, 0x9a, 0x01}, opcode));
  EXPECT_TRUE(fails({0xfb}, opcode));
}

TEST(InstructionReader, BlockTypes) {
  const Bytes bytes{0x40, 0x7f, 0x80, 0x01};
  auto reader = bytes.checked();
  EXPECT_EQ(reader.read_block_type().kind, BlockType::Kind::kEmpty);
  EXPECT_EQ(reader.read_block_type().result, kI32);
  EXPECT_EQ(reader.read_block_type().type, TypeIndex{128});
  EXPECT_TRUE(fails({0xff, 0x7f}, [](CodeReader& r) { r.read_block_type(); }));
}

TEST(InstructionReader, MemArgs) {
  const Bytes bytes{0x02, 0x10, 0x43, 0x01, 0x80, 0x80, 0x80, 0x80, 0x10};
  auto reader = bytes.checked();
  MemArg arg = reader.read_mem_arg();
  EXPECT_EQ(arg.align_log2, 2U);
  EXPECT_EQ(arg.memory, MemoryIndex{0});
  EXPECT_EQ(arg.offset, 16U);
  arg = reader.read_mem_arg();
  EXPECT_EQ(arg.align_log2, 3U);
  EXPECT_EQ(arg.memory, MemoryIndex{1});
  EXPECT_EQ(arg.offset, std::uint64_t{1} << 32);
  EXPECT_TRUE(fails({0x80, 0x01, 0x00}, [](CodeReader& r) { r.read_mem_arg(); }));
}

}  // namespace
}  // namespace doppel::bytecode
