// SPDX-License-Identifier: Apache-2.0
// Instructions that have a Meaning: their one definition, over the builder that emits IR.
#include <array>
#include <utility>

#include "bytecode/isa/semantics/convert.h"
#include "bytecode/isa/semantics/float.h"
#include "bytecode/isa/semantics/integer.h"
#include "bytecode/isa/semantics/memory.h"
#include "bytecode/isa/semantics/vector_float.h"
#include "bytecode/isa/semantics/vector_integer.h"
#include "bytecode/isa/semantics/vector_lanes.h"
#include "bytecode/isa/semantics/vector_memory.h"
#include "bytecode/isa/semantics/vector_relaxed.h"
#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

using namespace bytecode;

namespace {

template <Rep rep>
constexpr ValType val_type() {
  if constexpr (is_vector(rep)) return kV128;
  switch (rep) {
    case Rep::kI64: return kI64;
    case Rep::kF32: return kF32;
    case Rep::kF64: return kF64;
    default: return kI32;
  }
}

template <Rep rep>
In<LlvmBuilder, rep> pop(FunctionLowering& f) {
  if constexpr (is_vector(rep)) {
    return f.builder().reshape<In<LlvmBuilder, rep>>(LlvmBuilder::I64x2{f.pop()});
  } else {
    return {f.pop()};
  }
}

template <Rep rep>
void push(FunctionLowering& f, In<LlvmBuilder, rep> x) {
  if constexpr (rep == Rep::kBool) {
    f.push(f.builder().extend_bool(x), kI32);
  } else if constexpr (is_vector(rep)) {
    f.push(f.builder().reshape<LlvmBuilder::I64x2>(x).value, kV128);
  } else {
    f.push(x.value, val_type<rep>());
  }
}

/// How many bytes an instruction accesses.
template <class Definition>
constexpr std::uint64_t bytes_of() {
  if constexpr (requires { typename Definition::Lane; }) {
    return sizeof(typename Definition::Lane);
  } else {
    return sizeof(typename Definition::Access);
  }
}

/// An access to memory.
template <Opcode opcode>
void lower_access(FunctionLowering& f) {
  using Definition = Meaning<opcode>;
  constexpr Rep kResult = Definition::kResult;
  constexpr std::uint64_t kBytes = bytes_of<Definition>();
  if constexpr (Definition::kArity == 1) {
    llvm::Value* address = f.pop_address(kBytes);
    push<kResult>(f, Definition::load(f.builder(), address));
  } else if constexpr (requires { Definition::kLoadsLane; }) {
    const auto x = pop<kResult>(f);
    llvm::Value* address = f.pop_address(kBytes);
    const unsigned lane = f.read_lane();
    if constexpr (Definition::kLoadsLane) {
      push<kResult>(f, Definition::load(f.builder(), address, x, lane));
    } else {
      Definition::store(f.builder(), address, x, lane);
    }
  } else {
    const auto x = pop<Definition::kOperand>(f);
    llvm::Value* address = f.pop_address(kBytes);
    Definition::store(f.builder(), address, x);
  }
}

template <Opcode opcode>
void lower(FunctionLowering& f) {
  using Definition = Meaning<opcode>;
  constexpr Rep kResult = Definition::kResult;
  LlvmBuilder& b = f.builder();
  if constexpr (
      requires { typename Definition::Access; } || requires { typename Definition::Lane; }) {
    lower_access<opcode>(f);
  } else if constexpr (requires { Definition::kScalar; }) {
    const auto value = pop<Definition::kScalar>(f);
    const auto x = pop<Definition::kLanesOf>(f);
    push<kResult>(f, Definition::replace(b, x, value, f.read_lane()));
  } else if constexpr (requires { Definition::kLanesOf; }) {
    const auto x = pop<Definition::kLanesOf>(f);
    push<kResult>(f, Definition::extract(b, x, f.read_lane()));
  } else if constexpr (requires { Definition::kCount; }) {
    const auto n = pop<Definition::kCount>(f);
    push<kResult>(f, Definition::apply(b, pop<Definition::kOperand>(f), n));
  } else if constexpr (Definition::kArity == 1) {
    push<kResult>(f, Definition::apply(b, pop<Definition::kOperand>(f)));
  } else if constexpr (Definition::kArity == 2) {
    const auto y = pop<Definition::kOperand>(f);
    const auto x = pop<Definition::kOperand>(f);
    push<kResult>(f, Definition::apply(b, x, y));
  } else {
    const auto third = [&] {
      if constexpr (opcode == Opcode::kI8x16Shuffle) {
        return LlvmBuilder::I8x16{f.read_vector()};
      } else {
        return pop<Definition::kOperand>(f);
      }
    };
    const auto z = third();
    const auto y = pop<Definition::kOperand>(f);
    const auto x = pop<Definition::kOperand>(f);
    push<kResult>(f, Definition::apply(b, x, y, z));
  }
}

using Lower = void (*)(FunctionLowering&);

template <std::size_t row>
constexpr Lower lowering_of() {
  constexpr auto kOpcode = static_cast<Opcode>(row);
  if constexpr (HasMeaning<kOpcode>) {
    return lower<kOpcode>;
  } else {
    return nullptr;
  }
}

template <std::size_t... rows>
constexpr std::array<Lower, kOpcodeCount> make_table(std::index_sequence<rows...>) {
  return {lowering_of<rows>()...};
}

constexpr auto kTable = make_table(std::make_index_sequence<kOpcodeCount>());

}  // namespace

bool has_lowered_meaning(Opcode opcode) {
  return kTable[static_cast<std::size_t>(opcode)] != nullptr;
}

bool lower_numeric(FunctionLowering& function, Opcode opcode) {
  const Lower lowering = kTable[static_cast<std::size_t>(opcode)];
  if (lowering != nullptr) lowering(function);
  return lowering != nullptr;
}

}  // namespace doppel::jit
