// SPDX-License-Identifier: Apache-2.0
// The compiled tier, in a shared object of its own that is opened when it is wanted.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "bytecode/interp/compiler.h"
#include "core/result.h"

namespace doppel::bytecode::interp {

/// Whether it is installed.
bool has_compiler();

/// A new compiler for this host, which is kept as long as the process runs. It lies beside the
/// shared library that this code is in, or in ../lib/ of the program, where builds and
/// installations put it; else where the loader looks for libraries. Fails with kUnsupported.
Result<FunctionCompiler*> open_compiler(const CompilerSettings& settings = {});
/// Its file; a bare name where it is not installed.
const std::string& compiler_path();

/// A compiler that is opened when something is to be compiled, so that nobody waits for it whose
/// code is there already. Any thread.
class CompilerOnDemand : public FunctionCompiler {
 public:
  explicit CompilerOnDemand(const CompilerSettings& settings) : settings_(settings) {}

  /// What it stands for. Fails with kUnsupported, the next time too.
  Result<FunctionCompiler*> open();

  Result<std::optional<CompiledFunction>> compile(const FunctionToCompile& function) override;
  Result<Explanation> explain(const FunctionToCompile& function) override;
  FaultPlace fault_at(std::uintptr_t pc) override;
  [[nodiscard]] Counts counts() const override;

 private:
  const CompilerSettings settings_;
  std::once_flag once_;
  Result<FunctionCompiler*> result_ = nullptr;
  std::atomic<FunctionCompiler*> opened_ = nullptr;  ///< null until it is open
};

}  // namespace doppel::bytecode::interp
