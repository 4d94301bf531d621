// SPDX-License-Identifier: Apache-2.0
// Memory for machine code and what belongs to it, in chunks: code in front, data behind, so that
// each piece of code reaches its data by 32-bit distances and few mappings are needed for many.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/result.h"
#include "core/trap/fault_code.h"

namespace doppel {

/// The process's table of code whose faults are guests' (FaultCode): a shared object has a copy of
/// its own, which nobody looks at.
struct CodeTable {
  Result<void> (*add)(const void* begin, const void* end, const void* owner) = &FaultCode::add;
  void (*remove)(const void* begin) = [](const void* begin) { FaultCode::remove(begin); };
};

/// See the file comment. Faults of its code are guests' faults (FaultCode), with this as their
/// owner. It must outlive whoever executes the code. One thread at a time.
class CodeSpace {
 public:
  explicit CodeSpace(CodeTable table = {}) : table_(table) {}
  ~CodeSpace();
  CodeSpace(const CodeSpace&) = delete;
  CodeSpace& operator=(const CodeSpace&) = delete;

  /// Zeroed memory for one object. Code has pages of its own.
  struct Piece {
    std::span<std::byte> code;
    std::span<std::byte> data;
  };
  /// Writable memory of at least these sizes; data is aligned to 64 bytes. Fails with kSystem where
  /// the host gives none.
  Result<Piece> take(std::size_t code_bytes, std::size_t data_bytes);
  /// The piece's code can be executed and no longer be written.
  static Result<void> make_executable(const Piece& piece);

 private:
  struct Chunk {
    std::span<std::byte> code;
    std::span<std::byte> data;
    std::size_t code_used = 0;
    std::size_t data_used = 0;
  };
  Result<void> add_chunk(std::size_t code_bytes, std::size_t data_bytes);

  const CodeTable table_;
  std::vector<Chunk> chunks_;  ///< pieces come from the last one
};

}  // namespace doppel
