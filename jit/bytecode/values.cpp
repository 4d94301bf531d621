// SPDX-License-Identifier: Apache-2.0
#include "jit/bytecode/values.h"

namespace doppel::jit {

using bytecode::ResultType;
using bytecode::ValKind;
using bytecode::ValType;

llvm::Type* Values::type_of(ValType type) {
  switch (type.kind()) {
    case ValKind::kI32: return ir_.getInt32Ty();
    case ValKind::kF32: return ir_.getFloatTy();
    case ValKind::kF64: return ir_.getDoubleTy();
    case ValKind::kV128: return llvm::FixedVectorType::get(ir_.getInt64Ty(), 2);
    default: return ir_.getInt64Ty();
  }
}

llvm::Value* Values::slot_address(llvm::Value* frame, std::uint32_t slot) {
  return ir_.CreateConstInBoundsGEP1_64(ir_.getInt64Ty(), frame, slot);
}

void Values::store_slot(llvm::Value* frame, std::uint32_t slot, llvm::Value* value, ValType type) {
  ir_.CreateAlignedStore(type.is_vector() ? value : to_word(value, type), slot_address(frame, slot),
                         llvm::Align(8));
}

llvm::Value* Values::load_slot(llvm::Value* frame, std::uint32_t slot, ValType type) {
  llvm::Type* as = type.is_vector() ? type_of(type) : ir_.getInt64Ty();
  llvm::Value* word = ir_.CreateAlignedLoad(as, slot_address(frame, slot), llvm::Align(8));
  return type.is_vector() ? word : from_word(word, type);
}

llvm::Value* Values::to_word(llvm::Value* value, ValType type) {
  if (type.kind() == ValKind::kF32) value = ir_.CreateBitCast(value, ir_.getInt32Ty());
  if (type.kind() == ValKind::kF64) return ir_.CreateBitCast(value, ir_.getInt64Ty());
  return ir_.CreateZExt(value, ir_.getInt64Ty());
}

llvm::Value* Values::from_word(llvm::Value* word, ValType type) {
  switch (type.kind()) {
    case ValKind::kI32: return ir_.CreateTrunc(word, ir_.getInt32Ty());
    case ValKind::kF32:
      return ir_.CreateBitCast(ir_.CreateTrunc(word, ir_.getInt32Ty()), ir_.getFloatTy());
    case ValKind::kF64: return ir_.CreateBitCast(word, ir_.getDoubleTy());
    default: return word;
  }
}

llvm::Value* Values::to_register(llvm::Value* value, ValType type) {
  // Of an i32 the lower half counts; a constant is shorter with its sign.
  if (const auto* number = llvm::dyn_cast<llvm::ConstantInt>(value))
    return ir_.getInt64(static_cast<std::uint64_t>(number->getSExtValue()));
  if (!Convention::is_in_vector(type)) return to_word(value, type);
  if (type.is_vector()) return ir_.CreateBitCast(value, convention_.vector);
  const unsigned lanes = type.kind() == ValKind::kF32 ? 4 : 2;
  auto* lanes_type = llvm::FixedVectorType::get(value->getType(), lanes);
  return ir_.CreateBitCast(
      ir_.CreateInsertElement(llvm::PoisonValue::get(lanes_type), value, std::uint64_t{0}),
      convention_.vector);
}

llvm::Value* Values::from_register(llvm::Value* carried, ValType type) {
  if (!Convention::is_in_vector(type)) return from_word(carried, type);
  if (type.is_vector()) return ir_.CreateBitCast(carried, type_of(type));
  const unsigned lanes = type.kind() == ValKind::kF32 ? 4 : 2;
  auto* lanes_type = llvm::FixedVectorType::get(type_of(type), lanes);
  return ir_.CreateExtractElement(ir_.CreateBitCast(carried, lanes_type), std::uint64_t{0});
}

llvm::CallInst* Values::call_body(const Callee& callee, llvm::Value* frame, llvm::Value* thread,
                                  std::span<llvm::Value* const> passed) {
  const ResultType& params = callee.type.params;
  llvm::FunctionType* type = convention_.body(callee.taken, callee.type.results);
  std::vector<llvm::Value*> arguments;
  arguments.reserve(type->getNumParams());
  for (llvm::Type* each : type->params()) arguments.push_back(llvm::PoisonValue::get(each));
  arguments[kFrame] = frame;
  arguments[kThread] = thread;
  const auto places = Convention::places_of(params);
  std::uint32_t slot = 0;
  for (std::size_t i = 0; i < passed.size(); ++i) {
    if (places[i]) {
      arguments[places[i]->argument(callee.taken)] = to_register(passed[i], params[i]);
    } else {
      store_slot(frame, slot, passed[i], params[i]);
    }
    slot += params[i].slots();
  }
  auto* call = ir_.CreateCall(type, callee.body, arguments);
  call->setCallingConv(Convention::kId);
  call->addParamAttr(kThread, llvm::Attribute::SwiftSelf);
  return call;
}

llvm::Value* Values::answer(const ResultType& results, llvm::Value* unwinds, llvm::Value* result) {
  llvm::Type* type = convention_.body({}, results)->getReturnType();
  llvm::Value* answer =
      ir_.CreateInsertValue(llvm::PoisonValue::get(type), unwinds, Convention::kUnwinds);
  if (result == nullptr) return answer;
  return ir_.CreateInsertValue(answer, to_register(result, results.front()), Convention::kResult);
}

}  // namespace doppel::jit
