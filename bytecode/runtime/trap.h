// SPDX-License-Identifier: Apache-2.0
// A trap as its observer sees it: why, and through which functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bytecode/isa/indices.h"
#include "bytecode/isa/trap_kind.h"

namespace doppel::bytecode {

namespace gc {
class Root;
}
class Instance;
class LoadedModule;
struct TagInstance;

/// One active function at the time of a trap.
struct BacktraceFrame {
  FuncIndex function;
  std::string name;
  ByteOffset offset;             ///< of the instruction, in the module's bytes
  Instance* instance = nullptr;  ///< its store's
  std::shared_ptr<const LoadedModule> module = nullptr;
};

/// See the file comment.
struct Trap {
  TrapKind kind = TrapKind::kNone;
  std::string message;                    ///< more than the kind says; may be empty
  std::int32_t exit_code = 0;             ///< with TrapKind::kExit
  std::vector<BacktraceFrame> backtrace;  ///< innermost first; the middle of a long one is left out
  std::size_t omitted_after = 0;          ///< after how many frames frames are left out
  std::size_t omitted = 0;                ///< how many
  /// With kUncaughtException: its reference, valid as long as the store lives.
  std::shared_ptr<const gc::Root> exception = nullptr;
  const TagInstance* tag = nullptr;  ///< of the exception

  /// "unreachable", or "host function failed: message".
  [[nodiscard]] std::string describe() const;
};

}  // namespace doppel::bytecode
