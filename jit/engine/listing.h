// SPDX-License-Identifier: Apache-2.0
// Code in words: LLVM's form of it and the host's assembly, each line with its source line.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace doppel::jit {

/// One instruction or label.
struct ListedLine {
  std::uint32_t line = 0;  ///< source line; 0: none
  std::string text;
};

/// The instructions of a function, without what is attached to them.
std::vector<ListedLine> list_ir(const llvm::Function& function);

/// The assembly of one of the module's functions. Consumes the module: code generation changes it.
Result<std::vector<ListedLine>> list_assembly(llvm::Module& module, llvm::TargetMachine& machine,
                                              llvm::StringRef function);

}  // namespace doppel::jit
