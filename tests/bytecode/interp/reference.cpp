// SPDX-License-Identifier: Apache-2.0
// Numeric instructions come from their Meanings, which the conformance suite checks; control,
// memory and tables are written out. A trap is thrown as its TrapKind.
#include "tests/bytecode/interp/reference.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "bytecode/isa/semantics/convert.h"
#include "bytecode/isa/semantics/float.h"
#include "bytecode/isa/semantics/integer.h"
#include "bytecode/isa/semantics/memory.h"
#include "bytecode/isa/semantics/vector_memory.h"
#include "bytecode/isa/semantics/vector_relaxed.h"
#include "core/ops/eval.h"

namespace doppel::bytecode {

namespace {

using Word = Reference::Word;
using Values = Reference::Values;

Word take(Values& stack) {
  const Word value = stack.back();
  stack.pop_back();
  return value;
}
std::uint32_t take_i32(Values& stack) { return static_cast<std::uint32_t>(take(stack)); }

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
using Numeric = void (*)(Values&, unsigned lane);

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
using VectorAccess = void (*)(Values&, std::byte* address, unsigned lane);

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

/// What evaluates an instruction; null for others.
struct Evaluators {
  Numeric numeric = nullptr;
  VectorAccess access = nullptr;
};

template <std::size_t row>
constexpr Evaluators evaluators_of() {
  constexpr auto opcode = static_cast<Opcode>(row);
  if constexpr (HasMeaning<opcode>) {
    constexpr bool kAccess = requires { typename Meaning<opcode>::Access; };
    if constexpr (LaneLoad<opcode> || LaneStore<opcode> || kAccess) {
      if constexpr (feature_of(opcode) == Feature::kSimd) return {nullptr, access_vector<opcode>};
    } else {
      return {evaluate<opcode>, nullptr};
    }
  }
  return {};
}

constexpr auto kEvaluators = []<std::size_t... rows>(std::index_sequence<rows...>) {
  return std::array<Evaluators, sizeof...(rows)>{evaluators_of<rows>()...};
}(std::make_index_sequence<kOpcodeCount>());

/// The last `count` values, taken off.
Values take_many(Values& stack, std::size_t count) {
  Values taken(stack.end() - static_cast<std::ptrdiff_t>(count), stack.end());
  stack.resize(stack.size() - count);
  return taken;
}

void check(bool holds, TrapKind kind) {
  if (!holds) throw kind;
}

bool contains(std::size_t size, std::uint64_t begin, std::uint64_t count) {
  return begin + count <= size;
}

}  // namespace

Reference::Reference(const Module& module, Host host)
    : memory(static_cast<std::size_t>(module.memories[0].limits.min) << 16U),
      table(static_cast<std::size_t>(module.tables[0].type.limits.min)),
      module_(module),
      host_(std::move(host)) {
  for (const Global& global : module.globals) globals.push_back(constant(*global.init));
  for (const ElementSegment& segment : module.elements) {
    auto& items = elements_.emplace_back();
    for (const FuncIndex f : std::get<std::vector<FuncIndex>>(segment.items))
      items.push_back(f.value() + 1);
    if (segment.mode != SegmentMode::kActive) continue;
    std::copy(items.begin(), items.end(),
              table.begin() + static_cast<std::ptrdiff_t>(constant(segment.offset)));
    items.clear();
  }
  for (const DataSegment& segment : module.data) {
    auto& bytes = data_.emplace_back(module.view(segment.bytes));
    if (segment.mode != SegmentMode::kActive) continue;
    std::copy(bytes.begin(), bytes.end(),
              memory.begin() + static_cast<std::ptrdiff_t>(constant(segment.offset)));
    bytes = {};
  }
}

Reference::Word Reference::constant(const ConstExpr& expression) const {
  TrustedCodeReader reader(module_.bytes, expression.code);
  switch (reader.read_opcode()) {
    case Opcode::kI32Const: return static_cast<std::uint32_t>(reader.read_s32());
    case Opcode::kI64Const: return static_cast<std::uint64_t>(reader.read_s64());
    case Opcode::kF32Const: return reader.read_f32_bits();
    case Opcode::kV128Const: return to_word(reader.read_v128());
    default: return reader.read_f64_bits();
  }
}

Reference::Outcome Reference::call(std::uint32_t function, Values arguments) {
  Outcome outcome;
  frames_.clear();
  try {
    outcome.results = run(function, std::move(arguments));
  } catch (const TrapKind kind) {
    outcome.trap = kind;
    outcome.backtrace.assign(frames_.rbegin(), frames_.rend());
  }
  return outcome;
}

/// Runs a function and those that it tail-calls.
Reference::Values Reference::run(std::uint32_t function, Values arguments) {
  for (;;) {
    if (function < module_.imported_functions) return host_(function, std::move(arguments));
    Values values = run_body(function, std::move(arguments));
    if (function == kNoCallee) return values;
    arguments = std::move(values);
  }
}

/// Runs one body. Either answers its results and sets `function` to kNoCallee, or answers the
/// arguments of the function that it tail-calls.
Reference::Values Reference::run_body(std::uint32_t& function, Values arguments) {
  const FuncBody& body = module_.body(FuncIndex{function});
  const FuncType& type = module_.func_type(FuncIndex{function});
  Activation at{TrustedCodeReader(module_.bytes, body.code), std::move(arguments), {}, {}, &type};
  at.locals.resize(at.locals.size() + body.local_count);
  at.labels.push_back({Opcode::kBlock, body.code.begin, body.code.end, 0, type.results.size()});
  frames_.push_back({function, 0});
  do {
    frames_.back().offset = at.reader.offset().value();
  } while (step(at));
  frames_.pop_back();
  function = at.tail_callee;
  return std::move(at.stack);
}

/// Where the blocks of a function end, by where they begin.
const std::map<ByteOffset, Reference::Ends>& Reference::ends(std::uint32_t function) {
  const auto [found, is_new] = ends_.try_emplace(function);
  if (!is_new) return found->second;
  const FuncBody& body = module_.body(FuncIndex{function});
  TrustedCodeReader reader(module_.bytes, body.code);
  std::vector<ByteOffset> open;
  while (reader.offset() < body.code.end) {
    const ByteOffset begin = reader.offset();
    const Opcode opcode = reader.read_opcode();
    reader.skip_immediates(opcode);
    if (opcode == Opcode::kBlock || opcode == Opcode::kLoop || opcode == Opcode::kIf) {
      open.push_back(begin);
    } else if (opcode == Opcode::kElse) {
      found->second[open.back()].otherwise = reader.offset();
    } else if (opcode == Opcode::kEnd && !open.empty()) {
      Ends& block = found->second[open.back()];
      block.end = begin;
      if (block.otherwise == ByteOffset{}) block.otherwise = begin;
      open.pop_back();
    }
  }
  return found->second;
}

void Reference::begin_block(Activation& at, Opcode opcode) {
  const Ends& block = ends(frames_.back().function).at(ByteOffset{frames_.back().offset});
  const BlockType type = at.reader.read_block_type();
  std::size_t params = 0;
  std::size_t results = type.kind == BlockType::Kind::kResult ? 1 : 0;
  if (type.kind == BlockType::Kind::kFunc) {
    params = module_.func_type(type.type).params.size();
    results = module_.func_type(type.type).results.size();
  }
  const bool enter = opcode != Opcode::kIf || take_i32(at.stack) != 0;
  at.labels.push_back({opcode, at.reader.offset(), block.end + 1, at.stack.size() - params,
                       opcode == Opcode::kLoop ? params : results});
  if (!enter) at.reader.seek(block.otherwise);
}

/// False if it leaves the function.
bool Reference::branch(Activation& at, std::uint32_t depth) {
  at.labels.resize(at.labels.size() - depth);
  const Label& label = at.labels.back();
  const Values values = take_many(at.stack, label.arity);
  at.stack.resize(label.height);
  at.stack.insert(at.stack.end(), values.begin(), values.end());
  if (label.opcode == Opcode::kLoop) {
    at.reader.seek(label.begin);
    return true;
  }
  at.reader.seek(label.end);
  at.labels.pop_back();
  return !at.labels.empty();
}

void Reference::call(Activation& at, std::uint32_t function, bool tail) {
  const FuncType& type = module_.func_type(FuncIndex{function});
  Values arguments = take_many(at.stack, type.params.size());
  if (tail) {
    at.stack = std::move(arguments);
    at.tail_callee = function;
    return;
  }
  const Values results = run(function, std::move(arguments));
  at.stack.insert(at.stack.end(), results.begin(), results.end());
}

std::uint32_t Reference::indirect_callee(Activation& at) {
  const FuncType& wanted = module_.func_type(at.reader.read_index<TypeIndex>());
  at.reader.read_u32();
  const std::uint32_t index = take_i32(at.stack);
  check(index < table.size(), TrapKind::kUndefinedElement);
  check(table[index] != 0, TrapKind::kUninitializedElement);
  const std::uint32_t function = table[index] - 1;
  check(module_.func_type(FuncIndex{function}) == wanted, TrapKind::kIndirectCallTypeMismatch);
  return function;
}

/// Evaluates one instruction; false when the function ends.
bool Reference::step(Activation& at) {
  const Opcode opcode = at.reader.read_opcode();
  Values& stack = at.stack;
  switch (opcode) {
    case Opcode::kUnreachable: throw TrapKind::kUnreachable;
    case Opcode::kNop: return true;
    case Opcode::kBlock:
    case Opcode::kLoop:
    case Opcode::kIf: begin_block(at, opcode); return true;
    case Opcode::kElse:
      at.reader.seek(ByteOffset{at.labels.back().end - ByteOffset{1}});
      return true;
    case Opcode::kEnd: at.labels.pop_back(); return !at.labels.empty();
    case Opcode::kBr: return branch(at, at.reader.read_u32());
    case Opcode::kBrIf: {
      const std::uint32_t depth = at.reader.read_u32();
      return take_i32(stack) == 0 || branch(at, depth);
    }
    case Opcode::kBrTable: {
      std::vector<std::uint32_t> depths(at.reader.read_u32() + std::size_t{1});
      for (std::uint32_t& depth : depths) depth = at.reader.read_u32();
      const std::size_t index = std::min<std::size_t>(take_i32(stack), depths.size() - 1);
      return branch(at, depths[index]);
    }
    case Opcode::kReturn: return branch(at, static_cast<std::uint32_t>(at.labels.size() - 1));
    case Opcode::kCall: call(at, at.reader.read_u32(), false); return true;
    case Opcode::kCallIndirect: call(at, indirect_callee(at), false); return true;
    case Opcode::kReturnCall: call(at, at.reader.read_u32(), true); return false;
    case Opcode::kReturnCallIndirect: call(at, indirect_callee(at), true); return false;
    case Opcode::kDrop: stack.pop_back(); return true;
    case Opcode::kSelectTyped: at.reader.skip_immediates(opcode); [[fallthrough]];
    case Opcode::kSelect: {
      const bool first = take_i32(stack) != 0;
      const Word second = take(stack);
      if (!first) stack.back() = second;
      return true;
    }
    case Opcode::kLocalGet: stack.push_back(at.locals[at.reader.read_u32()]); return true;
    case Opcode::kLocalSet: at.locals[at.reader.read_u32()] = take(stack); return true;
    case Opcode::kLocalTee: at.locals[at.reader.read_u32()] = stack.back(); return true;
    case Opcode::kGlobalGet: stack.push_back(globals[at.reader.read_u32()]); return true;
    case Opcode::kGlobalSet: globals[at.reader.read_u32()] = take(stack); return true;
    case Opcode::kI32Const:
      stack.push_back(static_cast<std::uint32_t>(at.reader.read_s32()));
      return true;
    case Opcode::kI64Const:
      stack.push_back(static_cast<std::uint64_t>(at.reader.read_s64()));
      return true;
    case Opcode::kF32Const: stack.push_back(at.reader.read_f32_bits()); return true;
    case Opcode::kF64Const: stack.push_back(at.reader.read_f64_bits()); return true;
    case Opcode::kV128Const: stack.push_back(to_word(at.reader.read_v128())); return true;
    default: break;
  }
  const Evaluators& evaluators = kEvaluators[static_cast<std::size_t>(opcode)];
  const Immediates immediates = info(opcode).immediates;
  if (evaluators.numeric != nullptr) {
    if (immediates == Immediates::kShuffle) stack.push_back(to_word(at.reader.read_v128()));
    evaluators.numeric(stack, immediates == Immediates::kLane ? at.reader.read_byte() : 0);
  } else if (evaluators.access != nullptr) {
    vector_access(at, opcode);
  } else if (info(opcode).immediates == Immediates::kMemArg) {
    access(at, opcode);
  } else {
    bulk(at, opcode);
  }
  return true;
}

/// The place of an access, which must lie in memory.
std::byte* Reference::checked(std::uint64_t address, std::uint8_t width_log2) {
  check(contains(memory.size(), address, std::uint64_t{1} << width_log2),
        TrapKind::kMemoryOutOfBounds);
  return memory.data() + address;
}

void Reference::vector_access(Activation& at, Opcode opcode) {
  const OpcodeInfo& row = info(opcode);
  const std::uint64_t offset = at.reader.read_mem_arg().offset;
  const unsigned lane = row.immediates == Immediates::kMemArgLane ? at.reader.read_byte() : 0;
  const Values vector = take_many(at.stack, row.signature.pops - 1U);
  std::byte* const address = checked(take_i32(at.stack) + offset, row.width_log2);
  at.stack.insert(at.stack.end(), vector.begin(), vector.end());
  kEvaluators[static_cast<std::size_t>(opcode)].access(at.stack, address, lane);
}

void Reference::access(Activation& at, Opcode opcode) {
  const OpcodeInfo& row = info(opcode);
  const std::uint64_t offset = at.reader.read_mem_arg().offset;
  const std::size_t width = std::size_t{1} << row.width_log2;
  const bool is_store = row.signature.pushes == 0;
  auto value = static_cast<std::uint64_t>(is_store ? take(at.stack) : 0);
  std::byte* const address = checked(take_i32(at.stack) + offset, row.width_log2);
  if (is_store) {
    std::memcpy(address, &value, width);
    return;
  }
  std::memcpy(&value, address, width);
  // The names of sign-extending loads end in "_s".
  if (std::string_view(row.name).ends_with("_s")) {
    const std::size_t unused = 64 - 8 * width;
    value = static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
    if (row.signature.types[1] == OperandKind::kI32) value = static_cast<std::uint32_t>(value);
  }
  at.stack.push_back(value);
}

/// Memory and table instructions.
void Reference::bulk(Activation& at, Opcode opcode) {
  Values& stack = at.stack;
  if (opcode == Opcode::kRefNull) {
    at.reader.read_heap_type();
    stack.push_back(0);
    return;
  }
  if (opcode == Opcode::kRefIsNull) {
    stack.back() = stack.back() == 0 ? 1 : 0;
    return;
  }
  const std::uint32_t immediate = at.reader.read_u32();
  switch (opcode) {
    case Opcode::kRefFunc: stack.push_back(immediate + 1); return;
    case Opcode::kMemorySize: stack.push_back(memory.size() >> 16U); return;
    case Opcode::kMemoryGrow: {
      const std::uint64_t old = memory.size() >> 16U;
      const std::uint64_t pages = old + take_i32(stack);
      const bool fits = pages <= module_.memories[0].limits.max;
      if (fits) memory.resize(pages << 16U);
      stack.push_back(fits ? old : 0xffff'ffff);
      return;
    }
    case Opcode::kMemoryFill: {
      const std::uint32_t count = take_i32(stack);
      const std::uint32_t value = take_i32(stack);
      const std::uint32_t to = take_i32(stack);
      check(contains(memory.size(), to, count), TrapKind::kMemoryOutOfBounds);
      std::memset(memory.data() + to, static_cast<int>(value & 0xff), count);
      return;
    }
    case Opcode::kMemoryCopy:
    case Opcode::kMemoryInit: {
      at.reader.read_u32();
      const std::uint32_t count = take_i32(stack);
      const std::uint32_t from = take_i32(stack);
      const std::uint32_t to = take_i32(stack);
      const std::span<const std::byte> source =
          opcode == Opcode::kMemoryCopy ? std::span<const std::byte>(memory) : data_[immediate];
      check(contains(source.size(), from, count) && contains(memory.size(), to, count),
            TrapKind::kMemoryOutOfBounds);
      if (count != 0) std::memmove(memory.data() + to, source.data() + from, count);
      return;
    }
    case Opcode::kDataDrop: data_[immediate] = {}; return;
    case Opcode::kElemDrop: elements_[immediate].clear(); return;
    case Opcode::kTableSize: stack.push_back(table.size()); return;
    case Opcode::kTableGet:
      check(static_cast<std::uint32_t>(stack.back()) < table.size(), TrapKind::kTableOutOfBounds);
      stack.back() = table[static_cast<std::uint32_t>(stack.back())];
      return;
    case Opcode::kTableSet: {
      const auto value = static_cast<std::uint32_t>(take(stack));
      const std::uint32_t index = take_i32(stack);
      check(index < table.size(), TrapKind::kTableOutOfBounds);
      table[index] = value;
      return;
    }
    case Opcode::kTableGrow: {
      const std::uint32_t more = take_i32(stack);
      const auto value = static_cast<std::uint32_t>(take(stack));
      const std::size_t old = table.size();
      const bool fits = old + more <= module_.tables[0].type.limits.max;
      if (fits) table.resize(old + more, value);
      stack.push_back(fits ? old : 0xffff'ffff);
      return;
    }
    case Opcode::kTableFill: {
      const std::uint32_t count = take_i32(stack);
      const auto value = static_cast<std::uint32_t>(take(stack));
      const std::uint32_t to = take_i32(stack);
      check(contains(table.size(), to, count), TrapKind::kTableOutOfBounds);
      std::fill_n(table.begin() + to, count, value);
      return;
    }
    case Opcode::kTableCopy:
    case Opcode::kTableInit: {
      at.reader.read_u32();
      const std::uint32_t count = take_i32(stack);
      const std::uint32_t from = take_i32(stack);
      const std::uint32_t to = take_i32(stack);
      const std::vector<std::uint32_t> source =
          opcode == Opcode::kTableCopy ? table : elements_[immediate];
      check(contains(source.size(), from, count) && contains(table.size(), to, count),
            TrapKind::kTableOutOfBounds);
      std::copy_n(source.begin() + from, count, table.begin() + to);
      return;
    }
    default: throw TrapKind::kHost;
  }
}

}  // namespace doppel::bytecode
