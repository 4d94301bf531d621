// SPDX-License-Identifier: Apache-2.0
// Control. A trap is thrown as its TrapKind, an exception as Thrown; both leave frames_ as they
// were.
#include "tests/bytecode/interp/reference.h"

#include <algorithm>
#include <cstring>

#include "tests/bytecode/interp/reference_stack.h"

namespace doppel::bytecode {

Reference::Reference(const Module& module, Host host) : module_(module), host_(std::move(host)) {
  for (const MemoryType& memory : module.memories)
    memories.emplace_back(static_cast<std::size_t>(memory.limits.min << memory.page_log2));
  for (const Table& table : module.tables)
    tables.emplace_back(static_cast<std::size_t>(table.type.limits.min));
  for (const Global& global : module.globals) globals.push_back(constant(*global.init)[0]);
  for (const ElementSegment& segment : module.elements) {
    Values& items = elements_.emplace_back();
    if (const auto* functions = std::get_if<std::vector<FuncIndex>>(&segment.items)) {
      for (const FuncIndex f : *functions) items.push_back(f.value() + 1);
    } else {
      for (const ConstExpr& item : std::get<std::vector<ConstExpr>>(segment.items))
        items.push_back(constant(item)[0]);
    }
  }
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    const ElementSegment& segment = module.elements[i];
    if (segment.mode != SegmentMode::kActive) continue;
    const auto to = static_cast<std::ptrdiff_t>(constant(segment.offset)[0]);
    std::ranges::copy(elements_[i], tables[segment.table.value()].begin() + to);
    elements_[i].clear();
  }
  for (const DataSegment& segment : module.data) {
    auto& bytes = data_.emplace_back(module.view(segment.bytes));
    if (segment.mode != SegmentMode::kActive) continue;
    const auto to = static_cast<std::ptrdiff_t>(constant(segment.offset)[0]);
    std::ranges::copy(bytes, memories[segment.memory.value()].begin() + to);
    bytes = {};
  }
}

/// What a constant expression leaves on the stack.
Values Reference::constant(const ConstExpr& expression) {
  Activation at{TrustedCodeReader(module_.bytes, expression.code), {}, {}, {}};
  at.labels.push_back({});
  while (step(at)) {
  }
  return at.stack;
}

Reference::Outcome Reference::call(std::uint32_t function, Values arguments) {
  Outcome outcome;
  frames_.clear();
  const auto trapped = [&](TrapKind kind) {
    outcome.trap = kind;
    outcome.backtrace.assign(frames_.rbegin(), frames_.rend());
  };
  try {
    outcome.results = run(function, std::move(arguments));
  } catch (const TrapKind kind) {
    trapped(kind);
  } catch (const Thrown&) {
    trapped(TrapKind::kUncaughtException);
  }
  return outcome;
}

/// Runs a function and those that it tail-calls.
Values Reference::run(std::uint32_t function, Values arguments) {
  for (;;) {
    if (function < module_.imported_functions) return host_(function, std::move(arguments));
    Values values = run_body(function, std::move(arguments));
    if (function == kNone) return values;
    arguments = std::move(values);
  }
}

/// Runs one body. Either answers its results and sets `function` to kNone, or answers the arguments
/// of the function that it tail-calls.
Values Reference::run_body(std::uint32_t& function, Values arguments) {
  const FuncBody& body = module_.body(FuncIndex{function});
  const FuncType& type = module_.func_type(FuncIndex{function});
  Activation at{TrustedCodeReader(module_.bytes, body.code), std::move(arguments), {}, {}};
  at.locals.resize(at.locals.size() + body.local_count);
  at.labels.push_back({Opcode::kBlock, {}, body.code.begin, body.code.end, 0, type.results.size()});
  frames_.push_back({function, 0});
  const std::size_t depth = frames_.size();
  for (bool goes_on = true; goes_on;) {
    frames_.back().offset = at.reader.offset().value();
    try {
      goes_on = step(at);
    } catch (const Thrown& thrown) {
      const std::vector<Frame> thrown_in = frames_;
      frames_.resize(depth);
      const auto caught = handle(at, thrown.exception);
      if (!caught) {
        frames_ = thrown_in;
        throw;
      }
      goes_on = *caught;
    }
  }
  frames_.pop_back();
  function = at.tail_callee;
  return std::move(at.stack);
}

