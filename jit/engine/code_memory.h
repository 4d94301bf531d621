// SPDX-License-Identifier: Apache-2.0
// The memory of one compiled object: code, and behind it constants and data, in a piece of a code
// space.
#pragma once

#include <llvm/ExecutionEngine/RuntimeDyld.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/code/code_space.h"

namespace doppel::jit {

/// See the file comment. The space outlives it, and all that executes the code.
class CodeMemory : public llvm::RuntimeDyld::MemoryManager {
 public:
  explicit CodeMemory(CodeSpace& space) : space_(space) {}

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
  /// What is left of a part of the piece.
  static std::uint8_t* take(std::span<std::byte>& part, std::size_t size, std::size_t alignment);

  CodeSpace& space_;
  CodeSpace::Piece piece_;
  CodeSpace::Piece left_;  ///< of the piece
};

}  // namespace doppel::jit
