// SPDX-License-Identifier: Apache-2.0
// The predecoded code of a module: made function by function at the first call, immutable once
// published, shared by all instances and threads.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "bytecode/interp/machine.h"
#include "bytecode/interp/predecode.h"

namespace doppel::bytecode::interp {

class ModuleCode {
 public:
  /// `module` must outlive the code.
  ModuleCode(const Module& module, PredecodeOptions options);

  /// The entry of each defined function; every instance's Context points here.
  [[nodiscard]] FunctionCode* codes() { return codes_.data(); }
  [[nodiscard]] bool owns(const FunctionCode& code) const {
    return &code >= codes_.data() && &code < codes_.data() + codes_.size();
  }

  /// Predecodes a function unless that is done. Any thread. Fails as predecode() does.
  Result<void> prepare(FunctionCode& code);
  /// Predecodes every function.
  Result<void> prepare_all();

  /// Gives a site its probe cell, or takes it away: from the function's next call on. Frames that
  /// are under way finish in the code they have, which is kept. Any thread.
  void set_probed(ProbeSite site, bool probed);

  /// Which instruction a cell belongs to.
  struct Location {
    FuncIndex function;
    ByteOffset offset;
  };
  [[nodiscard]] std::optional<Location> locate(const Cell* pc) const;

  [[nodiscard]] std::size_t prepared_functions() const;
  [[nodiscard]] std::size_t prepared_cells() const;

 private:
  struct Block {
    FuncIndex function;
    std::vector<Cell> cells;
    std::vector<std::uint32_t> offsets;
  };

  Result<void> publish(FunctionCode& code);
  [[nodiscard]] std::optional<FuncIndex> function_of(ProbeSite site) const;

  const Module& module_;
  PredecodeOptions options_;
  std::vector<FunctionCode> codes_;
  mutable std::mutex mutex_;
  EmitterBuffers buffers_;                     ///< under mutex_
  std::map<const Cell*, const Block> blocks_;  ///< under mutex_; by their first cells
  std::set<ProbeSite> probed_;                 ///< under mutex_
  std::size_t functions_ = 0;                  ///< under mutex_
  std::size_t cells_ = 0;                      ///< under mutex_
};

}  // namespace doppel::bytecode::interp
