// SPDX-License-Identifier: Apache-2.0
// The driver of validation, and numeric, parametric and variable instructions.
#include "bytecode/validate/function_validator.h"

#include <fmt/format.h>

#include <algorithm>

#include "bytecode/binary/names.h"
#include "bytecode/isa/limits.h"

namespace doppel::bytecode {
namespace {

constexpr ValType val_type(OperandKind kind) {
  static_assert(static_cast<int>(OperandKind::kV128) == static_cast<int>(ValKind::kV128));
  return ValType(static_cast<ValKind>(kind));
}

bool is_constant(Opcode opcode, Features features) {
  switch (opcode) {
    case Opcode::kEnd:
    case Opcode::kI32Const:
    case Opcode::kI64Const:
    case Opcode::kF32Const:
    case Opcode::kF64Const:
    case Opcode::kV128Const:
    case Opcode::kGlobalGet:
    case Opcode::kRefNull:
    case Opcode::kRefFunc:
    case Opcode::kStructNew:
    case Opcode::kStructNewDefault:
    case Opcode::kArrayNew:
    case Opcode::kArrayNewDefault:
    case Opcode::kArrayNewFixed:
    case Opcode::kRefI31:
    case Opcode::kAnyConvertExtern:
    case Opcode::kExternConvertAny: return true;
    case Opcode::kI32Add:
    case Opcode::kI32Sub:
    case Opcode::kI32Mul:
    case Opcode::kI64Add:
    case Opcode::kI64Sub:
    case Opcode::kI64Mul: return features.has(Feature::kExtendedConst);
    default: return false;
  }
}

}  // namespace

FunctionValidator::FunctionValidator(ValidationContext& context)
    : context_(context), module_(context.module), reader_(module_.bytes, {}, context.features) {}

Result<void> FunctionValidator::check_body(FuncIndex function) {
  const FuncBody& body = module_.body(function);
  const FuncType& type = module_.func_type(function);
  locals_ = type.params;
  is_initialized_.clear();
  initialized_.clear();
  is_constant_ = false;
  begin(body.code, {&type, {}, false});
  if (type.params.size() + body.local_count > limits::kLocals) {
    fail(fmt::format("{} parameters and locals", type.params.size() + body.local_count),
         fmt::format("at most {}", limits::kLocals), ErrorKind::kLimit);
  }
  for (const LocalRun& run : body.locals) {
    if (!context_.exists(run.type))
      fail(fmt::format("a local of type {}", to_string(run.type)), "a type of the module");
    if (!run.type.is_defaultable()) {
      is_initialized_.resize(type.params.size() + body.local_count, true);
      std::fill_n(is_initialized_.begin() + static_cast<std::ptrdiff_t>(locals_.size()), run.count,
                  false);
    }
    locals_.insert(locals_.end(), run.count, run.type);
  }
  run();
  return reader_.failed() ? finish(describe_function(module_, function)) : Result<void>();
}

Result<void> FunctionValidator::check_constant(ConstExpr expr, ValType type,
                                               std::uint32_t visible_globals,
                                               std::string_view place) {
  locals_.clear();
  is_initialized_.clear();
  initialized_.clear();
  is_constant_ = true;
  visible_globals_ = visible_globals;
  begin(expr.code, {nullptr, type, true});
  run();
  return reader_.failed() ? finish(place) : Result<void>();
}

Result<void> FunctionValidator::finish(std::string_view place) {
  const ReadFailure& failure = reader_.failure();
  return tl::unexpected(module_error(failure.kind, failure.offset, place, failure.detail));
}

void FunctionValidator::begin(ByteRange code, BlockSignature type) {
  reader_ = CodeReader(module_.bytes, code, context_.features);
  at_ = code.begin;
  operands_.clear();
  frames_.clear();
  push_frame(Opcode::kBlock, type);
}

void FunctionValidator::check_constant_opcode(Opcode opcode) {
  if (is_constant(opcode, context_.features)) return;
  fail(to_string(opcode), "a constant expression");
}

void FunctionValidator::local_get() {
  const std::uint32_t index = reader_.read_u32();
  if (index >= locals_.size()) [[unlikely]]
    return fail_index("local", index, locals_.size());
  if (!is_initialized_.empty() && !is_initialized_[index]) [[unlikely]] {
    return fail(fmt::format("local {} before it was set", index), "an initialized local");
  }
  push(locals_[index]);
}

void FunctionValidator::local_set(bool is_tee) {
  const std::uint32_t index = reader_.read_u32();
  if (index >= locals_.size()) [[unlikely]]
    return fail_index("local", index, locals_.size());
  pop(locals_[index]);
  if (is_tee) push(locals_[index]);
  if (!is_initialized_.empty() && !is_initialized_[index]) {
    is_initialized_[index] = true;
    initialized_.push_back(index);
  }
}

void FunctionValidator::check(Opcode opcode) {
  switch (opcode) {
    case Opcode::kLocalGet: return local_get();
    case Opcode::kLocalSet: return local_set(false);
    case Opcode::kLocalTee: return local_set(true);
    case Opcode::kI32Const: reader_.read_s32(); return push(kI32);
    case Opcode::kI64Const: reader_.read_s64(); return push(kI64);
    case Opcode::kF32Const: reader_.read_f32_bits(); return push(kF32);
    case Opcode::kF64Const: reader_.read_f64_bits(); return push(kF64);
    case Opcode::kGlobalGet: return global_get();
    case Opcode::kGlobalSet: return global_set();
    case Opcode::kDrop: pop_any(); return;
    case Opcode::kSelect: return select();
    case Opcode::kSelectTyped: return select_typed();

    case Opcode::kUnreachable: return set_unreachable();
    case Opcode::kBlock:
    case Opcode::kLoop:
    case Opcode::kTry: return block(opcode);
    case Opcode::kIf: return if_();
    case Opcode::kElse: return else_();
    case Opcode::kEnd: return end();
    case Opcode::kBr: return br();
    case Opcode::kBrIf: return br_if();
    case Opcode::kBrTable: return br_table();
    case Opcode::kReturn: return return_();
    case Opcode::kCall: return call(callee_of_call());
    case Opcode::kCallIndirect: return call(callee_of_call_indirect());
    case Opcode::kCallRef: return call(callee_of_call_ref());
    case Opcode::kReturnCall: return return_call(callee_of_call());
    case Opcode::kReturnCallIndirect: return return_call(callee_of_call_indirect());
    case Opcode::kReturnCallRef: return return_call(callee_of_call_ref());
    case Opcode::kThrow: return throw_();
    case Opcode::kThrowRef: return throw_ref();
    case Opcode::kTryTable: return try_table();
    case Opcode::kCatch:
    case Opcode::kCatchAll: return catch_(opcode);
    case Opcode::kRethrow: return rethrow();
    case Opcode::kDelegate: return delegate();

    case Opcode::kMemorySize:
    case Opcode::kMemoryGrow:
    case Opcode::kMemoryFill: return memory_whole(opcode);
    case Opcode::kMemoryCopy: return memory_copy();
    case Opcode::kMemoryInit: return memory_init(opcode);
    case Opcode::kDataDrop: return data_drop();
    case Opcode::kTableGet: return table_get();
    case Opcode::kTableSet: return table_set();
    case Opcode::kTableSize: return table_size();
    case Opcode::kTableGrow: return table_grow();
    case Opcode::kTableFill: return table_fill();
    case Opcode::kTableCopy: return table_copy();
    case Opcode::kTableInit: return table_init();
    case Opcode::kElemDrop: return elem_drop();

    case Opcode::kRefNull: return ref_null();
    case Opcode::kRefIsNull: return ref_is_null();
    case Opcode::kRefFunc: return ref_func();
    case Opcode::kRefEq: return ref_eq();
    case Opcode::kRefAsNonNull: return ref_as_non_null();
    case Opcode::kBrOnNull: return br_on_null();
    case Opcode::kBrOnNonNull: return br_on_non_null();
    case Opcode::kBrOnCast: return br_on_cast(false);
    case Opcode::kBrOnCastFail: return br_on_cast(true);
    case Opcode::kRefTest:
    case Opcode::kRefTestNull: return ref_test();
    case Opcode::kRefCast: return ref_cast(false);
    case Opcode::kRefCastNull: return ref_cast(true);
    case Opcode::kAnyConvertExtern: return convert_reference(HeapKind::kExtern, HeapKind::kAny);
    case Opcode::kExternConvertAny: return convert_reference(HeapKind::kAny, HeapKind::kExtern);
    case Opcode::kRefI31: pop(kI32); return push(RefType{HeapKind::kI31, false});
    case Opcode::kI31GetS:
    case Opcode::kI31GetU: pop(RefType{HeapKind::kI31, true}); return push(kI32);

    case Opcode::kStructNew: return struct_new(false);
    case Opcode::kStructNewDefault: return struct_new(true);
    case Opcode::kStructGet:
    case Opcode::kStructGetS:
    case Opcode::kStructGetU: return struct_get(opcode);
    case Opcode::kStructSet: return struct_set();
    case Opcode::kArrayNew: return array_new(false);
    case Opcode::kArrayNewDefault: return array_new(true);
    case Opcode::kArrayNewFixed: return array_new_fixed();
    case Opcode::kArrayNewData: return array_new_data();
    case Opcode::kArrayNewElem: return array_new_elem();
    case Opcode::kArrayGet:
    case Opcode::kArrayGetS:
    case Opcode::kArrayGetU: return array_get(opcode);
    case Opcode::kArraySet: return array_set();
    case Opcode::kArrayLen: pop(RefType{HeapKind::kArray, true}); return push(kI32);
    case Opcode::kArrayFill: return array_fill();
    case Opcode::kArrayCopy: return array_copy();
    case Opcode::kArrayInitData: return array_init_data();
    case Opcode::kArrayInitElem: return array_init_elem();

    default: return check_fixed(opcode);
  }
}

void FunctionValidator::run() {
  while (!frames_.empty()) {
    at_ = reader_.offset();
    const Opcode opcode = reader_.read_opcode();
    if (reader_.failed()) return;
    if (is_constant_) check_constant_opcode(opcode);
    check(opcode);
    if (operands_.size() > limits::kOperands) [[unlikely]] {
      fail(fmt::format("{} operands on the stack", operands_.size()),
           fmt::format("at most {}", limits::kOperands), ErrorKind::kLimit);
    }
    if (reader_.failed()) return;
  }
  at_ = reader_.offset();
  if (!reader_.at_end()) {
    fail(fmt::format("{} bytes after the final end", reader_.remaining()), "the end of the code",
         ErrorKind::kMalformed);
  }
}

/// Instructions whose stack type is all in the opcode table.
void FunctionValidator::check_fixed(Opcode opcode) {
  const OpcodeInfo& row = info(opcode);
  switch (row.immediates) {
    case Immediates::kNone: break;
    case Immediates::kMemArg: return memory_access(opcode);
    case Immediates::kMemArgLane: return memory_access_lane(opcode);
    case Immediates::kLane: lane(opcode); break;
    case Immediates::kShuffle: shuffle(); break;
    default: reader_.skip_immediates(opcode);
  }
  const Signature& signature = row.signature;
  for (unsigned i = signature.pops; i > 0; --i) pop(val_type(signature.types[i - 1]));
  for (unsigned i = 0; i < signature.pushes; ++i)
    push(val_type(signature.types[signature.pops + i]));
}

void FunctionValidator::global_get() {
  const std::uint32_t index = reader_.read_u32();
  const std::size_t visible = is_constant_ ? visible_globals_ : module_.globals.size();
  if (index >= visible) [[unlikely]]
    return fail_index("global", index, visible);
  const GlobalType& type = module_.globals[index].type;
  if (is_constant_ && type.is_mutable)
    return fail(fmt::format("mutable global {}", index), "a constant expression");
  push(type.type);
}

void FunctionValidator::global_set() {
  const std::uint32_t index = reader_.read_u32();
  if (index >= module_.globals.size()) [[unlikely]]
    return fail_index("global", index, module_.globals.size());
  const GlobalType& type = module_.globals[index].type;
  if (!type.is_mutable) [[unlikely]]
    return fail(fmt::format("immutable global {}", index), "a mutable one");
  pop(type.type);
}

void FunctionValidator::select() {
  pop(kI32);
  const ValType second = pop_any();
  const ValType first = pop_any();
  for (const ValType& type : {first, second}) {
    if (type.is_ref())
      return fail(fmt::format("operands of type {}", to_string(type)), "numbers or vectors");
  }
  if (first != second && !first.is_bottom() && !second.is_bottom()) {
    return fail(fmt::format("operands of types {} and {}", to_string(first), to_string(second)),
                "one type");
  }
  push(first.is_bottom() ? second : first);
}

void FunctionValidator::select_typed() {
  const std::uint32_t count = reader_.read_count("types");
  if (count != 1) return fail(fmt::format("{} types", count), "one");
  const ValType type = reader_.read_val_type();
  if (!context_.exists(type)) return fail(to_string(type), "a type of the module");
  pop(kI32);
  pop(type);
  pop(type);
  push(type);
}

void FunctionValidator::lane(Opcode opcode) {
  const unsigned lanes = 16U >> info(opcode).width_log2;
  const std::uint8_t lane = reader_.read_byte();
  if (lane >= lanes) fail(fmt::format("lane {}", lane), fmt::format("one of {}", lanes));
}

void FunctionValidator::shuffle() {
  constexpr unsigned kLanes = 32;
  for (const std::uint8_t lane : reader_.read_v128()) {
    if (lane >= kLanes) return fail(fmt::format("lane {}", lane), fmt::format("one of {}", kLanes));
  }
}

void FunctionValidator::pop_slowly(ValType expected) {
  if (operands_.size() == floor_) {
    if (!frames_.back().is_unreachable) fail_underflow(to_string(expected));
    return;
  }
  const ValType found = operands_.back();
  operands_.pop_back();
  if (!context_.matcher.matches(found, expected)) {
    fail(fmt::format("an operand of type {}", to_string(found)), to_string(expected));
  }
}

ValType FunctionValidator::pop_any() {
  if (operands_.size() == floor_) {
    if (!frames_.back().is_unreachable) fail_underflow("an operand");
    return {};
  }
  const ValType found = operands_.back();
  operands_.pop_back();
  return found;
}

RefType FunctionValidator::pop_ref() {
  const ValType found = pop_any();
  if (found.is_ref()) return found.ref();
  if (!found.is_bottom())
    fail(fmt::format("an operand of type {}", to_string(found)), "a reference");
  return {HeapKind::kBottom, false};
}

void FunctionValidator::set_unreachable() {
  operands_.resize(floor_);
  frames_.back().is_unreachable = true;
}

void FunctionValidator::fail(std::string_view found, std::string_view expected, ErrorKind kind) {
  reader_.fail(kind, at_, found_but_expected(found, expected));
}

void FunctionValidator::fail_index(const char* space, std::uint32_t index, std::size_t size) {
  fail(fmt::format("{} {}", space, index),
       size == 0 ? "an existing one, but there is none" : fmt::format("one of {}", size));
}

void FunctionValidator::fail_underflow(std::string_view expected) {
  fail("no operand on the stack of this block", expected);
}

}  // namespace doppel::bytecode
