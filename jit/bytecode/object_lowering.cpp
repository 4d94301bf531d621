// SPDX-License-Identifier: Apache-2.0
// Instructions on structs, arrays and references: accesses, tests and casts. What works on many
// elements is the runtime's (interp/slow_objects.h).
#include <algorithm>

#include "bytecode/gc/object.h"
#include "bytecode/gc/runtime_type.h"
#include "bytecode/interp/casts.h"
#include "bytecode/runtime/function.h"
#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::CastTarget;
using bytecode::interp::Context;
using bytecode::interp::Optimization;
using bytecode::interp::Special;
using gc::Object;
using gc::Storage;

namespace {

bool admits_null(ValType type) { return !type.is_ref() || type.ref().nullable; }

}  // namespace

/// Lowers an instruction of garbage collection that is no branch.
bool FunctionLowering::object(Opcode opcode) {
  switch (opcode) {
    case Opcode::kRefEq: {
      llvm::Value* y = pop();
      push(ir_.CreateZExt(ir_.CreateICmpEQ(pop(), y), ir_.getInt32Ty()), kI32);
      return true;
    }
    case Opcode::kAnyConvertExtern:
    case Opcode::kExternConvertAny: {  // any and extern are represented in one way
      const HeapKind to = opcode == Opcode::kAnyConvertExtern ? HeapKind::kAny : HeapKind::kExtern;
      stack_.back().type = RefType{to, admits_null(stack_.back().type)};
      return true;
    }
    case Opcode::kRefI31: {
      llvm::Value* bits = ir_.CreateOr(ir_.CreateShl(pop(), 1), 1);
      push(ir_.CreateZExt(bits, ir_.getInt64Ty()), RefType{HeapKind::kI31, false});
      return true;
    }
    case Opcode::kI31GetS:
    case Opcode::kI31GetU: {
      llvm::Value* bits = ir_.CreateTrunc(pop_object(), ir_.getInt32Ty());
      push(opcode == Opcode::kI31GetS ? ir_.CreateAShr(bits, 1) : ir_.CreateLShr(bits, 1), kI32);
      return true;
    }
    case Opcode::kRefTest:
    case Opcode::kRefTestNull: {
      const RefType type{reader_.read_heap_type(), opcode == Opcode::kRefTestNull};
      const ValType from = stack_.back().type;
      llvm::Value* reference = pop();
      push(ir_.CreateZExt(matches(reference, from, type), ir_.getInt32Ty()), kI32);
      return true;
    }
    case Opcode::kRefCast:
    case Opcode::kRefCastNull: {
      const RefType type{reader_.read_heap_type(), opcode == Opcode::kRefCastNull};
      const ValType from = stack_.back().type;
      llvm::Value* reference = pop();
      builder_.guard_fails({matches(reference, from, type)}, trap_code(TrapKind::kCastFailure));
      push(reference, type);
      return true;
    }
    case Opcode::kStructGet:
    case Opcode::kStructGetS:
    case Opcode::kStructGetU:
    case Opcode::kStructSet: struct_access(opcode); return true;
    case Opcode::kArrayGet:
    case Opcode::kArrayGetS:
    case Opcode::kArrayGetU:
    case Opcode::kArraySet: array_access(opcode); return true;
    case Opcode::kArrayLen: push(array_length(pop_object()), kI32); return true;
    case Opcode::kArrayFill: return runtime(opcode, Special::kArrayFill, 4, {});
    case Opcode::kArrayCopy: return runtime(opcode, Special::kArrayCopy, 5, {});
    case Opcode::kArrayInitData: return runtime(opcode, Special::kArrayInitData, 4, {});
    case Opcode::kArrayInitElem: return runtime(opcode, Special::kArrayInitElem, 4, {});
    default: return new_object(opcode);
  }
}

// Accesses.

/// A reference that is not null, or a trap.
llvm::Value* FunctionLowering::pop_object() {
  const ValType type = stack_.back().type;
  llvm::Value* reference = pop();
  if (admits_null(type)) {
    builder_.guard_fails({ir_.CreateIsNotNull(reference)}, trap_code(TrapKind::kNullReference));
  }
  return reference;
}

llvm::Value* FunctionLowering::in_object(llvm::Value* reference, std::uint64_t offset) {
  return field(ir_.CreateIntToPtr(reference, ir_.getPtrTy()), offset);
}

llvm::Value* FunctionLowering::array_length(llvm::Value* array) {
  return ir_.CreateLoad(ir_.getInt32Ty(), in_object(array, offsetof(Object, length)));
}

/// What a field of that type and storage is in memory.
llvm::Type* FunctionLowering::stored_type(const FieldType& declared) {
  switch (declared.packing) {
    case Packing::kI8: return ir_.getInt8Ty();
    case Packing::kI16: return ir_.getInt16Ty();
    default: return type_of(declared.type);
  }
}

