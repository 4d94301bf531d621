// SPDX-License-Identifier: Apache-2.0
// The ORC engine: IR modules become machine code of this host, whose faults are guests' faults
// (core/trap/fault_code.h). It knows neither machine.
#pragma once

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/RuntimeDyld.h>
#include <llvm/Target/TargetMachine.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "core/result.h"
#include "jit/engine/code_memory.h"

namespace doppel::jit {

/// See the file comment. Any thread.
class Engine {
 public:
  /// Fails with kUnsupported if LLVM cannot compile for this host.
  static Result<std::unique_ptr<Engine>> create(CodeTable table);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// An empty module for this host, in a context of its own.
  [[nodiscard]] llvm::orc::ThreadSafeModule new_module(llvm::StringRef name);
  /// Optimizes and compiles a module, or only makes it machine code quickly. Its external functions
  /// can be looked up from then on.
  Result<void> add(llvm::orc::ThreadSafeModule module, bool quick);
  /// The address of a function.
  Result<void*> find(llvm::StringRef name);
  /// The line of the instruction at `pc`, of whichever module, or 0.
  [[nodiscard]] std::uint32_t line_at(std::uintptr_t pc) const;

 private:
  explicit Engine(std::unique_ptr<llvm::TargetMachine> machine);
  void note_lines(const llvm::object::ObjectFile& object,
                  const llvm::RuntimeDyld::LoadedObjectInfo& loaded);

  std::unique_ptr<llvm::TargetMachine> machine_;
  std::unique_ptr<llvm::orc::LLJIT> jit_;
  mutable std::mutex mutex_;
  std::map<std::uintptr_t, std::uint32_t> lines_;  ///< under mutex_; by the pc where they begin
};

}  // namespace doppel::jit
