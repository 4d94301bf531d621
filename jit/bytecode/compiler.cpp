// SPDX-License-Identifier: Apache-2.0
// The compiler of WebAssembly functions, and what the shared object exports.
#include <llvm/IR/Verifier.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "bytecode/interp/compiler.h"
#include "jit/bytecode/function_lowering.h"
#include "jit/engine/engine.h"

namespace doppel::jit {

namespace {

using bytecode::interp::CompiledFunction;

class Compiler : public bytecode::interp::FunctionCompiler {
 public:
  Compiler(const bytecode::interp::CompilerHost& host, std::unique_ptr<Engine> engine)
      : host_(host), engine_(std::move(engine)) {}

  Result<std::optional<CompiledFunction>> compile(
      const bytecode::interp::FunctionToCompile& function) override {
    const std::string name = "f" + std::to_string(compiled_++);
    llvm::orc::ThreadSafeModule module = engine_->new_module(name);
    const bool lowered = module.withModuleDo([&](llvm::Module& inner) {
      FunctionLowering lowering(function, host_, inner, name);
      return lowering.run() && !llvm::verifyModule(inner, &llvm::errs());
    });
    if (!lowered) return std::nullopt;
    DOPPEL_TRY(engine_->add(std::move(module)));
    return CompiledFunction{DOPPEL_TRY(engine_->find(name)),
                            reinterpret_cast<bytecode::interp::EnterCompiled>(
                                DOPPEL_TRY(engine_->find(name + "_enter")))};
  }

 private:
  const bytecode::interp::CompilerHost& host_;
  std::unique_ptr<Engine> engine_;
  std::size_t compiled_ = 0;
};

}  // namespace

/// Null if LLVM cannot compile for this host.
extern "C" __attribute__((visibility("default"))) bytecode::interp::FunctionCompiler*
doppel_make_compiler(const bytecode::interp::CompilerHost& host) {
  auto engine = Engine::create({host.add_code, host.remove_code});
  if (!engine) return nullptr;
  return new Compiler(host, std::move(*engine));
}

}  // namespace doppel::jit
