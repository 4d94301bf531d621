// SPDX-License-Identifier: Apache-2.0
#include "jit/bytecode/host_symbols.h"

#include "bytecode/interp/code_symbols.h"

namespace doppel::jit {

HostSymbols::HostSymbols(const bytecode::interp::CompilerHost& host)
    : host_(host), addresses_(bytecode::interp::code_symbols(host)) {
  for (const auto& [name, address] : addresses_) names_.emplace(address, &name);
}

llvm::Constant* HostSymbols::function(llvm::Module& module, const void* address,
                                      llvm::FunctionType* type) const {
  return outside_function(module, *names_.at(address), type);
}

llvm::Constant* HostSymbols::address(llvm::Module& module, const void* address) const {
  return outside_data(module, *names_.at(address));
}

llvm::Constant* outside_data(llvm::Module& module, llvm::StringRef name) {
  return module.getOrInsertGlobal(name, llvm::Type::getInt8Ty(module.getContext()));
}

llvm::Function* outside_function(llvm::Module& module, llvm::StringRef name,
                                 llvm::FunctionType* type) {
  if (llvm::Function* declared = module.getFunction(name)) return declared;
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
  function->addFnAttr(llvm::Attribute::NonLazyBind);
  return function;
}

}  // namespace doppel::jit
