// SPDX-License-Identifier: Apache-2.0
// struct.new and array.new. Where the nursery has room, small objects are made here; else the
// runtime makes them (interp/slow_objects.h), and may collect.
#include <algorithm>

#include "bytecode/gc/object.h"
#include "bytecode/gc/old_space.h"
#include "jit/bytecode/function_lowering.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::Context;
using bytecode::interp::Optimization;
using bytecode::interp::Special;

namespace {

/// Structs and arrays with more fields that are given one by one are made by the runtime.
constexpr std::size_t kMaxInlineFields = 64;

}  // namespace

/// What struct.new or array.new, in any form, is to make; reads the immediates.
FunctionLowering::NewObject FunctionLowering::read_new_object(Opcode opcode) {
  TrustedCodeReader reader = reader_;
  reader_.skip_immediates(opcode);
  NewObject object;
  object.type = reader.read_u32();
  const CompositeType& type = function_.module.types[object.type].composite;
  const gc::Layout& layout = function_.layouts[object.type];
  const auto operation = [&](Special special, std::size_t operands) {
    object.special = special;
    object.operands = operands;
  };
  switch (opcode) {
    case Opcode::kStructNew: operation(Special::kStructNew, layout.fields.size()); break;
    case Opcode::kStructNewDefault: operation(Special::kStructNewDefault, 0); break;
    case Opcode::kArrayNew: operation(Special::kArrayNew, 2); break;
    case Opcode::kArrayNewDefault: operation(Special::kArrayNewDefault, 1); break;
    case Opcode::kArrayNewFixed: operation(Special::kArrayNewFixed, reader.read_u32()); break;
    case Opcode::kArrayNewData: operation(Special::kArrayNewData, 2); break;
    default: operation(Special::kArrayNewElem, 2); break;
  }
  if (type.kind == CompositeKind::kStruct) {
    object.bytes = layout.size;
    object.fields = layout.fields;
    for (const FieldType& field : type.fields) object.declared.push_back(&field);
  } else if (opcode == Opcode::kArrayNewFixed) {
    object.length = static_cast<std::uint32_t>(object.operands);
    gc::Field element = layout.fields.front();
    for (std::size_t i = 0; i < std::min(object.operands, kMaxInlineFields + 1); ++i) {
      object.fields.push_back(element);
      element.offset += width(element.storage);
    }
    object.bytes = gc::align_object(element.offset);
    object.declared.assign(object.fields.size(), &type.fields.front());
  }
  return object;
}

/// struct.new and array.new. The way through the runtime is a safepoint, the other one is none.
bool FunctionLowering::new_object(Opcode opcode) {
  NewObject object = read_new_object(opcode);
  const auto cell = find_cell(object.special);
  if (!cell) return false;
  const auto first = stack_.end() - static_cast<std::ptrdiff_t>(object.operands);
  const std::vector<Variable> operands(first, stack_.end());
  for (const Variable& operand : operands) object.values.push_back(get(operand));
  stack_.erase(first, stack_.end());
  auto* slow = new_block("collects");
  auto* done = new_block("made");
  const ValType result = RefType{HeapType(TypeIndex{object.type}), false};
  const std::uint32_t slot = next_slot();
  llvm::AllocaInst* place = variable(result, slot);
  if (llvm::Value* made = make_inline(object, slow)) {
    ir_.CreateStore(made, place);
    ir_.CreateBr(done);
  } else {
    ir_.CreateBr(slow);
  }
  ir_.SetInsertPoint(slow);
  const std::vector<Variable> locals = locals_;
  for (std::size_t i = 0; i < operands.size(); ++i)
    store_slot(operands[i].slot, object.values[i], operands[i].type);
  spill_references();
  note_place(*cell);
  run_operation(object.special, *cell, slot);
  reload_references();
  locals_ = locals;  // in slots only on this way
  ir_.CreateStore(load_slot(slot, result), place);
  ir_.CreateBr(done);
  ir_.SetInsertPoint(done);
  stack_.push_back({result, slot, place});
  return true;
}

/// The object, made in the nursery, or a jump to `slow` if that has no room; null if it is not made
/// here at all.
llvm::Value* FunctionLowering::make_inline(const NewObject& object, llvm::BasicBlock* slow) {
  if (!uses(Optimization::kInlineObjects)) return nullptr;
  if (object.special == Special::kArrayNew || object.special == Special::kArrayNewDefault)
    return make_array(object, slow);
  if (object.bytes == 0 || object.bytes > gc::OldSpace::kMaxSmallBytes ||
      object.fields.size() > kMaxInlineFields) {
    return nullptr;
  }
  llvm::Value* made = take_room(object.type, constant(object.bytes), constant(object.length), slow);
  for (std::size_t i = 0; i < object.fields.size(); ++i) {
    const auto& [offset, storage] = object.fields[i];
    const FieldType& declared = *object.declared[i];
    llvm::Value* value = object.values.empty()
                             ? llvm::Constant::getNullValue(type_of(declared.type))
                             : object.values[i];
    initialize_field(in_object(made, offset), value, declared, storage);
  }
  return made;
}

