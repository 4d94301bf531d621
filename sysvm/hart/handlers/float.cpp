// SPDX-License-Identifier: Apache-2.0
// Handlers of float instructions. The usual way computes on the host's unit and leaves flags there;
// it is taken while mstatus.FS is Dirty and the dynamic mode is one that the host has.
#include "sysvm/isa/semantics/float.h"
#include "sysvm/hart/float_builder.h"
#include "sysvm/hart/handlers/steps.h"

namespace doppel::sysvm {
namespace {

template <Opcode opcode>
concept HasMeaning = requires { Meaning<opcode>::kArity; };

constexpr bool has_rounding(Opcode opcode) {
  return syntax(info(opcode).format).find('m') != std::string_view::npos;
}

/// An operand from its slot; a float that is not boxed reads as the canonical NaN.
template <Rep rep>
DOPPEL_INLINE auto operand(std::uint64_t slot) {
  if constexpr (rep == Rep::kF32) {
    const auto bits = static_cast<std::uint32_t>(slot);
    return __builtin_bit_cast(float, slot >> 32 == 0xffff'ffff ? bits : 0x7fc0'0000U);
  } else if constexpr (rep == Rep::kF64) {
    return __builtin_bit_cast(double, slot);
  } else {
    return slot;
  }
}

DOPPEL_INLINE std::uint64_t slot_of(float value) {
  return __builtin_bit_cast(std::uint32_t, value) | 0xffff'ffff'0000'0000;
}
DOPPEL_INLINE std::uint64_t slot_of(double value) {
  return __builtin_bit_cast(std::uint64_t, value);
}
DOPPEL_INLINE std::uint64_t slot_of(std::uint64_t value) { return value; }

/// Computes the instruction of the present cell and puts its result away.
template <Opcode opcode, class B>
DOPPEL_INLINE void evaluate(Registers& r, B& b) {
  using Definition = Meaning<opcode>;
  const CellOperands& op = r.pc->op;
  const auto x = operand<Definition::kX>(r.frame[op.rs1]);
  std::uint64_t result;
  if constexpr (Definition::kArity == 1) {
    result = slot_of(Definition::apply(b, x));
  } else if constexpr (Definition::kArity == 2) {
    result = slot_of(Definition::apply(b, x, operand<Definition::kY>(r.frame[op.rs2])));
  } else {
    result = slot_of(Definition::apply(b, x, operand<Definition::kY>(r.frame[op.rs2]),
                                       operand<Definition::kZ>(r.frame[op.immediate >> 8])));
  }
  r.frame[op.rd] = result;
  r.context->float_flags |= b.environment.flags;
}

/// Of instructions that round in the dynamic mode.
template <Opcode opcode>
DOPPEL_INLINE Flow dynamic(Registers& r) {
  if (r.context->float_slow != 0) [[unlikely]]
    return Flow::kSlow;
  HostFloatBuilder b;
  b.environment.rounding = static_cast<soft::Rounding>(r.context->rounding);
  evaluate<opcode>(r, b);
  return next(r);
}

/// Of instructions that do not round, or exactly, or in a mode of their own.
template <Opcode opcode, class B>
DOPPEL_INLINE Flow direct(Registers& r) {
  if (r.context->float_off != 0) [[unlikely]]
    return Flow::kSlow;
  B b;
  if constexpr (has_rounding(opcode)) {
    b.environment.rounding = static_cast<soft::Rounding>(r.pc->op.immediate & 7);
  }
  evaluate<opcode>(r, b);
  return next(r);
}

/// Looks at FS and the mode, then computes in software.
template <Opcode opcode>
DOPPEL_INLINE Flow slow(Registers& r) {
  HartCore& core = *r.context;
  unsigned mode = has_rounding(opcode) ? r.pc->op.immediate & 7 : 0;
  if (mode == kDynamicRounding) mode = core.rounding;
  if ((core.csrs.mstatus & status::kFs) == 0 || mode > 4) {
    const Trap trap{Exception::kIllegalInstruction, core.instruction_at(r.acc + page_offset(r.pc))};
    return go_to(r, core.raise_in_block(r.pc, r.acc, trap));
  }
  core.dirty_float();
  SoftFloatBuilder b;
  b.environment.rounding = static_cast<soft::Rounding>(mode);
  evaluate<opcode>(r, b);
  return next(r);
}

/// The constants of fli, as binary64; entry 1 is the least normal number of the format.
constexpr double kConstants[32] = {-1.0, 0.0,    0x1p-16, 0x1p-15, 0x1p-8,  0x1p-7,  0.0625, 0.125,
                                   0.25, 0.3125, 0.375,   0.4375,  0.5,     0.625,   0.75,   0.875,
                                   1.0,  1.25,   1.5,     1.75,    2.0,     2.5,     3.0,    4.0,
                                   8.0,  16.0,   128.0,   256.0,   32768.0, 65536.0, 0.0,    0.0};

template <class Bits>
DOPPEL_INLINE std::uint64_t constant(unsigned index) {
  using F = soft::Format<Bits>;
  Bits bits;
  if (index == 1) {
    bits = Bits{1} << F::kFraction;
  } else if (index == 30) {
    bits = F::kInfinity;
  } else if (index == 31) {
    bits = F::kCanonicalNan;
  } else {
    soft::Environment exact;
    bits = soft::convert<Bits>(exact, __builtin_bit_cast(std::uint64_t, kConstants[index]));
  }
  return sizeof(Bits) == 4 ? bits | 0xffff'ffff'0000'0000 : bits;
}

template <class Bits>
DOPPEL_INLINE Flow load_constant(Registers& r) {
  HartCore& core = *r.context;
  if (core.float_off != 0) [[unlikely]] {
    if ((core.csrs.mstatus & status::kFs) == 0) {
      const Trap trap{Exception::kIllegalInstruction,
                      core.instruction_at(r.acc + page_offset(r.pc))};
      return go_to(r, core.raise_in_block(r.pc, r.acc, trap));
    }
    core.dirty_float();
  }
  r.frame[r.pc->op.rd] = constant<Bits>(static_cast<unsigned>(r.pc->op.immediate) & 31);
  return next(r);
}

}  // namespace

void fill_float(HandlerTable& table) {
  for_each_opcode([&]<Opcode opcode>() {
    if constexpr (HasMeaning<opcode>) {
      if constexpr (has_rounding(opcode)) {
        set<opcode>(table, kHandler<dynamic<opcode>, slow<opcode>>);
        using Static =
            std::conditional_t<is_exact_conversion(opcode), HostFloatBuilder, SoftFloatBuilder>;
        table.static_rounding[static_cast<std::size_t>(opcode)] =
            kHandler<direct<opcode, Static>, slow<opcode>>;
      } else {
        set<opcode>(table, kHandler<direct<opcode, SoftFloatBuilder>, slow<opcode>>);
      }
    }
  });
  set<Opcode::kFliS>(table, kHandler<load_constant<std::uint32_t>>);
  set<Opcode::kFliD>(table, kHandler<load_constant<std::uint64_t>>);
}

}  // namespace doppel::sysvm
