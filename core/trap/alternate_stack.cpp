// SPDX-License-Identifier: Apache-2.0
// Mapping, installing and removing an alternate signal stack.
#include "core/trap/alternate_stack.h"

#include <sys/auxv.h>
#include <sys/mman.h>

#include <csignal>

#include "core/memory/reservation.h"

namespace doppel {
namespace {

/// What handlers may use beyond the kernel's frame, those that faults are passed on to included.
constexpr std::size_t kRoomForHandlers = std::size_t{64} * 1024;
/// What our own handler needs beyond it; a stack found with this much will do.
constexpr std::size_t kRoomForOurs = std::size_t{8} * 1024;

/// The size of the kernel's signal frame, which grows with the host's vector registers.
std::size_t kernel_frame() {
#if defined(AT_MINSIGSTKSZ)
  return ::getauxval(AT_MINSIGSTKSZ);
#else
  return 0;
#endif
}

}  // namespace

AlternateStack::AlternateStack() {
  stack_t found{};
  if (::sigaltstack(nullptr, &found) == 0 && (found.ss_flags & SS_DISABLE) == 0 &&
      found.ss_size >= kernel_frame() + kRoomForOurs) {
    return;
  }
  const std::size_t page = host_page_size();
  const std::size_t usable = (kernel_frame() + kRoomForHandlers + page - 1) / page * page;
  const std::size_t size = page + usable;  // the guard page comes first, below the stack
  void* mapping = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return;
  stack_t ours{};
  ours.ss_sp = static_cast<std::byte*>(mapping) + page;
  ours.ss_size = usable;
  if (::mprotect(ours.ss_sp, usable, PROT_READ | PROT_WRITE) != 0 ||
      ::sigaltstack(&ours, nullptr) != 0) {
    ::munmap(mapping, size);
    return;
  }
  mapping_ = mapping;
  size_ = size;
}

AlternateStack::~AlternateStack() {
  if (mapping_ == nullptr) return;
  stack_t current{};
  ::sigaltstack(nullptr, &current);
  if (current.ss_sp == static_cast<std::byte*>(mapping_) + host_page_size()) {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
  ::munmap(mapping_, size_);
}

}  // namespace doppel
