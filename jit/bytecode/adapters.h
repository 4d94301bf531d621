// SPDX-License-Identifier: Apache-2.0
// Small functions between bodies and the interpreter, which move parameters and results between
// registers and slots.
#pragma once

#include <llvm/IR/Module.h>

#include <string>

#include "bytecode/interp/compiler.h"
#include "jit/bytecode/convention.h"

namespace doppel::jit {

/// What the interpreter enters a body by (interp::EnterCompiled). A body that begins at a loop
/// takes no parameters: they are in its frame.
void make_enter(llvm::Function& body, Registers taken, const Convention& convention,
                const std::string& name, const bytecode::FuncType& type, bool at_loop);

/// Stands for the body of a function that has none: has the interpreter execute the call, by the
/// handler `special`, whose cell is the one before that of the return in the header. One for each
/// kind of call and type in a module.
llvm::Function* thunk(llvm::Module& module, const Convention& convention,
                      const bytecode::interp::CompilerHost& host, bytecode::interp::Special special,
                      const bytecode::FuncType& type);

}  // namespace doppel::jit