/// The blocks of a function, by where they begin.
const std::map<ByteOffset, Reference::Parts>& Reference::parts(std::uint32_t function) {
  const auto [found, is_new] = parts_.try_emplace(function);
  if (!is_new) return found->second;
  auto& blocks = found->second;
  const FuncBody& body = module_.body(FuncIndex{function});
  TrustedCodeReader reader(module_.bytes, body.code);
  std::vector<ByteOffset> open;
  const auto close = [&](ByteOffset end) {
    Parts& block = blocks[open.back()];
    block.end = end;
    if (block.otherwise == ByteOffset{}) block.otherwise = end;
    open.pop_back();
  };
  while (reader.offset() < body.code.end) {
    const ByteOffset begin = reader.offset();
    const Opcode opcode = reader.read_opcode();
    TrustedCodeReader immediate = reader;
    reader.skip_immediates(opcode);
    switch (opcode) {
      case Opcode::kBlock:
      case Opcode::kLoop:
      case Opcode::kIf:
      case Opcode::kTry:
      case Opcode::kTryTable: open.push_back(begin); break;
      case Opcode::kElse: blocks[open.back()].otherwise = reader.offset(); break;
      case Opcode::kCatch:
        blocks[open.back()].catches.push_back({immediate.read_u32(), reader.offset()});
        break;
      case Opcode::kCatchAll:
        blocks[open.back()].catches.push_back({kNone, reader.offset()});
        break;
      case Opcode::kDelegate: blocks[open.back()].delegate = immediate.read_u32(); [[fallthrough]];
      case Opcode::kEnd:
        if (!open.empty()) close(begin);
        break;
      default: break;
    }
  }
  return blocks;
}

