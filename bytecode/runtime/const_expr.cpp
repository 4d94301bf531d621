// SPDX-License-Identifier: Apache-2.0
// A little evaluator over the same instruction meanings that the engines have.
#include "bytecode/runtime/const_expr.h"

#include "bytecode/binary/instruction.h"
#include "bytecode/gc/fields.h"
#include "bytecode/isa/semantics/integer.h"
#include "bytecode/runtime/store.h"
#include "core/ops/eval.h"

namespace doppel::bytecode {

namespace {

/// The operand stack, whose references the collector knows.
class Evaluation final : gc::RootSource {
 public:
  explicit Evaluation(Instance& instance)
      : RootSource(instance.store.heap()), instance_(instance), heap_(instance.store.heap()) {}

  Result<std::array<std::uint64_t, 2>> run(const ConstExpr& expression);

  void visit_roots(gc::RootVisitor& visitor) override {
    for (std::size_t i = 0; i < stack_.size(); ++i) {
      if (is_reference_[i]) visitor.visit(stack_[i]);
    }
  }

 private:
  void push(std::uint64_t value, bool is_reference = false) {
    stack_.push_back(value);
    is_reference_.push_back(is_reference);
  }
  std::uint64_t pop() {
    const std::uint64_t value = stack_.back();
    drop(1);
    return value;
  }
  void drop(std::size_t count) {
    stack_.resize(stack_.size() - count);
    is_reference_.resize(stack_.size());
  }
  /// The slots of the top `count` entries.
  [[nodiscard]] const std::uint64_t* top(std::size_t count) const {
    return stack_.data() + stack_.size() - count;
  }

  template <Opcode opcode, class Int>
  void binary() {
    ops::EvalBuilder b;
    const auto y = static_cast<Int>(pop());
    const auto x = static_cast<Int>(pop());
    push(Meaning<opcode>::apply(b, x, y));
  }
  bool step(Opcode opcode, TrustedCodeReader& reader);
  void new_struct(const gc::RuntimeType& type, bool is_default);
  void new_array(const gc::RuntimeType& type, Opcode opcode, TrustedCodeReader& reader);

  Instance& instance_;
  gc::Heap& heap_;
  std::vector<std::uint64_t> stack_;
  std::vector<bool> is_reference_;
  bool exhausted_ = false;
};

Result<std::array<std::uint64_t, 2>> Evaluation::run(const ConstExpr& expression) {
  TrustedCodeReader reader(instance_.module->module().bytes, expression.code);
  while (!exhausted_ && step(reader.read_opcode(), reader)) {
  }
  if (exhausted_) return fail(ErrorKind::kLimit, "the heap is exhausted by a constant expression");
  return std::array{stack_[0], stack_.size() > 1 ? stack_[1] : 0};
}

/// Does one instruction; false at the end.
bool Evaluation::step(Opcode opcode, TrustedCodeReader& reader) {
  switch (opcode) {
    case Opcode::kI32Const: push(static_cast<std::uint32_t>(reader.read_s32())); break;
    case Opcode::kI64Const: push(static_cast<std::uint64_t>(reader.read_s64())); break;
    case Opcode::kF32Const: push(reader.read_f32_bits()); break;
    case Opcode::kF64Const: push(reader.read_f64_bits()); break;
    case Opcode::kV128Const:
      for (const std::uint64_t word : reader.read_v128_words()) push(word);
      break;
    case Opcode::kRefNull:
      reader.read_heap_type();
      push(0);
      break;
    case Opcode::kRefFunc:
      push(reinterpret_cast<std::uint64_t>(instance_.functions[reader.read_u32()]));
      break;
    case Opcode::kGlobalGet: {
      const GlobalInstance& global = *instance_.globals[reader.read_u32()];
      push(global.value[0], heap_.is_collected(global.type.type));
      if (global.type.type.is_vector()) push(global.value[1]);
      break;
    }
    case Opcode::kI32Add: binary<Opcode::kI32Add, std::uint32_t>(); break;
    case Opcode::kI32Sub: binary<Opcode::kI32Sub, std::uint32_t>(); break;
    case Opcode::kI32Mul: binary<Opcode::kI32Mul, std::uint32_t>(); break;
    case Opcode::kI64Add: binary<Opcode::kI64Add, std::uint64_t>(); break;
    case Opcode::kI64Sub: binary<Opcode::kI64Sub, std::uint64_t>(); break;
    case Opcode::kI64Mul: binary<Opcode::kI64Mul, std::uint64_t>(); break;
    case Opcode::kRefI31: push(gc::make_i31(static_cast<std::uint32_t>(pop())), true); break;
    case Opcode::kAnyConvertExtern:
    case Opcode::kExternConvertAny: break;  // they are represented in one way
    case Opcode::kStructNew:
    case Opcode::kStructNewDefault:
      new_struct(*instance_.types[reader.read_u32()], opcode == Opcode::kStructNewDefault);
      break;
    case Opcode::kArrayNew:
    case Opcode::kArrayNewDefault:
    case Opcode::kArrayNewFixed:
      new_array(*instance_.types[reader.read_u32()], opcode, reader);
      break;
    default: return false;
  }
  return true;
}

void Evaluation::new_struct(const gc::RuntimeType& type, bool is_default) {
  gc::Object* const object = heap_.new_struct(type);
  if (object == nullptr) {
    exhausted_ = true;
    return;
  }
  if (is_default) {
    gc::clear(object, type.layout.size);
  } else {
    std::size_t slots = 0;
    for (const gc::Field& field : type.layout.fields) slots += gc::slots_of(field.storage);
    gc::initialize_struct(object, type, top(slots));
    drop(slots);
  }
  push(gc::reference_to(object), true);
}

void Evaluation::new_array(const gc::RuntimeType& type, Opcode opcode, TrustedCodeReader& reader) {
  const gc::Storage element = gc::Heap::element(type);
  const bool is_fixed = opcode == Opcode::kArrayNewFixed;
  const auto length = is_fixed ? reader.read_u32() : static_cast<std::uint32_t>(pop());
  gc::Object* const array = heap_.new_array_of_zeros(type, length);
  if (array == nullptr) {
    exhausted_ = true;
    return;
  }
  if (is_fixed) {
    const std::size_t slots = std::size_t{length} * gc::slots_of(element);
    gc::initialize_array(array, element, top(slots));
    drop(slots);
  } else if (opcode == Opcode::kArrayNew) {
    gc::fill(heap_, array, 0, length, top(gc::slots_of(element)));
    drop(gc::slots_of(element));
  }
  push(gc::reference_to(array), true);
}

}  // namespace

Result<std::array<std::uint64_t, 2>> evaluate(Instance& instance, const ConstExpr& expression) {
  return Evaluation(instance).run(expression);
}

}  // namespace doppel::bytecode
