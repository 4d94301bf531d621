// SPDX-License-Identifier: Apache-2.0
// Code generation: a module becomes machine code or assembly in which each volatile access has the
// source line that it has in the module. Debug locations alone get lost on the way, where loads are
// extended, narrowed or folded into other instructions.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Support/CodeGen.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

namespace doppel::jit {

/// Writes the module's code, which is changed on the way. False if LLVM cannot for this target.
bool emit(llvm::Module& module, llvm::TargetMachine& machine, llvm::raw_pwrite_stream& out,
          llvm::CodeGenFileType form);

}  // namespace doppel::jit
