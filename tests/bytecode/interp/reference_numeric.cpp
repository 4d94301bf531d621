// SPDX-License-Identifier: Apache-2.0
// Numbers and vectors for the reference: by their Meanings, which the conformance suite checks. A
// trap is thrown as its TrapKind.
#include <array>
#include <cstring>

#include "bytecode/isa/semantics/convert.h"
#include "bytecode/isa/semantics/float.h"
#include "bytecode/isa/semantics/integer.h"
#include "bytecode/isa/semantics/memory.h"
#include "bytecode/isa/semantics/vector_memory.h"
#include "bytecode/isa/semantics/vector_relaxed.h"
#include "core/ops/eval.h"
#include "tests/bytecode/interp/reference_stack.h"

namespace doppel::bytecode {

namespace {

template <class T>
T from_word(Word word) {
  T value;
  std::memcpy(&value, &word, sizeof(T));
  return value;
}
template <class T>
Word to_word(T value) {
  Word word = 0;
  std::memcpy(&word, &value, sizeof(T));
  return word;
}

/// Evaluates an instruction on the stack; the lane is that of instructions with one.
template <Opcode opcode>
void evaluate(Values& stack, [[maybe_unused]] unsigned lane) {
  using Definition = Meaning<opcode>;
  using B = ops::EvalBuilder;
  B b;
  Values operands(stack.end() - Definition::kArity, stack.end());
  stack.resize(stack.size() - operands.size());
  Word result = 0;
  if constexpr (requires { Definition::kScalar; }) {
    result = to_word(Definition::replace(b, from_word<In<B, Definition::kLanesOf>>(operands[0]),
                                         from_word<In<B, Definition::kScalar>>(operands[1]), lane));
  } else if constexpr (requires { Definition::kLanesOf; }) {
    result =
        to_word(Definition::extract(b, from_word<In<B, Definition::kLanesOf>>(operands[0]), lane));
  } else {
    using Operand = In<B, Definition::kOperand>;
    const auto x = from_word<Operand>(operands[0]);
    if constexpr (requires { Definition::kCount; }) {
      result = to_word(Definition::apply(b, x, from_word<std::uint32_t>(operands[1])));
    } else if constexpr (Definition::kArity == 1) {
      result = to_word(Definition::apply(b, x));
    } else if constexpr (Definition::kArity == 2) {
      result = to_word(Definition::apply(b, x, from_word<Operand>(operands[1])));
    } else {
      result = to_word(Definition::apply(b, x, from_word<Operand>(operands[1]),
                                         from_word<Operand>(operands[2])));
    }
  }
  if (b.trap != kNoTrap) throw trap_kind(b.trap);
  stack.push_back(result);
}

/// Does an access at a checked address; the lane is that of instructions with one.
template <Opcode opcode>
void access_vector(Values& stack, std::byte* address, [[maybe_unused]] unsigned lane) {
  using Definition = Meaning<opcode>;
  using Vector = In<ops::EvalBuilder, Definition::kResult>;
  ops::EvalBuilder b;
  if constexpr (LaneLoad<opcode>) {
    stack.push_back(to_word(Definition::load(b, address, from_word<Vector>(take(stack)), lane)));
  } else if constexpr (LaneStore<opcode>) {
    Definition::store(b, address, from_word<Vector>(take(stack)), lane);
  } else if constexpr (Definition::kArity == 2) {
    Definition::store(b, address, from_word<Vector>(take(stack)));
  } else {
    stack.push_back(to_word(Definition::load(b, address)));
  }
}

/// Wide arithmetic, in the host's 128 bits.
template <Opcode opcode>
void evaluate_wide(Values& stack, [[maybe_unused]] unsigned lane) {
  __extension__ using Signed = __int128;
  Word result = 0;
  if constexpr (opcode == Opcode::kI64MulWideS || opcode == Opcode::kI64MulWideU) {
    const std::uint64_t y = take_i64(stack);
    const std::uint64_t x = take_i64(stack);
    const Signed product = Signed{static_cast<std::int64_t>(x)} * static_cast<std::int64_t>(y);
    result = opcode == Opcode::kI64MulWideS ? static_cast<Word>(product) : Word{x} * y;
  } else {
    const Values halves = take_many(stack, 4);
    const Word x = halves[1] << 64U | halves[0];
    const Word y = halves[3] << 64U | halves[2];
    result = opcode == Opcode::kI64Add128 ? x + y : x - y;
  }
  stack.push_back(static_cast<std::uint64_t>(result));
  stack.push_back(result >> 64U);
}

template <std::size_t row>
constexpr Evaluators evaluators_of_row() {
  constexpr auto kOpcode = static_cast<Opcode>(row);
  if constexpr (feature_of(kOpcode) == Feature::kWideArithmetic) {
    return {evaluate_wide<kOpcode>, nullptr};
  } else if constexpr (HasMeaning<kOpcode>) {
    constexpr bool kAccess = requires { typename Meaning<kOpcode>::Access; };
    if constexpr (LaneLoad<kOpcode> || LaneStore<kOpcode> || kAccess) {
      if constexpr (feature_of(kOpcode) == Feature::kSimd) return {nullptr, access_vector<kOpcode>};
    } else {
      return {evaluate<kOpcode>, nullptr};
    }
  }
  return {};
}

constexpr auto kEvaluators = []<std::size_t... rows>(std::index_sequence<rows...>) {
  return std::array<Evaluators, sizeof...(rows)>{evaluators_of_row<rows>()...};
}(std::make_index_sequence<kOpcodeCount>());

}  // namespace

const Evaluators& evaluators_of(Opcode opcode) {
  return kEvaluators[static_cast<std::size_t>(opcode)];
}

}  // namespace doppel::bytecode
