// SPDX-License-Identifier: Apache-2.0
// Small functions between bodies and the interpreter, which move parameters and results between
// registers and slots.
#pragma once

#include <llvm/IR/Module.h>

#include <map>
#include <string>

#include "bytecode/isa/types.h"
#include "jit/bytecode/convention.h"
#include "jit/bytecode/host_symbols.h"

namespace doppel::jit {

/// What the interpreter enters a body by (interp::EnterCompiled). A body that begins at a loop
/// takes no parameters: they are in its frame.
void make_enter(llvm::Function& body, Registers taken, const Convention& convention,
                const std::string& name, const bytecode::FuncType& type, bool at_loop);

/// A thunk stands for the body of any function of a type that has none: it has the interpreter
/// execute the call, whose cell is the one before that of the return in the header.
struct Thunk {
  bool imported = false;  ///< it stands for imported functions
  bytecode::FuncType type;
};

/// The thunks that code refers to, by names that say all that one depends on.
class Thunks {
 public:
  /// What calls of imported functions of the type go to: a body in all but its name.
  llvm::Function* of_import(llvm::Module& module, const bytecode::FuncType& type);
  /// Notes a direct call of a defined function, for which there must be a thunk.
  void note_call(bytecode::FuncIndex callee, const bytecode::FuncType& type);

  /// All of them.
  [[nodiscard]] const std::map<std::string, Thunk>& wanted() const { return wanted_; }
  /// The functions called directly, with their thunks' names.
  [[nodiscard]] const std::map<bytecode::FuncIndex, std::string>& calls() const { return calls_; }

 private:
  std::string want(bool imported, const bytecode::FuncType& type);

  std::map<std::string, Thunk> wanted_;
  std::map<bytecode::FuncIndex, std::string> calls_;
};

/// Emits a thunk.
void make_thunk(llvm::Module& module, const HostSymbols& symbols, const std::string& name,
                const Thunk& thunk);

}  // namespace doppel::jit
