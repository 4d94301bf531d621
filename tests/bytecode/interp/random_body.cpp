// SPDX-License-Identifier: Apache-2.0
// Instruction by instruction: whatever operands an instruction needs and the stack does not offer,
// are pushed before it.
#include "tests/bytecode/interp/random_body.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "tests/bytecode/interp/random_instructions.h"

namespace doppel::bytecode {

namespace {

class Body {
 public:
  Body(const RandomShape& shape, std::uint32_t function, Choices& choices)
      : shape_(shape),
        type_(shape.types[shape.functions[function]]),
        choices_(choices),
        locals_(type_.params) {}

  Encoder make();

 private:
  static constexpr int kMaxDepth = 5;
  static constexpr std::uint32_t kMaxInstructions = 250;
  /// The last locals: where without_nan() puts a value aside.
  static constexpr std::array kAside{kF32, kF64, kV128};

  struct Label {
    const ResultType* types;  ///< what a branch to it takes
    bool is_loop;
  };

  // Instructions by what they refer to.
  void op(Opcode opcode) { code_.opcode(opcode); }
  void op(Opcode opcode, std::uint64_t immediate) {
    code_.opcode(opcode);
    code_.unsigned_leb(immediate);
  }
  void i32_const(std::int32_t value) { write_i32(code_, value); }

  // The stack of the innermost block.
  void push(ValType type) { stack_.push_back(type); }
  void push_all(const ResultType& types) {
    stack_.insert(stack_.end(), types.begin(), types.end());
  }
  void pop(std::size_t count) { stack_.resize(stack_.size() - count); }
  void need(const ResultType& types);
  void leaf(ValType type);

  void sequence(int depth);
  void instruction(int depth);
  void numeric();
  void vector();
  void access();
  void operands_of(Opcode opcode);
  void result_of(Opcode opcode);
  void without_nan_lanes(bool is_f32x4);
  void small_index(std::uint32_t mask);
  void without_nan(ValType type);
  void variable();
  void block(int depth);
  void contents(const ResultType& params, const ResultType& results, bool is_loop, int depth);
  void branch();
  void call();
  void tail_call();
  void select();
  void bulk();
  void table();
  void tick();
  std::optional<std::uint32_t> local_of(ValType type);

  const RandomShape& shape_;
  const FuncType& type_;
  Choices& choices_;
  Encoder code_;
  ResultType locals_;
  ResultType stack_;
  std::vector<Label> labels_;
  std::uint32_t instructions_ = 0;
};

Encoder Body::make() {
  Encoder out;
  const std::uint32_t runs = 1 + choices_.below(4);
  out.unsigned_leb(runs + kAside.size());
  for (std::uint32_t i = 0; i < runs + kAside.size(); ++i) {
    const std::uint32_t count = i < runs ? 1 + choices_.below(3) : 1;
    const ValType type = i < runs ? choices_.of(kValueTypes) : kAside[i - runs];
    out.unsigned_leb(count);
    out.value_type(type);
    locals_.insert(locals_.end(), count, type);
  }
  tick();
  labels_.push_back({&type_.results, false});
  contents({}, type_.results, false, 0);
  op(Opcode::kEnd);
  out.raw(code_.bytes());
  return out;
}

/// Spends one of the budget; returns from the function when it is used up.
void Body::tick() {
  op(Opcode::kGlobalGet, 0);
  i32_const(1);
  op(Opcode::kI32Sub);
  op(Opcode::kGlobalSet, 0);
  op(Opcode::kGlobalGet, 0);
  i32_const(0);
  op(Opcode::kI32LeS);
  op(Opcode::kIf);
  code_.byte(0x40);
  for (const ValType type : type_.results) write_zero(code_, type);
  op(Opcode::kReturn);
  op(Opcode::kEnd);
}

/// One of the locals of a type, if there is one; not those put aside.
std::optional<std::uint32_t> Body::local_of(ValType type) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i + kAside.size() < locals_.size(); ++i) {
    if (locals_[i] == type) found.push_back(i);
  }
  if (found.empty()) return std::nullopt;
  return choices_.of(found);
}

/// Pushes a value that takes no operands.
void Body::leaf(ValType type) {
  const std::uint32_t way = choices_.below(5);
  if (way == 4) {
    op(Opcode::kGlobalGet, 1 + static_cast<std::uint32_t>(type.kind()));
  } else if (const auto local = way == 0 ? std::nullopt : local_of(type)) {
    op(Opcode::kLocalGet, *local);
  } else {
    write_constant(code_, type, choices_);
  }
  push(type);
}

