// SPDX-License-Identifier: Apache-2.0
// The layouts of the compressed formats (unprivileged specification, chapter "C").
#include "sysvm/isa/compressed.h"

#include "sysvm/isa/fields.h"

namespace doppel::sysvm {

namespace {

enum class Layout : std::uint8_t {
  kNothing,
  kAddi4spn,
  kLoad4,
  kLoad8,
  kStore4,
  kStore8,
  kAddImmediate,
  kAddImmediateWord,
  kLoadImmediate,
  kAddi16sp,
  kUpper,
  kShiftHigh,
  kShiftLeft,
  kAndImmediate,
  kArithmetic,
  kJump,
  kBranch,
  kLoadStack4,
  kLoadStack8,
  kFloatLoadStack8,
  kStoreStack4,
  kStoreStack8,
  kJumpRegister,
  kJumpRegisterLink,
  kMove,
  kAddRegisters,
};

struct Row {
  std::uint16_t match;
  std::uint16_t mask;
  Layout layout;
  Opcode opcode;
};

constexpr Row kRows[] = {
#define COMPRESSED(name, match, mask, layout, opcode) \
  Row{match, mask, Layout::layout, Opcode::opcode},
#include "sysvm/isa/compressed.inc"
};

constexpr std::uint8_t kLink = 1;
constexpr std::uint8_t kStack = 2;

/// Fills in the operands; false: the encoding is reserved.
bool fill(Instruction& it, Layout layout, std::uint32_t w) {
  const auto full = [&](unsigned low) { return static_cast<std::uint8_t>(field(w, low + 4, low)); };
  const auto small = [&](unsigned low) {
    return static_cast<std::uint8_t>(8 + field(w, low + 2, low));
  };
  const auto immediate6 = [&] { return sign_extended(gather(w, {{12, 12, 5}, {6, 2, 0}}), 6); };
  const auto shift = [&] { return static_cast<std::int32_t>(gather(w, {{12, 12, 5}, {6, 2, 0}})); };
  const auto offset4 = [&] {
    return static_cast<std::int32_t>(gather(w, {{5, 5, 6}, {12, 10, 3}, {6, 6, 2}}));
  };
  const auto offset8 = [&] {
    return static_cast<std::int32_t>(gather(w, {{6, 5, 6}, {12, 10, 3}}));
  };
  switch (layout) {
    case Layout::kNothing: return true;
    case Layout::kAddi4spn:
      it.rd = small(2);
      it.rs1 = kStack;
      it.immediate =
          static_cast<std::int32_t>(gather(w, {{10, 7, 6}, {12, 11, 4}, {5, 5, 3}, {6, 6, 2}}));
      return it.immediate != 0;
    case Layout::kLoad4:
    case Layout::kLoad8:
      it.rd = small(2);
      it.rs1 = small(7);
      it.immediate = layout == Layout::kLoad4 ? offset4() : offset8();
      return true;
    case Layout::kStore4:
    case Layout::kStore8:
      it.rs2 = small(2);
      it.rs1 = small(7);
      it.immediate = layout == Layout::kStore4 ? offset4() : offset8();
      return true;
    case Layout::kAddImmediate:
    case Layout::kAddImmediateWord:
      it.rd = it.rs1 = full(7);
      it.immediate = immediate6();
      return layout == Layout::kAddImmediate || it.rd != 0;
    case Layout::kLoadImmediate:
      it.rd = full(7);
      it.immediate = immediate6();
      return true;
    case Layout::kAddi16sp:
      it.rd = it.rs1 = kStack;
      it.immediate =
          sign_extended(gather(w, {{12, 12, 9}, {4, 3, 7}, {5, 5, 6}, {2, 2, 5}, {6, 6, 4}}), 10);
      return it.immediate != 0;
    case Layout::kUpper:
      it.rd = full(7);
      it.immediate = immediate6() * 4096;
      return it.immediate != 0;
    case Layout::kShiftHigh:
      it.rd = it.rs1 = small(7);
      it.immediate = shift();
      return true;
    case Layout::kShiftLeft:
      it.rd = it.rs1 = full(7);
      it.immediate = shift();
      return true;
    case Layout::kAndImmediate:
      it.rd = it.rs1 = small(7);
      it.immediate = immediate6();
      return true;
    case Layout::kArithmetic:
      it.rd = it.rs1 = small(7);
      it.rs2 = small(2);
      return true;
    case Layout::kJump:
      it.immediate = sign_extended(gather(w, {{12, 12, 11},
                                              {8, 8, 10},
                                              {10, 9, 8},
                                              {6, 6, 7},
                                              {7, 7, 6},
                                              {2, 2, 5},
                                              {11, 11, 4},
                                              {5, 3, 1}}),
                                   12);
      return true;
    case Layout::kBranch:
      it.rs1 = small(7);
      it.immediate =
          sign_extended(gather(w, {{12, 12, 8}, {6, 5, 6}, {2, 2, 5}, {11, 10, 3}, {4, 3, 1}}), 9);
      return true;
    case Layout::kLoadStack4:
      it.rd = full(7);
      it.rs1 = kStack;
      it.immediate = static_cast<std::int32_t>(gather(w, {{3, 2, 6}, {12, 12, 5}, {6, 4, 2}}));
      return it.rd != 0;
    case Layout::kLoadStack8:
    case Layout::kFloatLoadStack8:
      it.rd = full(7);
      it.rs1 = kStack;
      it.immediate = static_cast<std::int32_t>(gather(w, {{4, 2, 6}, {12, 12, 5}, {6, 5, 3}}));
      return layout == Layout::kFloatLoadStack8 || it.rd != 0;
    case Layout::kStoreStack4:
      it.rs2 = full(2);
      it.rs1 = kStack;
      it.immediate = static_cast<std::int32_t>(gather(w, {{8, 7, 6}, {12, 9, 2}}));
      return true;
    case Layout::kStoreStack8:
      it.rs2 = full(2);
      it.rs1 = kStack;
      it.immediate = static_cast<std::int32_t>(gather(w, {{9, 7, 6}, {12, 10, 3}}));
      return true;
    case Layout::kJumpRegister:
    case Layout::kJumpRegisterLink:
      it.rd = layout == Layout::kJumpRegister ? 0 : kLink;
      it.rs1 = full(7);
      return it.rs1 != 0;
    case Layout::kMove:
      it.rd = full(7);
      it.rs2 = full(2);
      return true;
    case Layout::kAddRegisters:
      it.rd = it.rs1 = full(7);
      it.rs2 = full(2);
      return true;
  }
  return false;
}

}  // namespace

std::optional<Instruction> decode_compressed(std::uint16_t bits) {
  for (const Row& row : kRows) {
    if ((bits & row.mask) != row.match) continue;
    Instruction it;
    it.opcode = row.opcode;
    it.length = 2;
    if (!fill(it, row.layout, bits)) return std::nullopt;
    return it;
  }
  return std::nullopt;
}

}  // namespace doppel::sysvm
