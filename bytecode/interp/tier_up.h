// SPDX-License-Identifier: Apache-2.0
// Compiles in the background what threads are found executing. Every millisecond it interrupts the
// threads that run; where each of them stops, its module's code counts a sample
// (ModuleCode::sampled) and asks for a function, or for a loop that runs already, to be compiled
// once it is hot. When nothing is left to do, what is kept of the code is written.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "bytecode/interp/compiler.h"
#include "core/result.h"
#include "core/vcpu/virtual_processor.h"

namespace doppel::bytecode::interp {

class ModuleCode;

/// See the file comment. It outlives the modules and threads that use it. Any thread.
class TierUp {
 public:
  /// `open` gives the compiler; it is called in the background, when something is first hot. Where
  /// it fails nothing is compiled.
  explicit TierUp(std::function<Result<FunctionCompiler*>()> open);
  ~TierUp();
  TierUp(const TierUp&) = delete;
  TierUp& operator=(const TierUp&) = delete;

  /// From now on, until it leaves, the thread is interrupted.
  void enter(VirtualProcessor& thread);
  void leave(VirtualProcessor& thread);

  /// Has the function with these cells compiled, or a loop of it; what is quick goes first.
  void request(ModuleCode& code, const Cell* cells, std::optional<std::uint32_t> loop,
               Effort effort);
  /// Whether a compilation is under way, or wanted.
  [[nodiscard]] bool is_busy() const;
  /// Nothing is compiled any more; returns when none is under way. Not while threads run.
  void stop();
  /// Forgets the requests of a module's code; returns when none is under way.
  void forget(const ModuleCode& code);

 private:
  struct Job {
    ModuleCode* code;
    const Cell* cells;
    std::optional<std::uint32_t> loop;
    Effort effort;
  };

  void tick();
  void compile();
  void write_when_idle(std::unique_lock<std::mutex>& lock);

  std::function<Result<FunctionCompiler*>()> open_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<VirtualProcessor*> running_;  ///< under mutex_
  std::deque<Job> jobs_;                    ///< under mutex_
  const ModuleCode* under_way_ = nullptr;   ///< under mutex_
  std::set<ModuleCode*> changed_codes_;     ///< under mutex_; since what is kept was written
  bool ends_ = false;                       ///< under mutex_
  std::thread ticker_;                      ///< begun by the first thread
  std::thread worker_;                      ///< begun by the first request
};

}  // namespace doppel::bytecode::interp
