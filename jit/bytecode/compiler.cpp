// SPDX-License-Identifier: Apache-2.0
// The compiler of WebAssembly functions, and what the shared object exports.
#include <llvm/IR/Verifier.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "bytecode/interp/compiler.h"
#include "jit/bytecode/function_lowering.h"
#include "jit/engine/engine.h"

namespace doppel::jit {

namespace {

class Compiler : public bytecode::interp::FunctionCompiler {
 public:
  Compiler(const bytecode::interp::CompilerHost& host, std::unique_ptr<Engine> engine)
      : host_(host), engine_(std::move(engine)) {}

  Result<bool> compile(const bytecode::interp::FunctionToCompile& function) override {
    const std::string name = "f" + std::to_string(compiled_++);
    llvm::orc::ThreadSafeModule module = engine_->new_module(name);
    std::vector<EntryPoint> entries;
    const bool lowered = module.withModuleDo([&](llvm::Module& inner) {
      FunctionLowering lowering(function, host_, inner, name);
      if (!lowering.run()) return false;
      entries = lowering.entry_points();
      return !llvm::verifyModule(inner, &llvm::errs());
    });
    if (!lowered) return false;
    DOPPEL_TRY(engine_->add(std::move(module)));
    for (const EntryPoint& entry : entries) {
      function.cells[entry.cell].handler =
          reinterpret_cast<bytecode::interp::Handler>(DOPPEL_TRY(engine_->find(entry.stub)));
    }
    return true;
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
