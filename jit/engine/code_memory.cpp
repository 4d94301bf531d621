// SPDX-License-Identifier: Apache-2.0
#include "jit/engine/code_memory.h"

#include <sys/mman.h>
#include <unistd.h>

namespace doppel::jit {

namespace {

std::size_t page() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

/// In whole pages; what alignment may cost is in it.
std::size_t pages_for(std::size_t size, llvm::Align alignment) {
  return size == 0 ? 0 : llvm::alignTo(size + alignment.value(), page());
}

}  // namespace

CodeMemory::~CodeMemory() {
  if (!code_.bytes.empty()) table_.remove(code_.bytes.data());
  if (!all_.empty()) ::munmap(all_.data(), all_.size());
}

void CodeMemory::reserveAllocationSpace(std::uintptr_t code_size, llvm::Align code_align,
                                        std::uintptr_t constants_size, llvm::Align constants_align,
                                        std::uintptr_t data_size, llvm::Align data_align) {
  const std::size_t code = pages_for(code_size, code_align);
  const std::size_t constants = pages_for(constants_size, constants_align);
  // The loader does not count the addresses of functions outside, the few that LLVM itself calls.
  const std::size_t data = pages_for(data_size, data_align) + page();
  void* memory = ::mmap(nullptr, code + constants + data, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;  // then there is nothing to take sections from
  all_ = {static_cast<std::uint8_t*>(memory), code + constants + data};
  code_.bytes = all_.first(code);
  constants_.bytes = all_.subspan(code, constants);
  data_.bytes = all_.last(data);
}

std::uint8_t* CodeMemory::Part::take(std::size_t size, std::size_t alignment) {
  const std::size_t begin = llvm::alignTo(used, llvm::Align(std::max<std::size_t>(alignment, 1)));
  if (begin > bytes.size() || size > bytes.size() - begin) return nullptr;
  used = begin + size;
  return bytes.data() + begin;
}

std::uint8_t* CodeMemory::allocateCodeSection(std::uintptr_t size, unsigned alignment,
                                              unsigned /*id*/, llvm::StringRef /*name*/) {
  return code_.take(size, alignment);
}

std::uint8_t* CodeMemory::allocateDataSection(std::uintptr_t size, unsigned alignment,
                                              unsigned /*id*/, llvm::StringRef /*name*/,
                                              bool is_read_only) {
  return (is_read_only ? constants_ : data_).take(size, alignment);
}

bool CodeMemory::finalizeMemory(std::string* message) {
  const auto protect = [](const Part& part, int protection) {
    return part.bytes.empty() || ::mprotect(part.bytes.data(), part.bytes.size(), protection) == 0;
  };
  if (!protect(code_, PROT_READ | PROT_EXEC) || !protect(constants_, PROT_READ)) {
    if (message != nullptr) *message = "the host does not let memory be executed";
    return true;
  }
  if (data_.used == 0 && !data_.bytes.empty()) {
    ::munmap(data_.bytes.data(), data_.bytes.size());
    all_ = all_.first(all_.size() - data_.bytes.size());
    data_ = {};
  }
  std::uint8_t* begin = code_.bytes.data();
  if (!code_.bytes.empty() && !table_.add(begin, begin + code_.bytes.size(), this)) {
    if (message != nullptr) *message = "no memory for the table of code ranges";
    return true;
  }
  return false;
}

}  // namespace doppel::jit
