// SPDX-License-Identifier: Apache-2.0
// Small functions between bodies and the interpreter, which move parameters and results between
// registers and slots.
#pragma once

#include <llvm/IR/Module.h>

#include <map>
#include <string>
#include <vector>

#include "bytecode/interp/compiler.h"
#include "jit/bytecode/convention.h"

namespace doppel::jit {

/// What the interpreter enters a body by (interp::EnterCompiled). A body that begins at a loop
/// takes no parameters: they are in its frame.
void make_enter(llvm::Function& body, Registers taken, const Convention& convention,
                const std::string& name, const bytecode::FuncType& type, bool at_loop);

/// Thunks, by their names. One stands for the body of any function of a type that has none: it has
/// the interpreter execute the call, whose cell is the one before that of the return in the header.
using KnownThunks = std::map<std::string, bytecode::interp::CompiledBody>;

/// The thunks that the code of one module of LLVM's wants.
class Thunks {
 public:
  /// `known` are those that there are already.
  Thunks(llvm::Module& module, const bytecode::interp::CompilerHost& host, const KnownThunks& known)
      : module_(module), convention_(module.getContext()), host_(host), known_(known) {}

  /// What calls of imported functions of the type go to: a body in all but its address.
  llvm::Constant* of_import(const bytecode::FuncType& type) { return find(true, type).second; }
  /// Notes a direct call of a defined function, for which there must be a thunk.
  void note_call(bytecode::FuncIndex callee, const bytecode::FuncType& type) {
    calls_.try_emplace(callee, find(false, type).first);
  }

  /// The names of those made here.
  [[nodiscard]] const std::vector<std::string>& made() const { return made_; }
  /// The functions called directly, with their thunks' names.
  [[nodiscard]] const std::map<bytecode::FuncIndex, std::string>& calls() const { return calls_; }

 private:
  std::pair<std::string, llvm::Constant*> find(bool imported, const bytecode::FuncType& type);
  llvm::Function* make(const std::string& name, bool imported, const bytecode::FuncType& type);

  llvm::Module& module_;
  Convention convention_;
  const bytecode::interp::CompilerHost& host_;
  const KnownThunks& known_;
  std::vector<std::string> made_;
  std::map<bytecode::FuncIndex, std::string> calls_;
};

}  // namespace doppel::jit
