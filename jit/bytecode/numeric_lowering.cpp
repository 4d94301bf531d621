// SPDX-License-Identifier: Apache-2.0
// Instructions that have a Meaning: their one definition, over the builder that emits IR.
#include <array>
#include <utility>

#include "bytecode/isa/semantics/convert.h"
#include "bytecode/isa/semantics/float.h"
#include "bytecode/isa/semantics/integer.h"
#include "bytecode/isa/semantics/memory.h"
#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

using namespace bytecode;

namespace {

template <Rep rep>
constexpr ValType val_type() {
  switch (rep) {
    case Rep::kI64: return kI64;
    case Rep::kF32: return kF32;
    case Rep::kF64: return kF64;
    default: return kI32;
  }
}

template <Rep rep>
In<LlvmBuilder, rep> pop(FunctionLowering& f) {
  return {f.pop()};
}

template <Rep rep>
void push(FunctionLowering& f, In<LlvmBuilder, rep> x) {
  if constexpr (rep == Rep::kBool) {
    f.push(f.builder().extend_bool(x), kI32);
  } else {
    f.push(x.value, val_type<rep>());
  }
}

template <Opcode opcode>
bool lower(FunctionLowering& f) {
  using Definition = Meaning<opcode>;
  constexpr Rep kResult = Definition::kResult;
  if constexpr (requires { typename Definition::Access; }) {
    if constexpr (Definition::kArity == 1) {
      llvm::Value* address = f.pop_address();
      if (address == nullptr) return false;
      push<kResult>(f, Definition::load(f.builder(), address));
    } else {
      const auto x = pop<Definition::kOperand>(f);
      llvm::Value* address = f.pop_address();
      if (address == nullptr) return false;
      Definition::store(f.builder(), address, x);
    }
  } else if constexpr (Definition::kArity == 1) {
    push<kResult>(f, Definition::apply(f.builder(), pop<Definition::kOperand>(f)));
  } else {
    const auto y = pop<Definition::kOperand>(f);
    const auto x = pop<Definition::kOperand>(f);
    push<kResult>(f, Definition::apply(f.builder(), x, y));
  }
  return true;
}

using Lower = bool (*)(FunctionLowering&);

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
  return lowering != nullptr && lowering(function);
}

}  // namespace doppel::jit
