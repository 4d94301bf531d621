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

using bytecode::interp::Cell;
using bytecode::interp::CompiledFunction;
using bytecode::interp::CompilerSettings;
using bytecode::interp::Effort;
using bytecode::interp::Explanation;
using bytecode::interp::FaultPlace;
using bytecode::interp::InlinedCall;
using bytecode::interp::kBodySymbol;
using bytecode::interp::kCellsSymbol;
using bytecode::interp::kEnterSymbol;
using bytecode::interp::Optimization;
using bytecode::interp::PortableFunction;
using bytecode::interp::Profile;

class Compiler : public bytecode::interp::FunctionCompiler {
 public:
  Compiler(const bytecode::interp::CompilerHost& host, std::unique_ptr<Engine> engine)
      : symbols_(host), engine_(std::move(engine)) {
    engine_->define(symbols_.addresses());
  }

  Result<std::optional<CompiledFunction>> compile(
      const bytecode::interp::FunctionToCompile& function) override {
    const std::scoped_lock compiling(one_at_a_time_);
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t bytes_before = engine_->code_bytes();
    const std::string name = symbol_of(function);
    llvm::orc::ThreadSafeModule module = engine_->new_module(name);
    Thunks thunks;
    CompiledFunction made;
    std::uint32_t lines = 0;
    const bool lowered = module.withModuleDo([&](llvm::Module& inner) {
      FunctionLowering lowering(function, symbols_, inner, thunks, name, next_line_);
      if (!lowering.run() || llvm::verifyModule(inner, &llvm::errs())) return false;
      made.inlined = lowering.inlined();
      made.frame_slots = lowering.frame_slots();
      lines = lowering.all_cells();
      return true;
    });
    if (!lowered) {
      if (!function.loop) ++left_;
      return std::nullopt;
    }
    if (symbols_.host().settings.switches_tiers) define_plain_cells(name, function, made.inlined);
    DOPPEL_TRY(make(thunks.wanted()));
    auto object = DOPPEL_TRY(engine_->add(std::move(module), function.effort == Effort::kQuick));
    made.cells = static_cast<Cell*>(DOPPEL_TRY(engine_->find(symbol_of_cells(name, kCellsSymbol))));
    const std::uint32_t first_line = next_line_;
    {
      const std::scoped_lock lock(mutex_);
      cells_[first_line] = {made.cells, made.inlined};
    }
    next_line_ += lines;
    if (!function.loop) made.body = DOPPEL_TRY(engine_->find(name));
    made.enter = reinterpret_cast<bytecode::interp::EnterCompiled>(
        DOPPEL_TRY(engine_->find(name + "_enter")));
    for (const auto& [callee, thunk] : thunks.calls())
      made.thunks.emplace_back(callee, thunks_.at(thunk).body);
    if (object != nullptr && !function.loop)
      made.portable = portable(std::move(*object), thunks, name, first_line, made);
    made.bytes = engine_->code_bytes() - bytes_before;
    made.time = std::chrono::steady_clock::now() - begin;
    ++compiled_;
    return made;
  }

  Result<Explanation> explain(const bytecode::interp::FunctionToCompile& function) override {
    const std::scoped_lock compiling(one_at_a_time_);
    bytecode::interp::CompilerHost host = symbols_.host();
    host.settings.explains = true;
    const HostSymbols symbols(host);
    const std::string name = symbol_of(function);
    llvm::orc::ThreadSafeModule module = engine_->new_module(name);
    const bool lowered = module.withModuleDo([&](llvm::Module& inner) {
      Thunks thunks;
      return FunctionLowering(function, symbols, inner, thunks, name, 0).run();
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

  FaultPlace fault_at(std::uintptr_t pc) override {
    const std::uint32_t line = engine_->line_at(pc);
    const std::scoped_lock lock(mutex_);
    const auto after = cells_.upper_bound(line);
    if (line == 0 || after == cells_.begin()) return {};
    const auto& [first, made] = *std::prev(after);
    return bytecode::interp::fault_place(made.cells, made.inlined, line - first);
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

  /// Makes those thunks that there are not yet.
  Result<void> make(const std::map<std::string, Thunk>& wanted) {
    for (const auto& [name, thunk] : wanted) {
      if (thunks_.contains(name)) continue;
      llvm::orc::ThreadSafeModule module = engine_->new_module(name);
      module.withModuleDo([&](llvm::Module& inner) { make_thunk(inner, symbols_, name, thunk); });
      MadeThunk made;
      made.object = DOPPEL_TRY(engine_->add(std::move(module), true));
      made.body = DOPPEL_TRY(engine_->find(name));
      thunks_.emplace(name, std::move(made));
    }
    return {};
  }

  /// A function's code under the names that it is kept by; null if it needs what cannot be kept.
  std::shared_ptr<const PortableFunction> portable(CodeObject object, const Thunks& thunks,
                                                   const std::string& name,
                                                   std::uint32_t first_line,
                                                   const CompiledFunction& made) const {
    auto function = std::make_shared<PortableFunction>();
    function->inlined = made.inlined;
    function->frame_slots = made.frame_slots;
    const std::map<std::string, std::string_view> names{
        {name, kBodySymbol},
        {name + "_enter", kEnterSymbol},
        {symbol_of_cells(name, kCellsSymbol), kCellsSymbol}};
    for (CodeObject::Symbol& symbol : object.symbols) {
      if (const auto kept = names.find(symbol.name); kept != names.end())
        symbol.name = kept->second;
    }
    for (CodeObject::Line& line : object.lines) {
      if (line.line != 0) line.line -= first_line - 1;
    }
    function->code = std::move(object);
    function->calls.assign(thunks.calls().begin(), thunks.calls().end());
    for (const auto& [thunk, type] : thunks.wanted()) {
      function->thunks[thunk] = thunks_.at(thunk).object;
      if (function->thunks[thunk] == nullptr) return nullptr;
    }
    return function;
  }

  /// Where code that switches tiers finds the interpreter's cells.
  void define_plain_cells(const std::string& name,
                          const bytecode::interp::FunctionToCompile& function,
                          const std::vector<InlinedCall>& inlined) {
    HostSymbols::Addresses cells{{symbol_of_plain_cells(name, 0), function.cells.data()}};
    for (std::size_t i = 0; i < inlined.size(); ++i) {
      cells.emplace(symbol_of_plain_cells(name, i + 1),
                    function.inlinable(inlined[i].function)->cells.data());
    }
    engine_->define(cells);
  }

  /// All cells of a function, and what is inlined in it.
  struct Cells {
    const Cell* cells = nullptr;
    std::vector<InlinedCall> inlined;
  };

  struct MadeThunk {
    bytecode::interp::CompiledBody body = nullptr;
    std::shared_ptr<const CodeObject> object;  ///< null unless it is kept
  };

  const HostSymbols symbols_;
  std::unique_ptr<Engine> engine_;
  std::mutex one_at_a_time_;
  std::size_t given_ = 0;
  std::map<std::string, MadeThunk> thunks_;
  std::atomic<std::size_t> compiled_ = 0;
  std::atomic<std::size_t> left_ = 0;
  std::mutex mutex_;
  std::uint32_t next_line_ = 1;
  std::map<std::uint32_t, Cells> cells_;  ///< under mutex_; by first line
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
  options.keeps = settings.keeps;
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
