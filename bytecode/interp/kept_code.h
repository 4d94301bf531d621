// SPDX-License-Identifier: Apache-2.0
// The machine code of one module's functions from before: found in a file, loaded when a function
// is first called; and what is compiled now, until it is written there (docs/design/code_cache.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytecode/interp/compiler.h"
#include "bytecode/interp/kept_file.h"
#include "core/code/code_cache.h"
#include "core/code/code_space.h"
#include "core/code/loaded_code.h"

namespace doppel::bytecode::interp {

/// See the file comment. It must outlive whoever executes the code. Any thread.
class KeptCode {
 public:
  /// Of a module in a cache; both outlive it. `made_by` says all that code depends on besides the
  /// module.
  KeptCode(const CodeCache& cache, std::string made_by, std::span<const std::byte> module);
  /// Of a file that is only read.
  explicit KeptCode(KeptFile file);
  /// Of nothing so far.
  KeptCode() = default;
  /// Writes what is new.
  ~KeptCode();
  KeptCode(const KeptCode&) = delete;
  KeptCode& operator=(const KeptCode&) = delete;

  struct Found {
    CompiledFunction code;
    Effort effort = Effort::kFull;
  };
  /// A function's code, for which at least so much was done, in memory; nothing if it is not there
  /// or is damaged. `cells` is how many the function has.
  std::optional<Found> find(FuncIndex function, std::size_t cells, Effort least);
  /// Keeps code that can be.
  void add(FuncIndex function, Effort effort, const CompiledFunction& compiled);
  /// Writes what is new to the cache, beside what others have written there meanwhile. What cannot
  /// be written is lost.
  void write();
  /// A file of all that was added (KeptFile::encode).
  [[nodiscard]] std::vector<std::byte> encode(std::string_view origin,
                                              std::span<const std::byte> module) const;

  /// The access to memory that loaded code makes at `pc`; no cell if it makes none.
  FaultPlace fault_at(std::uintptr_t pc);
  /// Functions that were added and are not written yet.
  [[nodiscard]] std::size_t added() const;
  /// Functions that were found.
  [[nodiscard]] std::size_t taken() const;

 private:
  struct Loaded {
    LoadedCode code;
    std::span<const Cell> cells;  ///< with those of inlined calls
    std::vector<InlinedCall> inlined;
  };

  Result<Found> load(FuncIndex function, std::size_t cells, KeptFile::Place place);
  Result<const void*> thunk(const std::string& name);
  const std::string& key();
  const std::optional<KeptFile>& file();
  KeptPieces with_what_others_wrote() const;

  const CodeCache* const cache_ = nullptr;  ///< null: nothing is written
  mutable std::mutex mutex_;
  std::future<std::string> key_made_;                       ///< under mutex_, like all below
  std::string key_;                                         ///< in the cache; empty: none yet
  std::optional<std::optional<KeptFile>> file_;             ///< once it was looked for
  CodeSpace space_;                                         ///< of what was loaded
  std::map<std::uintptr_t, Loaded> loaded_;                 ///< functions, by their first byte
  std::map<std::string, const void*, std::less<>> thunks_;  ///< that were loaded
  std::set<FuncIndex> damaged_;                             ///< in the file
  KeptPieces new_;                                          ///< not written yet
  std::size_t taken_ = 0;
};

}  // namespace doppel::bytecode::interp
