// SPDX-License-Identifier: Apache-2.0
// A little evaluator over the same instruction meanings that the engines have.
#include "bytecode/runtime/const_expr.h"

#include "bytecode/binary/instruction.h"
#include "bytecode/isa/semantics/integer.h"
#include "core/ops/eval.h"

namespace doppel::bytecode {

namespace {

template <Opcode opcode, class Int>
void apply(std::vector<std::uint64_t>& stack) {
  ops::EvalBuilder b;
  const auto y = static_cast<Int>(stack.back());
  stack.pop_back();
  stack.back() = Meaning<opcode>::apply(b, static_cast<Int>(stack.back()), y);
}

}  // namespace

std::uint64_t evaluate(const Instance& instance, const ConstExpr& expression) {
  TrustedCodeReader reader(instance.module->module().bytes, expression.code);
  std::vector<std::uint64_t> stack;
  for (;;) {
    switch (reader.read_opcode()) {
      case Opcode::kI32Const: stack.push_back(static_cast<std::uint32_t>(reader.read_s32())); break;
      case Opcode::kI64Const: stack.push_back(static_cast<std::uint64_t>(reader.read_s64())); break;
      case Opcode::kF32Const: stack.push_back(reader.read_f32_bits()); break;
      case Opcode::kF64Const: stack.push_back(reader.read_f64_bits()); break;
      case Opcode::kRefNull:
        reader.read_heap_type();
        stack.push_back(0);
        break;
      case Opcode::kRefFunc:
        stack.push_back(reinterpret_cast<std::uint64_t>(instance.functions[reader.read_u32()]));
        break;
      case Opcode::kGlobalGet:
        stack.push_back(instance.globals[reader.read_u32()]->value[0]);
        break;
      case Opcode::kI32Add: apply<Opcode::kI32Add, std::uint32_t>(stack); break;
      case Opcode::kI32Sub: apply<Opcode::kI32Sub, std::uint32_t>(stack); break;
      case Opcode::kI32Mul: apply<Opcode::kI32Mul, std::uint32_t>(stack); break;
      case Opcode::kI64Add: apply<Opcode::kI64Add, std::uint64_t>(stack); break;
      case Opcode::kI64Sub: apply<Opcode::kI64Sub, std::uint64_t>(stack); break;
      case Opcode::kI64Mul: apply<Opcode::kI64Mul, std::uint64_t>(stack); break;
      default: return stack.back();
    }
  }
}

}  // namespace doppel::bytecode
