// SPDX-License-Identifier: Apache-2.0
// The opcode table is complete and consistent with itself.
#include "bytecode/isa/opcode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <utility>

namespace doppel::bytecode {
namespace {

constexpr const char* kEnumerators[] = {
#define OP(enumerator, ...) #enumerator,
#include "bytecode/isa/opcodes.inc"
};

constexpr std::string_view kSignatures[] = {
#define OP(enumerator, name, prefix, code, immediates, signature, ...) signature,
#include "bytecode/isa/opcodes.inc"
};

long count(std::uint8_t prefix, Feature feature) {
  return std::count_if(kOpcodes.begin(), kOpcodes.end(), [&](const OpcodeInfo& row) {
    return row.prefix == prefix && row.feature == feature;
  });
}

/// "i32.add" → "kI32Add".
std::string enumerator_of(std::string_view name) {
  std::string result = "k";
  bool starts_word = true;
  for (char c : name) {
    if (c == '.' || c == '_') {
      starts_word = true;
    } else {
      result += starts_word ? static_cast<char>(std::toupper(c)) : c;
      starts_word = false;
    }
  }
  return result;
}

TEST(Opcode, CodesAreUnique) {
  std::set<std::pair<int, int>> codes;
  for (const OpcodeInfo& row : kOpcodes) {
    EXPECT_TRUE(codes.emplace(row.prefix, row.code).second) << row.name;
  }
}

TEST(Opcode, CountsMatchTheSpecifications) {
  EXPECT_EQ(count(0x00, Feature::kMvp), 172);
  EXPECT_EQ(count(0x00, Feature::kSignExtension), 5);
  EXPECT_EQ(count(0xfc, Feature::kSaturatingConversion), 8);
  EXPECT_EQ(count(0xfc, Feature::kBulkMemory) + count(0xfc, Feature::kReferenceTypes), 10);
  EXPECT_EQ(count(0xfd, Feature::kSimd), 236);
  EXPECT_EQ(count(0xfd, Feature::kRelaxedSimd), 20);
  EXPECT_EQ(count(0xfb, Feature::kGc), 31);
  EXPECT_EQ(count(0xfe, Feature::kThreads), 67);
  EXPECT_EQ(count(0xfc, Feature::kWideArithmetic), 4);
}

TEST(Opcode, LookUpIsTheInverseOfTheTable) {
  std::size_t found = 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (auto opcode = find_opcode(static_cast<std::uint8_t>(byte))) {
      EXPECT_EQ(info(*opcode).prefix, 0);
      EXPECT_EQ(info(*opcode).code, byte);
      ++found;
    }
    for (unsigned code = 0; code < 0x200; ++code) {
      if (auto opcode = find_opcode(static_cast<std::uint8_t>(byte), code)) {
        EXPECT_EQ(info(*opcode).prefix, byte);
        EXPECT_EQ(info(*opcode).code, code);
        ++found;
      }
    }
  }
  EXPECT_EQ(found, kOpcodeCount);
  EXPECT_FALSE(find_opcode(0xfc, 0xffffffff));
}

TEST(Opcode, EnumeratorsAreMadeFromNames) {
  const std::set<std::string> exceptions{"kSelectTyped", "kRefTestNull", "kRefCastNull"};
  for (std::size_t row = 0; row < kOpcodeCount; ++row) {
    if (!exceptions.contains(kEnumerators[row])) {
      EXPECT_EQ(kEnumerators[row], enumerator_of(kOpcodes[row].name));
    }
  }
}

TEST(Opcode, SignaturesAreWellFormed) {
  for (std::string_view signature : kSignatures) {
    EXPECT_EQ(signature.find_first_not_of("ilfdva:"), std::string_view::npos) << signature;
  }
  constexpr Signature kAdd = info(Opcode::kI64Add128).signature;
  static_assert(kAdd.is_fixed && kAdd.pops == 4 && kAdd.pushes == 2);
  static_assert(kAdd.types[0] == OperandKind::kI64 && kAdd.types[5] == OperandKind::kI64);
  static_assert(!info(Opcode::kDrop).signature.is_fixed);
  static_assert(info(Opcode::kNop).signature.is_fixed && info(Opcode::kNop).signature.pops == 0);
}

TEST(Opcode, MemoryAccessesNameAnAddress) {
  for (const OpcodeInfo& row : kOpcodes) {
    if (row.immediates != Immediates::kMemArg && row.immediates != Immediates::kMemArgLane)
      continue;
    EXPECT_TRUE(row.signature.is_fixed) << row.name;
    EXPECT_EQ(row.signature.types[0], OperandKind::kAddress) << row.name;
  }
}

TEST(Features, SetsGrow) {
  EXPECT_FALSE(Features::wasm1().has(Feature::kSimd));
  EXPECT_TRUE(Features::wasm2().has(Feature::kSimd));
  EXPECT_TRUE(Features::wasm3().has(Feature::kSimd));
  EXPECT_FALSE(Features::wasm3().has(Feature::kThreads));
  EXPECT_EQ(Features::executable() | Features::wasm3(), Features::executable());
  EXPECT_TRUE(Features::wasm1().without(Feature::kMvp).has(Feature::kMvp));
}

}  // namespace
}  // namespace doppel::bytecode