/// Has the stack end with `types`: takes what is there for the first of them, pushes the others.
void Body::need(const ResultType& types) {
  std::size_t there = std::min(types.size(), stack_.size());
  while (!std::equal(types.begin(), types.begin() + static_cast<std::ptrdiff_t>(there),
                     stack_.end() - static_cast<std::ptrdiff_t>(there)))
    --there;
  for (std::size_t i = there; i < types.size(); ++i) leaf(types[i]);
}

void Body::sequence(int depth) {
  for (std::uint32_t more = choices_.below(depth == 0 ? 40 : 10); more > 0; --more) {
    if (++instructions_ > kMaxInstructions) return;
    instruction(depth);
  }
}

void Body::instruction(int depth) {
  switch (choices_.below(24)) {
    case 0:
    case 1: leaf(choices_.of(kValueTypes)); break;
    default: numeric(); break;
    case 5:
    case 6:
    case 7: vector(); break;
    case 8:
    case 9:
    case 10: access(); break;
    case 11:
    case 12:
    case 13: variable(); break;
    case 14:
    case 15:
    case 16: block(depth); break;
    case 17: branch(); break;
    case 18:
    case 19: call(); break;
    case 20: select(); break;
    case 21:
      if (!stack_.empty()) {
        op(Opcode::kDrop);
        pop(1);
      }
      break;
    case 22: bulk(); break;
    case 23: choices_.one_in(3) ? tail_call() : table(); break;
  }
}

void Body::numeric() {
  static const std::vector<Opcode> kNumeric = instructions({Immediates::kNone}, false);
  const Opcode opcode = choices_.of(kNumeric);
  operands_of(opcode);
  switch (opcode) {
    case Opcode::kI32DivS:
    case Opcode::kI32DivU:
    case Opcode::kI32RemS:
    case Opcode::kI32RemU:
      if (!choices_.one_in(8)) {
        i32_const(3);
        op(Opcode::kI32Or);
      }
      break;
    case Opcode::kF32Copysign: without_nan(kF32); break;
    case Opcode::kI32ReinterpretF32: without_nan(kF32); break;
    case Opcode::kF64Copysign: without_nan(kF64); break;
    case Opcode::kI64ReinterpretF64: without_nan(kF64); break;
    default: break;
  }
  op(opcode);
  result_of(opcode);
}

/// An instruction on vectors that accesses no memory.
void Body::vector() {
  static const std::vector<Opcode> kVector =
      instructions({Immediates::kNone, Immediates::kLane, Immediates::kShuffle}, true);
  const Opcode opcode = choices_.of(kVector);
  const OpcodeInfo& row = info(opcode);
  operands_of(opcode);
  const ValType last = operand_type(row.signature.types[row.signature.pops - 1]);
  if (last == kF32 || last == kF64) without_nan(last);
  op(opcode);
  if (row.immediates == Immediates::kLane)
    code_.byte(static_cast<std::uint8_t>(choices_.below(16U >> row.width_log2)));
  if (row.immediates == Immediates::kShuffle) {
    for (int i = 0; i < 16; ++i) code_.byte(static_cast<std::uint8_t>(choices_.below(32)));
  }
  result_of(opcode);
  if (makes_nans(opcode)) without_nan_lanes(std::string_view(row.name).starts_with("f32x4"));
}

/// Has the stack end with the operands of an instruction.
void Body::operands_of(Opcode opcode) {
  const Signature& signature = info(opcode).signature;
  ResultType operands;
  for (std::size_t i = 0; i < signature.pops; ++i)
    operands.push_back(operand_type(signature.types[i]));
  need(operands);
}

/// Replaces the operands by the result.
void Body::result_of(Opcode opcode) {
  const Signature& signature = info(opcode).signature;
  pop(signature.pops);
  if (signature.pushes == 1) push(operand_type(signature.types[signature.pops]));
}

/// Replaces NaNs in the lanes of the vector on top of the stack by the canonical one.
void Body::without_nan_lanes(bool is_f32x4) {
  const std::size_t aside = locals_.size() - 1;
  op(Opcode::kLocalTee, aside);
  op(Opcode::kV128Const);
  for (int half = 0; half < 2; ++half)
    code_.fixed(is_f32x4 ? 0x7fc00000'7fc00000 : 0x7ff80000'00000000, 8);
  op(Opcode::kLocalGet, aside);
  op(Opcode::kLocalGet, aside);
  op(is_f32x4 ? Opcode::kF32x4Eq : Opcode::kF64x2Eq);
  op(Opcode::kV128Bitselect);
}

/// Replaces a NaN on top of the stack by the canonical one.
void Body::without_nan(ValType type) {
  const bool is_f32 = type == kF32;
  const std::size_t aside = locals_.size() - (is_f32 ? 3 : 2);
  op(Opcode::kLocalTee, aside);
  op(is_f32 ? Opcode::kF32Const : Opcode::kF64Const);
  code_.fixed(is_f32 ? 0x7fc00000 : 0x7ff8000000000000, is_f32 ? 4 : 8);
  op(Opcode::kLocalGet, aside);
  op(Opcode::kLocalGet, aside);
  op(is_f32 ? Opcode::kF32Eq : Opcode::kF64Eq);
  op(Opcode::kSelect);
}