/// The same for an array of equal elements, whose length is the last operand.
llvm::Value* FunctionLowering::make_array(const NewObject& object, llvm::BasicBlock* slow) {
  const gc::Storage storage = function_.layouts[object.type].fields.front().storage;
  const FieldType& declared = function_.module.types[object.type].composite.fields.front();
  constexpr std::uint64_t kSpace = gc::OldSpace::kMaxSmallBytes - gc::kHeaderBytes;
  llvm::Value* length = ir_.CreateZExt(object.values.back(), ir_.getInt64Ty());
  require(ir_.CreateICmpULE(length, constant(kSpace / width(storage))), slow);
  llvm::Value* end = ir_.CreateAdd(ir_.CreateMul(length, constant(width(storage))),
                                   constant(gc::kHeaderBytes + gc::kObjectAlignment - 1));
  llvm::Value* bytes = ir_.CreateAnd(end, ~std::uint64_t{gc::kObjectAlignment - 1});
  llvm::Value* array = take_room(object.type, bytes, length, slow);
  if (object.special == Special::kArrayNewDefault) {
    ir_.CreateMemSet(in_object(array, gc::kHeaderBytes), ir_.getInt8(0),
                     ir_.CreateSub(bytes, constant(gc::kHeaderBytes)),
                     llvm::MaybeAlign(gc::kObjectAlignment));
    return array;
  }
  auto* before = ir_.GetInsertBlock();
  auto* fill = new_block("fill");
  auto* filled = new_block("filled");
  ir_.CreateCondBr(ir_.CreateIsNull(length), filled, fill);
  ir_.SetInsertPoint(fill);
  auto* index = ir_.CreatePHI(ir_.getInt64Ty(), 2);
  initialize_field(element_address(array, index, storage), object.values.front(), declared,
                   storage);
  llvm::Value* next = ir_.CreateAdd(index, constant(1));
  index->addIncoming(constant(0), before);
  index->addIncoming(next, fill);
  ir_.CreateCondBr(ir_.CreateICmpEQ(next, length), filled, fill);
  ir_.SetInsertPoint(filled);
  return array;
}

/// Takes so many bytes of the nursery for an object and writes its header.
llvm::Value* FunctionLowering::take_room(std::uint32_t type, llvm::Value* bytes,
                                         llvm::Value* length, llvm::BasicBlock* slow) {
  llvm::Value* heap = context_field(offsetof(Context, heap));
  llvm::Value* next = ir_.CreateLoad(ir_.getInt64Ty(), field(heap, host_.heap.next));
  llvm::Value* end = ir_.CreateLoad(ir_.getInt64Ty(), field(heap, host_.heap.end));
  require(ir_.CreateICmpUGE(ir_.CreateSub(end, next), bytes), slow);
  ir_.CreateStore(ir_.CreateAdd(next, bytes), field(heap, host_.heap.next));
  llvm::Value* header =
      ir_.CreateOr(ir_.CreateZExt(type_id(type), ir_.getInt64Ty()), ir_.CreateShl(length, 32));
  ir_.CreateAlignedStore(header, in_object(next, 0), llvm::Align(gc::kObjectAlignment));
  return next;
}

/// Lets the collector know where this frame stands.
void FunctionLowering::note_place(std::uint32_t cell) {
  llvm::Value* place = field(thread(), host_.place);
  ir_.CreateStore(cell_address(cell), field(place, offsetof(interp::Place, pc)));
  ir_.CreateStore(frame(), field(place, offsetof(interp::Place, frame)));
  ir_.CreateStore(instance_, field(place, offsetof(interp::Place, context)));
}

/// Calls what carries out a cell's special operation, on operands that stand in slots from `slot`
/// on.
void FunctionLowering::run_operation(Special special, std::uint32_t cell, std::uint32_t slot) {
  const auto* operation =
      reinterpret_cast<const void*>(host_.operations[static_cast<std::size_t>(special)]);
  llvm::Value* trap =
      call_host(operation, ir_.getInt16Ty(), {instance_, cell_address(cell), slot_address(slot)});
  auto* fails = new_block("fails");
  auto* done = new_block("done");
  ir_.CreateCondBr(ir_.CreateIsNotNull(trap), fails, done, unlikely());
  ir_.SetInsertPoint(fails);
  trap_here(cell, ir_.CreateZExt(trap, ir_.getInt32Ty()));
  ir_.SetInsertPoint(done);
}

}  // namespace doppel::jit
