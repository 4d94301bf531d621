// SPDX-License-Identifier: Apache-2.0
// Mapping a stack above its guard.
#include "core/vcpu/host_stack.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/memory/reservation.h"

namespace doppel {

Result<HostStack> HostStack::create(std::size_t bytes) {
  const std::size_t page = std::max(host_page_size(), kGuardSize);
  if (bytes > PTRDIFF_MAX - 2 * page) {
    return fail(ErrorKind::kLimit, fmt::format("cannot map a stack of {} bytes", bytes));
  }
  const std::size_t size = (std::max<std::size_t>(bytes, 1) + page - 1) / page * page;
  void* mapping = ::mmap(nullptr, kGuardSize + size, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED) {
    return fail_errno(fmt::format("map a stack of {} bytes", size), errno);
  }
  HostStack stack(static_cast<std::byte*>(mapping), size);
  if (::mprotect(stack.bottom(), size, PROT_READ | PROT_WRITE) != 0) {
    return fail_errno(fmt::format("map a stack of {} bytes", size), errno);
  }
  return stack;
}

HostStack::HostStack(HostStack&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)), size_(std::exchange(other.size_, 0)) {}

HostStack& HostStack::operator=(HostStack&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(size_, other.size_);
  return *this;
}

HostStack::~HostStack() {
  if (mapping_ != nullptr) ::munmap(mapping_, kGuardSize + size_);
}

}  // namespace doppel