/// Needs an i32, seldom above `mask`.
void Body::small_index(std::uint32_t mask) {
  need({kI32});
  if (choices_.one_in(16)) return;
  i32_const(static_cast<std::int32_t>(mask));
  op(Opcode::kI32And);
}

void Body::access() {
  static const std::vector<Opcode> kScalar = instructions({Immediates::kMemArg}, false);
  static const std::vector<Opcode> kVector =
      instructions({Immediates::kMemArg, Immediates::kMemArgLane}, true);
  const Opcode opcode = choices_.of(choices_.one_in(3) ? kVector : kScalar);
  const OpcodeInfo& row = info(opcode);
  small_index(choices_.one_in(4) ? 0xffff : 0xfe0f);
  if (row.signature.pops == 2) {
    const ValType type = operand_type(row.signature.types[1]);
    leaf(type);
    if (type == kF32 || type == kF64) without_nan(type);
  }
  op(opcode, choices_.below(row.width_log2 + 1U));
  code_.unsigned_leb(choices_.one_in(32) ? 0xffff'fff0 : choices_.below(60));
  if (row.immediates == Immediates::kMemArgLane)
    code_.byte(static_cast<std::uint8_t>(choices_.below(16U >> row.width_log2)));
  result_of(opcode);
}

void Body::variable() {
  const ValType type =
      stack_.empty() || choices_.one_in(4) ? choices_.of(kValueTypes) : stack_.back();
  const auto local = local_of(type);
  need({type});
  if (!local || choices_.one_in(4)) {
    op(Opcode::kGlobalSet, 1 + static_cast<std::uint32_t>(type.kind()));
  } else if (choices_.one_in(2)) {
    op(Opcode::kLocalTee, *local);
    return;
  } else {
    op(Opcode::kLocalSet, *local);
  }
  pop(1);
}

/// What stands in a block, up to its end.
void Body::contents(const ResultType& params, const ResultType& results, bool is_loop, int depth) {
  ResultType outer = std::exchange(stack_, params);
  sequence(depth);
  need(results);
  if (stack_.size() > results.size()) {
    if (is_loop || choices_.one_in(2)) {
      for (std::size_t i = stack_.size(); i > 0; --i) op(Opcode::kDrop);
      stack_.clear();
      need(results);
    } else {
      op(Opcode::kBr, 0);
    }
  }
  stack_ = std::move(outer);
}

void Body::block(int depth) {
  if (depth >= kMaxDepth) return;
  const std::uint32_t index = choices_.below(static_cast<std::uint32_t>(shape_.types.size()));
  const FuncType& type = shape_.types[index];
  const std::uint32_t way = choices_.below(3);
  ResultType operands = type.params;
  if (way == 2) operands.push_back(kI32);
  need(operands);
  pop(operands.size());
  op(way == 0 ? Opcode::kBlock : way == 1 ? Opcode::kLoop : Opcode::kIf);
  if (index == 0) {
    code_.byte(0x40);
  } else if (type.params.empty() && type.results.size() == 1) {
    code_.value_type(type.results.front());
  } else {
    code_.signed_leb(index);
  }
  const bool is_loop = way == 1;
  labels_.push_back({is_loop ? &type.params : &type.results, is_loop});
  if (is_loop) {
    // tick() leaves the parameters where they are.
    tick();
  }
  contents(type.params, type.results, is_loop, depth + 1);
  if (way == 2 && (type.params != type.results || choices_.one_in(2))) {
    op(Opcode::kElse);
    contents(type.params, type.results, false, depth + 1);
  }
  op(Opcode::kEnd);
  labels_.pop_back();
  push_all(type.results);
}

void Body::branch() {
  const auto count = static_cast<std::uint32_t>(labels_.size());
  const std::uint32_t depth = choices_.below(count);
  const ResultType& types = *labels_[count - 1 - depth].types;
  switch (choices_.below(8)) {
    case 0:
      need(types);
      op(Opcode::kBr, depth);
      stack_.clear();
      break;
    case 1: {
      need(type_.results);
      op(Opcode::kReturn);
      stack_.clear();
      break;
    }
    case 2:
    case 3: {
      // The other labels of br_table are of the same types.
      std::vector<std::uint32_t> depths;
      for (std::uint32_t d = 0; d < count; ++d) {
        if (*labels_[count - 1 - d].types == types) depths.push_back(d);
      }
      ResultType operands = types;
      operands.push_back(kI32);
      need(operands);
      const std::uint32_t entries = choices_.below(5);
      op(Opcode::kBrTable, entries);
      for (std::uint32_t i = 0; i < entries; ++i) code_.unsigned_leb(choices_.of(depths));
      code_.unsigned_leb(depth);
      stack_.clear();
      break;
    }
    default: {
      ResultType operands = types;
      operands.push_back(kI32);
      need(operands);
      op(Opcode::kBrIf, depth);
      pop(1);
      break;
    }
  }
}

void Body::call() {
  const bool indirect = choices_.one_in(3);
  const std::uint32_t function =
      choices_.below(static_cast<std::uint32_t>(shape_.functions.size()));
  const std::uint32_t index = indirect
                                  ? choices_.below(static_cast<std::uint32_t>(shape_.types.size()))
                                  : shape_.functions[function];
  const FuncType& type = shape_.types[index];
  need(type.params);
  if (indirect) {
    i32_const(static_cast<std::int32_t>(choices_.below(RandomShape::kTableSize + 1)));
    op(Opcode::kCallIndirect, index);
    code_.unsigned_leb(0);
  } else {
    op(Opcode::kCall, function);
  }
  pop(type.params.size());
  push_all(type.results);
}

/// A tail call of a function with this one's results, if the first choice is one.
void Body::tail_call() {
  const std::uint32_t function =
      choices_.below(static_cast<std::uint32_t>(shape_.functions.size()));
  const std::uint32_t index = shape_.functions[function];
  const FuncType& type = shape_.types[index];
  if (type.results != type_.results) return;
  need(type.params);
  if (choices_.one_in(3)) {
    i32_const(static_cast<std::int32_t>(choices_.below(RandomShape::kTableSize + 1)));
    op(Opcode::kReturnCallIndirect, index);
    code_.unsigned_leb(0);
  } else {
    op(Opcode::kReturnCall, function);
  }
  stack_.clear();
}

void Body::select() {
  const ValType type = stack_.empty() ? kI64 : stack_.back();
  need({type, type, kI32});
  if (choices_.one_in(3)) {
    op(Opcode::kSelectTyped, 1);
    code_.value_type(type);
  } else {
    op(Opcode::kSelect);
  }
  pop(2);
}

void Body::bulk() {
  switch (choices_.below(6)) {
    case 0:
      op(Opcode::kMemorySize, 0);
      push(kI32);
      break;
    case 1:
      need({kI32});
      i32_const(1);
      op(Opcode::kI32And);
      op(Opcode::kMemoryGrow, 0);
      break;
    case 2: op(Opcode::kDataDrop, choices_.below(2)); break;
    default: {
      const std::uint32_t way = choices_.below(3);
      small_index(0xffff);
      i32_const(static_cast<std::int32_t>(choices_.below(30)));
      i32_const(static_cast<std::int32_t>(choices_.below(30)));
      op(way == 0 ? Opcode::kMemoryFill : way == 1 ? Opcode::kMemoryCopy : Opcode::kMemoryInit, 0);
      if (way != 0) code_.unsigned_leb(0);
      pop(1);
      break;
    }
  }
}

void Body::table() {
  const auto number = [&](std::uint32_t count) {
    i32_const(static_cast<std::int32_t>(choices_.below(count)));
  };
  const auto reference = [&] {
    if (choices_.one_in(3)) {
      op(Opcode::kRefNull);
      code_.heap_type(HeapKind::kFunc);
    } else {
      op(Opcode::kRefFunc, choices_.below(static_cast<std::uint32_t>(shape_.functions.size())));
    }
  };
  switch (choices_.below(8)) {
    case 0:
      op(Opcode::kTableSize, 0);
      push(kI32);
      break;
    case 1:
      small_index(7);
      op(Opcode::kTableGet, 0);
      op(Opcode::kRefIsNull);
      break;
    case 2:
      small_index(7);
      reference();
      op(Opcode::kTableSet, 0);
      pop(1);
      break;
    case 3:
      reference();
      number(3);
      op(Opcode::kTableGrow, 0);
      push(kI32);
      break;
    case 4:
      small_index(7);
      reference();
      number(3);
      op(Opcode::kTableFill, 0);
      pop(1);
      break;
    case 5:
      small_index(7);
      number(4);
      number(4);
      op(Opcode::kTableCopy, 0);
      code_.unsigned_leb(0);
      pop(1);
      break;
    case 6:
      small_index(7);
      number(3);
      number(4);
      op(Opcode::kTableInit, 0);
      code_.unsigned_leb(0);
      pop(1);
      break;
    default:
      if (choices_.one_in(8)) op(Opcode::kElemDrop, 0);
      break;
  }
}

}  // namespace

Encoder random_body(const RandomShape& shape, std::uint32_t function, Choices& choices) {
  return Body(shape, function, choices).make();
}

}  // namespace doppel::bytecode