namespace {

llvm::Align alignment_of(Storage storage) {
  return llvm::Align(std::min(width(storage), gc::kObjectAlignment));
}

}  // namespace

void FunctionLowering::push_field(llvm::Value* at, const FieldType& declared, Storage storage,
                                  bool is_signed) {
  llvm::Value* value = ir_.CreateAlignedLoad(stored_type(declared), at, alignment_of(storage));
  if (declared.packing != Packing::kNone) {
    value = is_signed ? ir_.CreateSExt(value, ir_.getInt32Ty())
                      : ir_.CreateZExt(value, ir_.getInt32Ty());
  }
  push(value, declared.type);
}

/// Writes a field of an object that nobody knows yet, without barriers.
void FunctionLowering::initialize_field(llvm::Value* at, llvm::Value* value,
                                        const FieldType& declared, Storage storage) {
  if (declared.packing != Packing::kNone) value = ir_.CreateTrunc(value, stored_type(declared));
  ir_.CreateAlignedStore(value, at, alignment_of(storage));
}

/// Writes a field between the heap's barriers (gc/heap.h), whose common cases are here.
void FunctionLowering::store_field(llvm::Value* at, llvm::Value* value, const FieldType& declared,
                                   Storage storage) {
  if (storage != Storage::kReference) return initialize_field(at, value, declared, storage);
  llvm::Value* heap = context_field(offsetof(Context, heap));
  const auto call_if = [&](llvm::Value* condition, const void* barrier) {
    auto* barred = new_block("barrier");
    auto* done = new_block("behind_barrier");
    ir_.CreateCondBr(condition, barred, done, unlikely());
    ir_.SetInsertPoint(barred);
    call_host(barrier, ir_.getVoidTy(), {heap, at});
    ir_.CreateBr(done);
    ir_.SetInsertPoint(done);
  };
  llvm::Value* marking = ir_.CreateLoad(ir_.getInt8Ty(), field(heap, host_.heap.is_marking));
  call_if(ir_.CreateIsNotNull(marking), reinterpret_cast<const void*>(host_.overwrites));
  initialize_field(at, value, declared, storage);
  llvm::Value* begin = ir_.CreateLoad(ir_.getInt64Ty(), field(heap, host_.heap.nursery_begin));
  llvm::Value* bytes = ir_.CreateLoad(ir_.getInt64Ty(), field(heap, host_.heap.nursery_bytes));
  llvm::Value* young = ir_.CreateICmpULT(ir_.CreateSub(value, begin), bytes);
  llvm::Value* place = ir_.CreatePtrToInt(at, ir_.getInt64Ty());
  llvm::Value* old = ir_.CreateICmpUGE(ir_.CreateSub(place, begin), bytes);
  call_if(ir_.CreateAnd(young, old), reinterpret_cast<const void*>(host_.wrote));
}

void FunctionLowering::struct_access(Opcode opcode) {
  const std::uint32_t type = reader_.read_u32();
  const std::uint32_t index = reader_.read_u32();
  const auto& [offset, storage] = function_.layouts[type].fields[index];
  const FieldType& declared = function_.module.types[type].composite.fields[index];
  if (opcode == Opcode::kStructSet) {
    llvm::Value* value = pop();
    store_field(in_object(pop_object(), offset), value, declared, storage);
  } else {
    push_field(in_object(pop_object(), offset), declared, storage, opcode == Opcode::kStructGetS);
  }
}

void FunctionLowering::array_access(Opcode opcode) {
  const std::uint32_t type = reader_.read_u32();
  const Storage storage = function_.layouts[type].fields.front().storage;
  const FieldType& declared = function_.module.types[type].composite.fields.front();
  llvm::Value* value = opcode == Opcode::kArraySet ? pop() : nullptr;
  llvm::Value* index = pop();
  llvm::Value* array = pop_object();
  builder_.guard_fails({ir_.CreateICmpULT(index, array_length(array))},
                       trap_code(TrapKind::kArrayOutOfBounds));
  llvm::Value* at = element_address(array, ir_.CreateZExt(index, ir_.getInt64Ty()), storage);
  if (value != nullptr) {
    store_field(at, value, declared, storage);
  } else {
    push_field(at, declared, storage, opcode == Opcode::kArrayGetS);
  }
}

llvm::Value* FunctionLowering::element_address(llvm::Value* array, llvm::Value* index,
                                               Storage storage) {
  return ir_.CreateInBoundsGEP(ir_.getInt8Ty(), in_object(array, gc::kHeaderBytes),
                               ir_.CreateMul(index, constant(width(storage)), "", true, true));
}