void Reference::begin_block(Activation& at, Opcode opcode) {
  const ByteOffset begin{frames_.back().offset};
  const Parts& block = parts(frames_.back().function).at(begin);
  const BlockType type = at.reader.read_block_type();
  if (opcode == Opcode::kTryTable) {
    at.reader.seek(ByteOffset{begin});
    at.reader.read_opcode();
    at.reader.skip_immediates(opcode);
  }
  std::size_t params = 0;
  std::size_t results = type.kind == BlockType::Kind::kResult ? 1 : 0;
  if (type.kind == BlockType::Kind::kFunc) {
    params = module_.func_type(type.type).params.size();
    results = module_.func_type(type.type).results.size();
  }
  const bool enter = opcode != Opcode::kIf || take_i32(at.stack) != 0;
  TrustedCodeReader behind = at.reader;
  behind.seek(block.end);
  behind.skip_immediates(behind.read_opcode());
  at.labels.push_back({opcode, begin, at.reader.offset(), behind.offset(), at.stack.size() - params,
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
    at.reader.seek(label.contents);
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

/// The function that a call leads to.
std::uint32_t Reference::callee(Activation& at, Opcode opcode) {
  const std::uint32_t index = at.reader.read_u32();
  switch (opcode) {
    case Opcode::kCall:
    case Opcode::kReturnCall: return index;
    case Opcode::kCallRef:
    case Opcode::kReturnCallRef: {
      const std::uint32_t reference = take_i32(at.stack);
      check(reference != 0, TrapKind::kNullReference);
      return reference - 1;
    }
    default: break;
  }
  const std::uint32_t number = at.reader.read_u32();
  const Values& table = tables[number];
  const Word at_index = take(at.stack);
  check(at_index < table.size(), TrapKind::kUndefinedElement);
  const Word found = table[static_cast<std::size_t>(at_index)];
  check(found != 0, TrapKind::kUninitializedElement);
  check(is_of(found, {HeapType(TypeIndex{index}), false}), TrapKind::kIndirectCallTypeMismatch);
  return static_cast<std::uint32_t>(found) - 1;
}

/// Evaluates one instruction; false when the function ends.
bool Reference::step(Activation& at) {
  const Opcode opcode = at.reader.read_opcode();
  executed.set(static_cast<std::size_t>(opcode));
  Values& stack = at.stack;
  switch (opcode) {
    case Opcode::kNop: return true;
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
    case Opcode::kV128Const: {
      const auto words = at.reader.read_v128_words();
      stack.push_back(Word{words[1]} << 64U | words[0]);
      return true;
    }
    default: break;
  }
  if (const auto numeric = evaluators_of(opcode).numeric; numeric != nullptr) {
    const Immediates immediates = info(opcode).immediates;
    if (immediates == Immediates::kShuffle) {
      const auto words = at.reader.read_v128_words();
      stack.push_back(Word{words[1]} << 64U | words[0]);
    }
    numeric(stack, immediates == Immediates::kLane ? at.reader.read_byte() : 0);
    return true;
  }
  const bool is_done = memory_instruction(at, opcode) || table_instruction(at, opcode) ||
                       reference_instruction(at, opcode) || object_instruction(at, opcode);
  return is_done || control(at, opcode);
}

/// False when the function ends.
bool Reference::control(Activation& at, Opcode opcode) {
  switch (opcode) {
    case Opcode::kBlock:
    case Opcode::kLoop:
    case Opcode::kIf:
    case Opcode::kTry:
    case Opcode::kTryTable: begin_block(at, opcode); return true;
    case Opcode::kElse:
    case Opcode::kCatch:
    case Opcode::kCatchAll:
      // The part before it ends here.
      at.reader.seek(at.labels.back().end);
      at.labels.pop_back();
      return true;
    case Opcode::kDelegate:
      at.reader.read_u32();
      at.labels.pop_back();
      return true;
    case Opcode::kEnd: at.labels.pop_back(); return !at.labels.empty();
    case Opcode::kBr: return branch(at, at.reader.read_u32());
    case Opcode::kBrIf: {
      const std::uint32_t depth = at.reader.read_u32();
      return take_i32(at.stack) == 0 || branch(at, depth);
    }
    case Opcode::kBrTable: {
      std::vector<std::uint32_t> depths(at.reader.read_u32() + std::size_t{1});
      for (std::uint32_t& depth : depths) depth = at.reader.read_u32();
      const std::size_t index = std::min<std::size_t>(take_i32(at.stack), depths.size() - 1);
      return branch(at, depths[index]);
    }
    case Opcode::kBrOnNull:
    case Opcode::kBrOnNonNull:
    case Opcode::kBrOnCast:
    case Opcode::kBrOnCastFail: return branch_on_reference(at, opcode);
    case Opcode::kReturn: return branch(at, static_cast<std::uint32_t>(at.labels.size() - 1));
    case Opcode::kCall:
    case Opcode::kCallIndirect:
    case Opcode::kCallRef: call(at, callee(at, opcode), false); return true;
    case Opcode::kReturnCall:
    case Opcode::kReturnCallIndirect:
    case Opcode::kReturnCallRef: call(at, callee(at, opcode), true); return false;
    case Opcode::kThrow: throw_tag(at);
    case Opcode::kThrowRef: {
      const Word exception = take(at.stack);
      check(exception != 0, TrapKind::kNullReference);
      throw Thrown{exception};
    }
    case Opcode::kRethrow:
      throw Thrown{at.labels[at.labels.size() - 1 - at.reader.read_u32()].caught};
    default: throw TrapKind::kUnreachable;
  }
}

bool Reference::branch_on_reference(Activation& at, Opcode opcode) {
  if (opcode == Opcode::kBrOnNull || opcode == Opcode::kBrOnNonNull) {
    const std::uint32_t depth = at.reader.read_u32();
    const bool is_null = at.stack.back() == 0;
    if (is_null) at.stack.pop_back();
    return is_null != (opcode == Opcode::kBrOnNull) || branch(at, depth);
  }
  const CastBranch cast = at.reader.read_cast_branch();
  const bool succeeds = is_of(at.stack.back(), cast.to);
  return succeeds != (opcode == Opcode::kBrOnCast) || branch(at, cast.label.value());
}

}  // namespace doppel::bytecode
