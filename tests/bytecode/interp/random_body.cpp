// SPDX-License-Identifier: Apache-2.0
// The operand stack and the instructions that are not control.
#include "tests/bytecode/interp/random_body.h"

#include <algorithm>
#include <string_view>

namespace doppel::bytecode {

namespace {

/// The last locals: where a value is put aside while its NaNs are looked for.
constexpr std::array kAside{kF32, kF64, kV128};

/// How often bodies choose from a group, of a total that leaves the rest to control.
struct Weight {
  Group group;
  std::uint32_t weight;
};
constexpr std::array kWeights{Weight{Group::kNumeric, 9}, Weight{Group::kVector, 4},
                              Weight{Group::kAccess, 4},  Weight{Group::kAtomic, 2},
                              Weight{Group::kBulk, 2},    Weight{Group::kTable, 2},
                              Weight{Group::kObject, 7}};

}  // namespace

Encoder random_body(const RandomShape& shape, std::uint32_t function, Choices& choices) {
  return RandomBody(shape, function, choices).make();
}

Encoder RandomBody::make() {
  Encoder out;
  declare_locals(out);
  tick();
  labels_.push_back({type_.results});
  contents({}, type_.results, false, 0);
  op(Opcode::kEnd);
  out.raw(code_.bytes());
  return out;
}

/// Random ones, of which those that are references mostly begin with an object, and kAside.
void RandomBody::declare_locals(Encoder& out) {
  const std::uint32_t runs = 1 + choices_.below(4);
  const std::uint32_t asides = shape_.has(Feature::kSimd) ? kAside.size() : kAside.size() - 1;
  out.unsigned_leb(runs + asides);
  for (std::uint32_t i = 0; i < runs + asides; ++i) {
    const std::uint32_t count = i < runs ? 1 + choices_.below(3) : 1;
    const ValType type = i < runs ? shape_.value(choices_) : kAside[i - runs];
    out.unsigned_leb(count);
    out.value_type(type);
    for (std::uint32_t k = 0; k < count; ++k) {
      locals_.push_back(type);
      if (!type.is_ref() || choices_.one_in(4)) continue;
      write_new(code_, type, shape_, choices_);
      op(Opcode::kLocalSet, locals_.size() - 1);
    }
  }
}

void RandomBody::constant(ValType type, std::uint64_t value) {
  if (type == kI32) {
    write_i32(code_, static_cast<std::int32_t>(value));
  } else {
    write_i64(code_, static_cast<std::int64_t>(value));
  }
}

void RandomBody::vector_constant(std::uint64_t half) {
  op(Opcode::kV128Const);
  code_.fixed(half, 8);
  code_.fixed(half, 8);
}

std::uint32_t RandomBody::aside(ValType type) const {
  const auto last = std::find(locals_.rbegin(), locals_.rend(), type);
  return static_cast<std::uint32_t>(locals_.rend() - last - 1);
}

/// One of the locals of a type, if there is one; not those put aside.
std::optional<std::uint32_t> RandomBody::local_of(ValType type) {
  std::vector<std::uint32_t> found;
  const bool is_aside = std::ranges::count(kAside, type) > 0;
  for (std::uint32_t i = 0; i < locals_.size(); ++i) {
    if (locals_[i] == type && (!is_aside || i != aside(type))) found.push_back(i);
  }
  if (found.empty()) return std::nullopt;
  return choices_.of(found);
}

/// Pushes a value that takes no operands.
void RandomBody::leaf(ValType type) {
  const std::uint32_t way = choices_.below(5);
  const bool has_global = shape_.is_variable(type);
  const auto local = way == 0 || way == 4 ? std::nullopt : local_of(type);
  if (local) {
    op(Opcode::kLocalGet, *local);
  } else if (has_global && (way == 4 || (way > 0 && type.is_ref()))) {
    op(Opcode::kGlobalGet, shape_.global_of(type));
  } else {
    write_new(code_, type, shape_, choices_);
  }
  push(type);
}

/// Has the stack end with `types`: takes what is there for the first of them, pushes the others.
void RandomBody::need(const ResultType& types) {
  std::size_t there = std::min(types.size(), stack_.size());
  while (
      !std::equal(types.begin(), types.begin() + static_cast<std::ptrdiff_t>(there),
                  stack_.end() - static_cast<std::ptrdiff_t>(there),
                  [this](ValType wanted, ValType found) { return shape_.matches(found, wanted); }))
    --there;
  std::copy_n(types.begin(), there, stack_.end() - static_cast<std::ptrdiff_t>(there));
  for (std::size_t i = there; i < types.size(); ++i) leaf(types[i]);
}

/// The same for operands. Those from the first on that wants care are new ones, each taken care of
/// before the next is pushed; the first may come from the stack.
void RandomBody::need_operands(const std::vector<Operand>& operands) {
  ResultType head;
  auto at = operands.begin();
  for (; at != operands.end() && at->care != Care::kBelow; ++at) {
    head.push_back(at->type);
    if (at->care != Care::kNone) break;
  }
  need(head);
  if (at != operands.end() && at->care != Care::kBelow) take_care(*at++);
  for (; at != operands.end(); ++at) {
    if (at->care == Care::kBelow) {
      constant(at->type, choices_.below(static_cast<std::uint32_t>(at->limit)));
      push(at->type);
    } else {
      leaf(at->type);
      take_care(*at);
    }
  }
}

void RandomBody::take_care(const Operand& operand) {
  const bool is_i32 = operand.type == kI32;
  switch (operand.care) {
    case Care::kNone:
    case Care::kBelow: return;
    case Care::kSmall:
      if (choices_.one_in(16)) return;
      constant(operand.type, operand.limit);
      return op(is_i32 ? Opcode::kI32And : Opcode::kI64And);
    case Care::kNonZero:
      if (choices_.one_in(8)) return;
      constant(operand.type, 3);
      return op(is_i32 ? Opcode::kI32Or : Opcode::kI64Or);
    case Care::kNoNan: return without_nan(operand.type);
    case Care::kMasked:
      vector_constant(operand.limit);
      op(Opcode::kV128And);
      if (operand.set == 0) return;
      vector_constant(operand.set);
      return op(Opcode::kV128Or);
    case Care::kLanes: vector_constant(0); return op(operand.compare);
  }
}

void RandomBody::sequence(int depth) {
  for (std::uint32_t more = choices_.below(depth == 0 ? 40 : 10); more > 0; --more) {
    if (++instructions_ > kMaxInstructions) return;
    instruction(depth);
  }
}

void RandomBody::instruction(int depth) {
  std::uint32_t way = choices_.below(48);
  for (const Weight& each : kWeights) {
    if (way < each.weight) return plain(each.group);
    way -= each.weight;
  }
  switch (way) {
    case 0:
    case 1: return leaf(shape_.value(choices_));
    case 2:
    case 3:
    case 4: return variable();
    case 5: return select();
    case 6: return drop();
    default: return control(depth);
  }
}

/// An instruction out of a group.
void RandomBody::plain(Group group) {
  const std::vector<Opcode>& opcodes = groups_[static_cast<std::size_t>(group)];
  if (opcodes.empty()) return;
  const Opcode opcode = choices_.of(opcodes);
  const auto top = stack_.empty() ? std::nullopt : std::optional(stack_.back());
  const auto use = random_use(opcode, shape_, top, choices_);
  if (!use) return;
  need_operands(use->pops);
  op(opcode);
  code_.raw(use->immediates.bytes());
  pop(use->pops.size());
  push_all(use->pushes);
  const bool sees_lanes = group == Group::kVector && makes_nans(opcode);
  if (sees_lanes) without_nan_lanes(std::string_view(info(opcode).name).starts_with("f32x4"));
}

/// Replaces NaNs in the lanes of the vector on top of the stack by the canonical one.
void RandomBody::without_nan_lanes(bool is_f32x4) {
  const std::uint32_t local = aside(kV128);
  op(Opcode::kLocalTee, local);
  vector_constant(is_f32x4 ? 0x7fc00000'7fc00000 : 0x7ff80000'00000000);
  op(Opcode::kLocalGet, local);
  op(Opcode::kLocalGet, local);
  op(is_f32x4 ? Opcode::kF32x4Eq : Opcode::kF64x2Eq);
  op(Opcode::kV128Bitselect);
}

/// Replaces a NaN on top of the stack by the canonical one.
void RandomBody::without_nan(ValType type) {
  const bool is_f32 = type == kF32;
  const std::uint32_t local = aside(type);
  op(Opcode::kLocalTee, local);
  op(is_f32 ? Opcode::kF32Const : Opcode::kF64Const);
  code_.fixed(is_f32 ? 0x7fc00000 : 0x7ff8000000000000, is_f32 ? 4 : 8);
  op(Opcode::kLocalGet, local);
  op(Opcode::kLocalGet, local);
  op(is_f32 ? Opcode::kF32Eq : Opcode::kF64Eq);
  op(Opcode::kSelect);
}

void RandomBody::variable() {
  const ValType type =
      stack_.empty() || choices_.one_in(4) ? shape_.value(choices_) : stack_.back();
  const auto local = local_of(type);
  const bool has_global = shape_.is_variable(type);
  if (!local && !has_global) return drop();
  need({type});
  if (!local || (has_global && choices_.one_in(4))) {
    op(Opcode::kGlobalSet, shape_.global_of(type));
  } else if (choices_.one_in(2)) {
    return op(Opcode::kLocalTee, *local);
  } else {
    op(Opcode::kLocalSet, *local);
  }
  pop(1);
}

void RandomBody::select() {
  const ValType type = stack_.empty() ? kI64 : stack_.back();
  need({type, type, kI32});
  if (type.is_ref() || choices_.one_in(3)) {
    op(Opcode::kSelectTyped, 1);
    code_.value_type(type);
  } else {
    op(Opcode::kSelect);
  }
  pop(2);
}

void RandomBody::drop() {
  if (stack_.empty()) return op(Opcode::kNop);
  op(Opcode::kDrop);
  pop(1);
}

}  // namespace doppel::bytecode
