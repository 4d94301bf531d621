// SPDX-License-Identifier: Apache-2.0
// The memory of one compiled object: code, then constants, then data, in one piece, so that they
// reach each other by 32-bit distances. No memory is ever writable and executable at once.
#pragma once

#include <llvm/ExecutionEngine/RuntimeDyld.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/result.h"

namespace doppel::jit {

/// The process's table of code whose faults are guests' (FaultCode): a shared object has a copy of
/// its own, which nobody looks at.
struct CodeTable {
  Result<void> (*add)(const void* begin, const void* end, const void* owner);
  void (*remove)(const void* begin);
};

/// See the file comment. Faults of its code are the guests' as long as it lives; `owner` of such a
/// fault is not null.
class CodeMemory : public llvm::RuntimeDyld::MemoryManager {
 public:
  explicit CodeMemory(CodeTable table) : table_(table) {}
  ~CodeMemory() override;

  bool needsToReserveAllocationSpace() override { return true; }
  void reserveAllocationSpace(std::uintptr_t code_size, llvm::Align code_align,
                              std::uintptr_t constants_size, llvm::Align constants_align,
                              std::uintptr_t data_size, llvm::Align data_align) override;
  std::uint8_t* allocateCodeSection(std::uintptr_t size, unsigned alignment, unsigned id,
                                    llvm::StringRef name) override;
  std::uint8_t* allocateDataSection(std::uintptr_t size, unsigned alignment, unsigned id,
                                    llvm::StringRef name, bool is_read_only) override;
  bool finalizeMemory(std::string* message) override;
  /// Nothing unwinds through the code: exceptions have tables of their own.
  void registerEHFrames(std::uint8_t* /*address*/, std::uint64_t /*load_address*/,
                        std::size_t /*size*/) override {}
  void deregisterEHFrames() override {}

 private:
  /// Whole pages with one protection.
  struct Part {
    std::span<std::uint8_t> bytes;
    std::size_t used = 0;
    std::uint8_t* take(std::size_t size, std::size_t alignment);
  };

  CodeTable table_;
  std::span<std::uint8_t> all_;
  Part code_, constants_, data_;
};

}  // namespace doppel::jit
