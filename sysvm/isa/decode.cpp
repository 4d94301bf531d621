// SPDX-License-Identifier: Apache-2.0
// The decoder: an index over major opcode and funct3 leads to the few rows that may fit.
#include "sysvm/isa/decode.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "sysvm/isa/compressed.h"
#include "sysvm/isa/fields.h"

namespace doppel::sysvm {

namespace {

/// Rows by bits 6:2 and 14:12, those with more fixed bits first.
class Index {
 public:
  Index() {
    for (std::size_t i = 0; i < kOpcodeCount; ++i) {
      for (std::uint32_t key = 0; key < lists_.size(); ++key) {
        const std::uint32_t bits = 3 | (key & 31) << 2 | (key >> 5) << 12;
        const InstructionInfo& row = kInstructions[i];
        if (((bits ^ row.match) & row.mask & 0x707f) == 0) {
          lists_[key].push_back(static_cast<Opcode>(i));
        }
      }
    }
    for (auto& list : lists_) {
      std::ranges::sort(list, std::ranges::greater{},
                        [](Opcode opcode) { return std::popcount(info(opcode).mask); });
    }
  }

  [[nodiscard]] std::optional<Opcode> find(std::uint32_t bits) const {
    for (Opcode opcode : lists_[field(bits, 6, 2) | field(bits, 14, 12) << 5]) {
      if ((bits & info(opcode).mask) == info(opcode).match) return opcode;
    }
    return std::nullopt;
  }

 private:
  std::array<std::vector<Opcode>, 256> lists_;
};

std::int32_t immediate_of(Format format, std::uint32_t w) {
  switch (format) {
    case Format::kI:
    case Format::kJumpRegister:
    case Format::kLoad:
    case Format::kFloatLoad: return sign_extended(field(w, 31, 20), 12);
    case Format::kStore:
    case Format::kFloatStore: return sign_extended(gather(w, {{31, 25, 5}, {11, 7, 0}}), 12);
    case Format::kShift6: return static_cast<std::int32_t>(field(w, 25, 20));
    case Format::kShift5: return static_cast<std::int32_t>(field(w, 24, 20));
    case Format::kU: return static_cast<std::int32_t>(w & 0xffff'f000);
    case Format::kJump:
      return sign_extended(gather(w, {{31, 31, 20}, {19, 12, 12}, {20, 20, 11}, {30, 21, 1}}), 21);
    case Format::kBranch:
      return sign_extended(gather(w, {{31, 31, 12}, {7, 7, 11}, {30, 25, 5}, {11, 8, 1}}), 13);
    case Format::kFence:
    case Format::kCsr:
    case Format::kCsrImmediate: return static_cast<std::int32_t>(field(w, 31, 20));
    case Format::kFloatConstant: return static_cast<std::int32_t>(field(w, 19, 15));
    default: return 0;
  }
}

}  // namespace

std::optional<Instruction> decode(std::uint32_t bits) {
  if (instruction_length(static_cast<std::uint16_t>(bits)) == 2) {
    return decode_compressed(static_cast<std::uint16_t>(bits));
  }
  static const Index index;
  const std::optional<Opcode> opcode = index.find(bits);
  if (!opcode) return std::nullopt;
  const Format format = info(*opcode).format;
  Instruction it;
  it.opcode = *opcode;
  it.immediate = immediate_of(format, bits);
  for (const char letter : syntax(format)) {
    switch (letter) {
      case 'd':
      case 'D': it.rd = static_cast<std::uint8_t>(field(bits, 11, 7)); break;
      case 's':
      case 'S':
      case 'o':
      case 'a':
      case 'z': it.rs1 = static_cast<std::uint8_t>(field(bits, 19, 15)); break;
      case 't':
      case 'T': it.rs2 = static_cast<std::uint8_t>(field(bits, 24, 20)); break;
      case 'R': it.rs3 = static_cast<std::uint8_t>(field(bits, 31, 27)); break;
      case 'm':
        it.rounding = static_cast<std::uint8_t>(field(bits, 14, 12));
        if (it.rounding == 5 || it.rounding == 6) return std::nullopt;
        break;
      default: break;
    }
  }
  if (format == Format::kAmo || format == Format::kLoadReserved) {
    it.acquire = field(bits, 26, 26) != 0;
    it.release = field(bits, 25, 25) != 0;
  }
  return it;
}

}  // namespace doppel::sysvm
