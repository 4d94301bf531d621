// SPDX-License-Identifier: Apache-2.0
// What of the host compiled code refers to: by names, so that the code can be kept
// (docs/design/code_cache.md).
#pragma once

#include <llvm/IR/Module.h>

#include <map>
#include <string>
#include <unordered_map>

#include "bytecode/interp/compiler.h"

namespace doppel::jit {

/// See the file comment. Addresses are those of bytecode/interp/code_symbols.h; no other may be
/// asked for.
class HostSymbols {
 public:
  using Addresses = std::map<std::string, const void*, std::less<>>;

  explicit HostSymbols(const bytecode::interp::CompilerHost& host);

  [[nodiscard]] const bytecode::interp::CompilerHost& host() const { return host_; }
  [[nodiscard]] const Addresses& addresses() const { return addresses_; }

  /// A function of the host's that code of the module calls, always as one of this type.
  llvm::Constant* function(llvm::Module& module, const void* address,
                           llvm::FunctionType* type) const;
  /// An address that it passes on.
  llvm::Constant* address(llvm::Module& module, const void* address) const;

 private:
  const bytecode::interp::CompilerHost host_;
  Addresses addresses_;
  std::unordered_map<const void*, const std::string*> names_;
};

/// What lies outside of the module under a name, and is neither its function nor near.
llvm::Constant* outside_data(llvm::Module& module, llvm::StringRef name);
/// The same of a function: it is called by its address, without a stub in between.
llvm::Function* outside_function(llvm::Module& module, llvm::StringRef name,
                                 llvm::FunctionType* type);

}  // namespace doppel::jit
