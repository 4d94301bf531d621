// SPDX-License-Identifier: Apache-2.0
// The opcode table says what there is to choose from.
#include "tests/bytecode/interp/random_instructions.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "bytecode/isa/features.h"

namespace doppel::bytecode {

ValType operand_type(OperandKind kind) {
  constexpr std::array kOperandTypes{kI32, kI64, kF32, kF64, kV128, kI32};
  return kOperandTypes[static_cast<std::size_t>(kind)];
}

std::vector<Opcode> instructions(std::initializer_list<Immediates> immediates, bool vectors) {
  std::vector<Opcode> found;
  for (std::size_t row = 0; row < kOpcodeCount; ++row) {
    const OpcodeInfo& info = kOpcodes[row];
    const Signature& signature = info.signature;
    const bool pops = signature.is_fixed && signature.pops > 0 && signature.pushes <= 1 &&
                      info.feature != Feature::kThreads;
    const bool is_vector = info.feature == Feature::kSimd || info.feature == Feature::kRelaxedSimd;
    if (pops && std::ranges::count(immediates, info.immediates) != 0 && is_vector == vectors &&
        Features::executable().has(info.feature))
      found.push_back(static_cast<Opcode>(row));
  }
  return found;
}

bool makes_nans(Opcode opcode) {
  const std::string_view name = info(opcode).name;
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos ||
      (name.substr(0, dot) != "f32x4" && name.substr(0, dot) != "f64x2"))
    return false;
  constexpr std::array kExact{"abs", "neg", "splat", "eq",   "ne",  "lt",
                              "gt",  "le",  "ge",    "pmin", "pmax"};
  return info(opcode).immediates == Immediates::kNone &&
         std::ranges::count(kExact, name.substr(dot + 1)) == 0;
}

void write_i32(Encoder& out, std::int32_t value) {
  out.opcode(Opcode::kI32Const);
  out.signed_leb(value);
}

void write_zero(Encoder& out, ValType type) {
  switch (type.kind()) {
    case ValKind::kI32: write_i32(out, 0); break;
    case ValKind::kI64:
      out.opcode(Opcode::kI64Const);
      out.signed_leb(0);
      break;
    case ValKind::kF32:
      out.opcode(Opcode::kF32Const);
      out.fixed(0, 4);
      break;
    case ValKind::kV128:
      out.opcode(Opcode::kV128Const);
      out.fixed(0, 8);
      out.fixed(0, 8);
      break;
    default:
      out.opcode(Opcode::kF64Const);
      out.fixed(0, 8);
      break;
  }
}

void write_constant(Encoder& out, ValType type, Choices& choices) {
  static constexpr std::array<std::int64_t, 12> kIntegers{
      0, 1, -1, 2, 7, 31, 64, 255, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX};
  static constexpr std::array<double, 12> kFloats{0.0,    -0.0,   1.0,  -1.0,    0.5,   -2.5,
                                                  0x1p31, 0x1p63, 1e30, -0x1p31, 3e-40, 100.25};
  const bool is_random = choices.one_in(4);
  switch (type.kind()) {
    case ValKind::kI32:
      write_i32(out, static_cast<std::int32_t>(is_random ? choices.word() : choices.of(kIntegers)));
      break;
    case ValKind::kI64:
      out.opcode(Opcode::kI64Const);
      out.signed_leb(static_cast<std::int64_t>(is_random ? choices.word() : choices.of(kIntegers)));
      break;
    case ValKind::kF32:
      out.opcode(Opcode::kF32Const);
      out.fixed(is_random
                    ? static_cast<std::uint32_t>(choices.word())
                    : __builtin_bit_cast(std::uint32_t, static_cast<float>(choices.of(kFloats))),
                4);
      break;
    case ValKind::kV128:
      out.opcode(Opcode::kV128Const);
      for (int half = 0; half < 2; ++half) {
        const std::uint64_t integer = static_cast<std::uint64_t>(choices.of(kIntegers));
        const auto real = __builtin_bit_cast(std::uint64_t, choices.of(kFloats));
        out.fixed(is_random ? choices.word() : choices.one_in(2) ? integer : real, 8);
      }
      break;
    default:
      out.opcode(Opcode::kF64Const);
      out.fixed(is_random ? choices.word() : __builtin_bit_cast(std::uint64_t, choices.of(kFloats)),
                8);
      break;
  }
}

}  // namespace doppel::bytecode
