// SPDX-License-Identifier: Apache-2.0
#include "jit/engine/code_memory.h"

#include <algorithm>
#include <memory>

namespace doppel::jit {

void CodeMemory::reserveAllocationSpace(std::uintptr_t code_size, llvm::Align code_align,
                                        std::uintptr_t constants_size, llvm::Align constants_align,
                                        std::uintptr_t data_size, llvm::Align data_align) {
  // The loader does not count the addresses of some functions outside.
  constexpr std::size_t kUncounted = 4096;
  auto piece =
      space_.take(code_size + code_align.value(), constants_size + constants_align.value() +
                                                      data_size + data_align.value() + kUncounted);
  if (!piece) return;  // then there is nothing to take sections from
  piece_ = left_ = *piece;
}

std::uint8_t* CodeMemory::take(std::span<std::byte>& part, std::size_t size,
                               std::size_t alignment) {
  void* begin = part.data();
  std::size_t left = part.size();
  if (begin == nullptr ||
      std::align(std::max<std::size_t>(alignment, 1), size, begin, left) == nullptr)
    return nullptr;
  part = part.last(left - size);
  return static_cast<std::uint8_t*>(begin);
}

std::uint8_t* CodeMemory::allocateCodeSection(std::uintptr_t size, unsigned alignment,
                                              unsigned /*id*/, llvm::StringRef /*name*/) {
  return take(left_.code, size, alignment);
}

std::uint8_t* CodeMemory::allocateDataSection(std::uintptr_t size, unsigned alignment,
                                              unsigned /*id*/, llvm::StringRef /*name*/,
                                              bool /*is_read_only*/) {
  return take(left_.data, size, alignment);
}

bool CodeMemory::finalizeMemory(std::string* message) {
  const auto made = CodeSpace::make_executable(piece_);
  if (!made && message != nullptr) *message = made.error().message;
  return !made;
}

}  // namespace doppel::jit