// Tests and casts.

/// Whether a reference of type `from` matches `to` (interp/casts.h).
llvm::Value* FunctionLowering::matches(llvm::Value* reference, ValType from, RefType to) {
  llvm::Value* if_null = ir_.getInt1(to.nullable);
  const CastTarget target = interp::cast_target(to.heap, function_.module);
  const auto unless_null = [&](llvm::Value* matches) {
    return admits_null(from) ? ir_.CreateSelect(ir_.CreateIsNull(reference), if_null, matches)
                             : matches;
  };
  const auto low_bits = [&](std::uint64_t mask) { return ir_.CreateAnd(reference, mask); };
  switch (target) {
    case CastTarget::kAnything: return unless_null(ir_.getTrue());
    case CastTarget::kNothing: return unless_null(ir_.getFalse());
    case CastTarget::kEq: return unless_null(ir_.CreateICmpNE(low_bits(3), constant(2)));
    case CastTarget::kI31: return unless_null(ir_.CreateIsNotNull(low_bits(1)));
    default: return matches_object(reference, from, to, target);
  }
}

/// The same for defined types and for what the runtime knows. What is of exactly the type, and any
/// type that has no subtypes, needs no call.
llvm::Value* FunctionLowering::matches_object(llvm::Value* reference, ValType from, RefType to,
                                              CastTarget target) {
  const std::uint32_t index = to.heap.is_defined() ? to.heap.index().value() : 0;
  auto* done = new_block("tested");
  std::vector<std::pair<llvm::Value*, llvm::BasicBlock*>> answers;
  const auto answer = [&](llvm::Value* value) {
    answers.emplace_back(value, ir_.GetInsertBlock());
  };
  const auto answer_if = [&](llvm::Value* condition, llvm::Value* value) {
    auto* otherwise = new_block("test");
    answer(value);
    ir_.CreateCondBr(condition, done, otherwise);
    ir_.SetInsertPoint(otherwise);
  };
  if (admits_null(from)) answer_if(ir_.CreateIsNull(reference), ir_.getInt1(to.nullable));
  llvm::Value* is_exactly = nullptr;
  const bool looks = uses(Optimization::kInlineCasts);
  if (looks && target == CastTarget::kObjectType) {
    answer_if(ir_.CreateIsNotNull(ir_.CreateAnd(reference, 3)), ir_.getFalse());
    is_exactly = ir_.CreateICmpEQ(
        ir_.CreateLoad(ir_.getInt32Ty(), in_object(reference, offsetof(Object, type))),
        type_id(index));
  } else if (looks && target == CastTarget::kFuncType) {
    llvm::Value* ids = context_field(offsetof(Context, type_ids));
    is_exactly = ir_.CreateICmpEQ(
        ir_.CreateLoad(ir_.getInt32Ty(), in_object(reference, offsetof(FunctionHead, type_id))),
        invariant(ir_.getInt32Ty(), ids, index * sizeof(std::uint32_t)));
  }
  if (is_exactly != nullptr && function_.module.types[index].is_final) {
    answer(is_exactly);
  } else {
    if (is_exactly != nullptr) answer_if(is_exactly, ir_.getTrue());
    answer(call_host(reinterpret_cast<const void*>(host_.matches), ir_.getInt1Ty(),
                     {ir_.getInt32(static_cast<std::uint32_t>(target)), instance_, reference,
                      ir_.getInt32(index)}));
  }
  ir_.CreateBr(done);
  ir_.SetInsertPoint(done);
  auto* result = ir_.CreatePHI(ir_.getInt1Ty(), static_cast<unsigned>(answers.size()));
  for (const auto& [value, block] : answers) result->addIncoming(value, block);
  return result;
}

/// The number in the store of the module's type.
llvm::Value* FunctionLowering::type_id(std::uint32_t type) {
  return invariant(ir_.getInt32Ty(), context_entry(offsetof(Context, types), type),
                   offsetof(gc::RuntimeType, id));
}

/// br_on_cast and br_on_cast_fail. The reference stays on both ways.
void FunctionLowering::br_on_cast(bool on_fail) {
  const CastBranch branch = reader_.read_cast_branch();
  const Variable reference = stack_.back();
  llvm::Value* matching = matches(get(reference), reference.type, branch.to);
  auto* taken = new_block("taken");
  auto* not_taken = new_block("not_taken");
  ir_.CreateCondBr(matching, on_fail ? not_taken : taken, on_fail ? taken : not_taken);
  ir_.SetInsertPoint(taken);
  jump(block(branch.label.value()));
  ir_.SetInsertPoint(not_taken);
  if (on_fail) stack_.back().type = branch.to;
}

}  // namespace doppel::jit
