// SPDX-License-Identifier: Apache-2.0
// The compiler of WebAssembly functions, and what the shared object exports.
#include <llvm/IR/Verifier.h>

#include <atomic>
#include <chrono>
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
#include "jit/engine/profile.h"

namespace doppel::jit {

namespace {

using bytecode::interp::CompiledFunction;
using bytecode::interp::CompilerSettings;
using bytecode::interp::Effort;
using bytecode::interp::Explanation;
using bytecode::interp::Optimization;
using bytecode::interp::Profile;

class Compiler : public bytecode::interp::FunctionCompiler {
 public:
  Compiler(const bytecode::interp::CompilerHost& host, std::unique_ptr<Engine> engine)
      : host_(host), engine_(std::move(engine)) {}

  Result<std::optional<CompiledFunction>> compile(
      const bytecode::interp::FunctionToCompile& function) override {
    const std::scoped_lock compiling(one_at_a_time_);
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t bytes_before = engine_->code_bytes();
    const std::string name = symbol_of(function);
    llvm::orc::ThreadSafeModule module = engine_->new_module(name);
    std::optional<Thunks> thunks;
    const bool lowered = module.withModuleDo([&](llvm::Module& inner) {
      thunks.emplace(inner, host_, thunks_);
      FunctionLowering lowering(function, host_, inner, *thunks, name, next_line_);
      return lowering.run() && !llvm::verifyModule(inner, &llvm::errs());
    });
    if (!lowered) {
      if (!function.loop) ++left_;
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
    made.bytes = engine_->code_bytes() - bytes_before;
    made.time = std::chrono::steady_clock::now() - begin;
    ++compiled_;
    return made;
  }

  Result<Explanation> explain(const bytecode::interp::FunctionToCompile& function) override {
    const std::scoped_lock compiling(one_at_a_time_);
    bytecode::interp::CompilerHost host = host_;
    host.settings.explains = true;
    const std::string name = symbol_of(function);
    llvm::orc::ThreadSafeModule module = engine_->new_module(name);
    const bool lowered = module.withModuleDo([&](llvm::Module& inner) {
      Thunks thunks(inner, host, thunks_);
      return FunctionLowering(function, host, inner, thunks, name, 0).run();
    });
    if (!lowered) return fail(ErrorKind::kUnsupported, "the function is left to the interpreter");
    const Engine::Listing listing = DOPPEL_TRY(engine_->list(std::move(module), name));
    const auto by_offset = [](const std::vector<ListedLine>& lines) {
      std::vector<Explanation::Line> all;
      all.reserve(lines.size());
      for (const auto& [line, text] : lines) all.push_back({line, text});
      return all;
    };
    return Explanation{by_offset(listing.ir), by_offset(listing.assembly)};
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
  /// A name that is nobody else's, that LLVM knows nothing of and that tools can show.
  std::string symbol_of(const bytecode::interp::FunctionToCompile& function) {
    std::string symbol = "f" + std::to_string(given_++) + "::";
    constexpr std::size_t kMostShown = 200;
    for (const char letter : function.name.substr(0, kMostShown)) {
      const bool shown = static_cast<unsigned char>(letter) > ' ' && letter != '\x7f' &&
                         letter != '@' && letter != '"' && letter != '\\';
      symbol += shown ? letter : '_';
    }
    if (function.loop) symbol += "[loop]";
    return symbol;
  }

  const bytecode::interp::CompilerHost host_;
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

Result<EngineOptions> engine_options(const CompilerSettings& settings) {
  EngineOptions options;
  if (settings.profile == Profile::kPerfMap) options.listeners.push_back(DOPPEL_TRY(perf_map()));
  if (settings.profile == Profile::kJitDump) options.listeners.push_back(DOPPEL_TRY(jit_dump()));
  options.passes = settings.uses(Optimization::kPasses);
  options.selection = settings.uses(Optimization::kSelection);
  options.vectorization = settings.uses(Optimization::kVectorization);
  options.unrolling = settings.uses(Optimization::kUnrolling);
  options.processor = settings.uses(Optimization::kProcessor);
  options.grading = settings.uses(Optimization::kGrading);
  options.tells_debugger = settings.tells_debugger;
  return options;
}

Result<std::unique_ptr<Compiler>> make_compiler(const bytecode::interp::CompilerHost& host) {
  EngineOptions options = DOPPEL_TRY(engine_options(host.settings));
  auto engine = DOPPEL_TRY(Engine::create({host.add_code, host.remove_code}, std::move(options)));
  return std::make_unique<Compiler>(host, std::move(engine));
}

}  // namespace

/// See interp::MakeCompiler.
extern "C" __attribute__((visibility("default"))) bytecode::interp::FunctionCompiler*
doppel_make_compiler(const bytecode::interp::CompilerHost& host, std::string& failure) {
  auto compiler = make_compiler(host);
  if (!compiler) failure = compiler.error().message;
  return compiler ? compiler->release() : nullptr;
}

}  // namespace doppel::jit
