// SPDX-License-Identifier: Apache-2.0
// The compiler of WebAssembly functions, and what the shared object exports.
#include <llvm/IR/Verifier.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "bytecode/interp/compiler.h"
#include "jit/bytecode/function_lowering.h"
#include "jit/engine/engine.h"

namespace doppel::jit {

namespace {

using bytecode::interp::CompiledFunction;
using bytecode::interp::Effort;

class Compiler : public bytecode::interp::FunctionCompiler {
 public:
  Compiler(const bytecode::interp::CompilerHost& host, std::unique_ptr<Engine> engine)
      : host_(host), engine_(std::move(engine)) {}

  Result<std::optional<CompiledFunction>> compile(
      const bytecode::interp::FunctionToCompile& function) override {
    const std::scoped_lock compiling(one_at_a_time_);
    const std::string name = "f" + std::to_string(given_++);
    llvm::orc::ThreadSafeModule module = engine_->new_module(name);
    std::optional<Thunks> thunks;
    const bool lowered = module.withModuleDo([&](llvm::Module& inner) {
      thunks.emplace(inner, host_, thunks_);
      FunctionLowering lowering(function, host_, inner, *thunks, name, next_line_);
      return lowering.run() && !llvm::verifyModule(inner, &llvm::errs());
    });
    if (!lowered) {
      ++left_;
      return std::nullopt;
    }
    {
      const std::scoped_lock lock(mutex_);
      cells_[next_line_] = function.cells.data();
    }
    next_line_ += static_cast<std::uint32_t>(function.cells.size());
    DOPPEL_TRY(engine_->add(std::move(module), function.effort == Effort::kQuick));
    CompiledFunction made;
    if (!function.loop) made.body = DOPPEL_TRY(engine_->find(name));
    made.enter = reinterpret_cast<bytecode::interp::EnterCompiled>(
        DOPPEL_TRY(engine_->find(name + "_enter")));
    for (const std::string& thunk : thunks->made())
      thunks_[thunk] = DOPPEL_TRY(engine_->find(thunk));
    for (const auto& [callee, thunk] : thunks->calls())
      made.thunks.emplace_back(callee, thunks_.at(thunk));
    ++compiled_;
    return made;
  }

  [[nodiscard]] Counts counts() const override { return {compiled_, left_}; }

  const bytecode::interp::Cell* cell_at(std::uintptr_t pc) override {
    const std::uint32_t line = engine_->line_at(pc);
    const std::scoped_lock lock(mutex_);
    const auto after = cells_.upper_bound(line);
    if (line == 0 || after == cells_.begin()) return nullptr;
    const auto& [first, cells] = *std::prev(after);
    return cells + (line - first);
  }

 private:
  const bytecode::interp::CompilerHost& host_;
  std::unique_ptr<Engine> engine_;
  std::mutex one_at_a_time_;
  std::size_t given_ = 0;
  KnownThunks thunks_;
  std::atomic<std::size_t> compiled_ = 0;
  std::atomic<std::size_t> left_ = 0;
  std::mutex mutex_;
  std::uint32_t next_line_ = 1;
  std::map<std::uint32_t, const bytecode::interp::Cell*> cells_;  ///< under mutex_; by first line
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
