// SPDX-License-Identifier: Apache-2.0
#include "jit/bytecode/adapters.h"

#include <vector>

#include "jit/bytecode/values.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::Special;

void make_enter(llvm::Function& body, Registers taken, const Convention& convention,
                const std::string& name, const FuncType& type, bool at_loop) {
  auto* enter = llvm::Function::Create(convention.enter, llvm::Function::ExternalLinkage, name,
                                       body.getParent());
  llvm::IRBuilder<> ir(llvm::BasicBlock::Create(body.getContext(), "entry", enter));
  Values values(ir, convention);
  llvm::Value* frame = enter->getArg(kFrame);
  std::vector<llvm::Value*> passed;
  std::uint32_t slot = 0;
  for (const ValType param : type.params) {
    if (!at_loop) passed.push_back(values.load_slot(frame, slot, param));
    slot += param.slots();
  }
  llvm::CallInst* answer =
      values.call_body({&body, taken, type}, frame, enter->getArg(kThread), passed);
  answer->setIsNoInline();  // faults of the body are found by its lines, which this has none of
  llvm::Value* unwinds = ir.CreateExtractValue(answer, Convention::kUnwinds);
  if (type.results.size() == 1) {
    // An exception may have been delivered to the frame that ends here.
    auto* returns = llvm::BasicBlock::Create(body.getContext(), "returns", enter);
    auto* leaves = llvm::BasicBlock::Create(body.getContext(), "leaves", enter);
    ir.CreateCondBr(ir.CreateIsNull(unwinds), returns, leaves);
    ir.SetInsertPoint(returns);
    const ValType result = type.results.front();
    values.store_slot(frame, 0, values.result_of(answer, result), result);
    ir.CreateBr(leaves);
    ir.SetInsertPoint(leaves);
  }
  ir.CreateRet(ir.CreateTrunc(unwinds, ir.getInt8Ty()));
}

namespace {

/// All that a thunk depends on.
std::string thunk_name(bool imported, const FuncType& type) {
  std::string name = imported ? "import" : "call";
  for (const ResultType* types : {&type.params, &type.results}) {
    name += '.';
    for (const ValType each : *types)
      name += std::to_string(static_cast<unsigned>(each.kind())) + ',';
  }
  return name;
}

}  // namespace

std::string Thunks::want(bool imported, const FuncType& type) {
  std::string name = thunk_name(imported, type);
  wanted_.try_emplace(name, Thunk{imported, type});
  return name;
}

llvm::Function* Thunks::of_import(llvm::Module& module, const FuncType& type) {
  const Convention convention(module.getContext());
  auto* thunk =
      outside_function(module, want(true, type),
                       convention.body(Convention::registers_of(type.params), type.results));
  thunk->setCallingConv(Convention::kId);
  thunk->addParamAttr(kThread, llvm::Attribute::SwiftSelf);
  return thunk;
}

void Thunks::note_call(FuncIndex callee, const FuncType& type) {
  calls_.try_emplace(callee, want(false, type));
}

void make_thunk(llvm::Module& module, const HostSymbols& symbols, const std::string& name,
                const Thunk& wanted) {
  const FuncType& type = wanted.type;
  const interp::CompilerHost& host = symbols.host();
  const Special special = wanted.imported ? Special::kCallImport : Special::kCall;
  const Convention convention(module.getContext());
  const Registers taken = Convention::registers_of(type.params);
  auto* thunk = llvm::Function::Create(convention.body(taken, type.results),
                                       llvm::Function::ExternalLinkage, name, module);
  thunk->setCallingConv(Convention::kId);
  thunk->addParamAttr(kThread, llvm::Attribute::SwiftSelf);
  llvm::IRBuilder<> ir(llvm::BasicBlock::Create(module.getContext(), "entry", thunk));
  Values values(ir, convention);
  llvm::Value* frame = thunk->getArg(kFrame);
  llvm::Value* thread = thunk->getArg(kThread);
  const auto places = Convention::places_of(type.params);
  std::uint32_t slot = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const ValType param = type.params[i];
    if (places[i])
      values.store_slot(frame, slot,
                        values.from_register(thunk->getArg(places[i]->argument(taken)), param),
                        param);
    slot += param.slots();
  }
  const auto load = [&](llvm::Value* from, std::size_t bytes) {
    return ir.CreateLoad(ir.getPtrTy(), ir.CreateConstInBoundsGEP1_64(ir.getInt8Ty(), from, bytes));
  };
  const auto header = [&](std::uint32_t at) {
    return load(frame, (slot + at) * sizeof(std::uint64_t));
  };
  llvm::Value* cell =
      ir.CreateConstInBoundsGEP1_64(ir.getInt8Ty(), header(interp::kHeaderReturnPc),
                                    -static_cast<std::int64_t>(sizeof(interp::Cell)));
  const std::vector<llvm::Value*> arguments{
      thread,
      symbols.address(module, reinterpret_cast<const void*>(host.handlers->special(special))),
      cell,
      header(interp::kHeaderCallerFrame),
      load(thread, host.compiled_context),
      ir.getInt64(0)};
  std::vector<llvm::Type*> types;
  types.reserve(arguments.size());
  for (llvm::Value* argument : arguments) types.push_back(argument->getType());
  auto* step = llvm::FunctionType::get(ir.getInt1Ty(), types, false);
  llvm::Value* unwinds = ir.CreateCall(
      step, symbols.function(module, reinterpret_cast<const void*>(host.step), step), arguments);
  unwinds = ir.CreateZExt(unwinds, ir.getInt64Ty());
  llvm::Value* result =
      type.results.size() == 1 ? values.load_slot(frame, 0, type.results.front()) : nullptr;
  ir.CreateRet(values.answer(type.results, unwinds, result));
}

}  // namespace doppel::jit
