// SPDX-License-Identifier: Apache-2.0
// The decoder against a naive one, over all encodings that can differ: every value of the bits that
// any row's mask fixes. Operand fields against an independent reading of the manual's figures.
#include "sysvm/isa/decode.h"

#include <gtest/gtest.h>

#include <random>

#include "sysvm/isa/compressed.h"
#include "sysvm/isa/disassemble.h"
#include "tests/sysvm/isa/naive_decoder.h"

namespace doppel::sysvm {
namespace {

std::string text(std::uint32_t bits) {
  const auto it = decode(bits);
  return it ? disassemble(*it) : "illegal";
}

TEST(InstructionTable, MatchesLieUnderTheirMasks) {
  for (const InstructionInfo& row : kInstructions) {
    EXPECT_EQ(row.match & ~row.mask, 0U) << row.name;
    EXPECT_EQ(row.mask & 0x7f, 0x7fU) << row.name;
    EXPECT_EQ(row.match & 3, 3U) << row.name;
  }
}

TEST(InstructionTable, NoEncodingHasTwoRowsOfEqualWeight) {
  for (std::size_t i = 0; i < kOpcodeCount; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const InstructionInfo& a = kInstructions[i];
      const InstructionInfo& b = kInstructions[j];
      const bool overlap = ((a.match ^ b.match) & a.mask & b.mask) == 0;
      const bool nested = (a.mask & b.mask) == a.mask || (a.mask & b.mask) == b.mask;
      EXPECT_TRUE(!overlap || (nested && a.mask != b.mask)) << a.name << " and " << b.name;
    }
  }
}

TEST(Decoder, AgreesWithANaiveOneOnEveryMajorOpcodeAndFunction) {
  // Bits 6:2, 14:12 and 31:20 decide for all rows but the few with every bit fixed; rs1 and rd are
  // walked through values that those fix.
  for (std::uint32_t major = 0; major < 32; ++major) {
    for (std::uint32_t function = 0; function < 8; ++function) {
      for (std::uint32_t high = 0; high < 4096; ++high) {
        for (const std::uint32_t registers : {0U, 1U << 7, 1U << 15, 0x000f'8f80U}) {
          const std::uint32_t bits = 3 | major << 2 | function << 12 | high << 20 | registers;
          const auto fast = decode(bits);
          const auto naive = test::naive_decode(bits);
          ASSERT_EQ(fast.has_value(), naive.has_value()) << std::hex << bits;
          if (fast) ASSERT_EQ(fast->opcode, *naive) << std::hex << bits;
        }
      }
    }
  }
}

TEST(Decoder, AgreesWithANaiveOneOnRandomBits) {
  std::mt19937 random(1);
  for (int i = 0; i < 2'000'000; ++i) {
    const std::uint32_t bits = static_cast<std::uint32_t>(random()) | 3;
    const auto fast = decode(bits);
    const auto naive = test::naive_decode(bits);
    ASSERT_EQ(fast.has_value(), naive.has_value()) << std::hex << bits;
    if (fast) ASSERT_EQ(fast->opcode, *naive) << std::hex << bits;
  }
}

TEST(Decoder, EveryCompressedEncodingExpandsToALegalInstruction) {
  int legal = 0;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 3) == 3) continue;
    const auto it = decode_compressed(static_cast<std::uint16_t>(bits));
    EXPECT_EQ(it, decode(bits | 0xabcd'0000)) << "the upper half must not matter";
    if (!it) continue;
    ++legal;
    EXPECT_EQ(it->length, 2);
    EXPECT_LT(it->rd, 32);
    EXPECT_LT(it->rs1, 32);
    EXPECT_LT(it->rs2, 32);
  }
  // 49,152 less: all zero and the rest of c.addi4spn with no immediate (8), quadrant 0 funct3 4
  // (2048), c.addiw x0 (64), c.lui and c.addi16sp of 0 (32), quadrant 1 reserved arithmetic (64 of
  // each of two), c.lwsp and c.ldsp of x0 (2·64), c.jr x0 (1); c.ebreak is c.jalr x0.
  EXPECT_EQ(legal, 49'152 - 8 - 2'048 - 64 - 32 - 2 * 64 - 2 * 64 - 1);
}

TEST(Decoder, ReadsOperands) {
  EXPECT_EQ(text(0xfff50513), "addi a0, a0, -1");
  EXPECT_EQ(text(0x12345537), "lui a0, 74565");
  EXPECT_EQ(text(0xfe0008e3), "beq zero, zero, -16");
  EXPECT_EQ(text(0x0ff0000f), "fence iorw, iorw");
  EXPECT_EQ(text(0x8330000f), "fence.tso");
  EXPECT_EQ(text(0x0100000f), "pause");
  EXPECT_EQ(text(0x06a5a62f), "amoadd.w.aqrl a2, a0, (a1)");
  EXPECT_EQ(text(0x0000100f), "fence.i");
  EXPECT_EQ(text(0x30529073), "csrrw zero, mtvec, t0");
  EXPECT_EQ(text(0x00000000), "illegal");
  EXPECT_EQ(text(0xffffffff), "illegal");
  EXPECT_EQ(text(0x4501), "addi a0, zero, 0");
  EXPECT_EQ(text(0x8082), "jalr zero, 0(ra)");
  EXPECT_EQ(text(0x1141), "addi sp, sp, -16");
}

}  // namespace
}  // namespace doppel::sysvm
