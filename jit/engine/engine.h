// SPDX-License-Identifier: Apache-2.0
// The ORC engine: IR modules become machine code of this host, whose faults are guests' faults
// (core/trap/fault_code.h). It knows neither machine.
#pragma once

#include <llvm/ExecutionEngine/JITEventListener.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/RuntimeDyld.h>
#include <llvm/Target/TargetMachine.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/code/code_space.h"
#include "core/code/object.h"
#include "core/result.h"
#include "jit/engine/listing.h"

namespace doppel::jit {

/// What is done for the code, and who is told of it.
struct EngineOptions {
  bool passes = true;         ///< LLVM's, over its own form of the code
  bool selection = true;      ///< takes its time to choose instructions and registers
  bool vectorization = true;  ///< of loops
  bool unrolling = true;      ///< of loops
  bool processor = true;      ///< uses all that this processor has
  bool grading = true;        ///< large functions get less
  bool tells_debugger = false;
  bool keeps = false;
  std::vector<std::unique_ptr<llvm::JITEventListener>> listeners;
};

/// See the file comment. Any thread.
class Engine {
 public:
  /// Fails with kUnsupported if LLVM cannot compile for this host.
  static Result<std::unique_ptr<Engine>> create(CodeTable table, EngineOptions options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// An empty module for this host, in a context of its own.
  [[nodiscard]] llvm::orc::ThreadSafeModule new_module(llvm::StringRef name);
  /// Tells what lies outside of the modules, by names that have no address yet.
  void define(const std::map<std::string, const void*, std::less<>>& addresses);
  /// Optimizes and compiles a module, or only makes it machine code quickly. Its external functions
  /// can be looked up from then on. Answers the same code for keeping; null unless it is kept, and
  /// where it cannot be.
  Result<std::unique_ptr<CodeObject>> add(llvm::orc::ThreadSafeModule module, bool quick);
  /// The same for reading alone: the function in both forms.
  struct Listing {
    std::vector<ListedLine> ir;
    std::vector<ListedLine> assembly;
  };
  Result<Listing> list(llvm::orc::ThreadSafeModule module, llvm::StringRef function);
  /// The address of a function.
  Result<void*> find(llvm::StringRef name);
  /// Of all machine code so far.
  [[nodiscard]] std::size_t code_bytes() const { return code_bytes_; }
  /// The line of the instruction at `pc`, of whichever module, or 0.
  [[nodiscard]] std::uint32_t line_at(std::uintptr_t pc) const;

 private:
  Engine(EngineOptions options, std::unique_ptr<llvm::TargetMachine> machine, CodeTable table);
  void note_lines(const llvm::object::ObjectFile& object,
                  const llvm::RuntimeDyld::LoadedObjectInfo& loaded);

  const EngineOptions options_;
  std::unique_ptr<llvm::TargetMachine> machine_;
  CodeSpace space_;
  std::unique_ptr<llvm::orc::LLJIT> jit_;
  std::atomic<std::size_t> code_bytes_ = 0;
  mutable std::mutex mutex_;
  std::map<std::uintptr_t, std::uint32_t> lines_;  ///< under mutex_; by the pc where they begin
};

}  // namespace doppel::jit
