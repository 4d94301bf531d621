// SPDX-License-Identifier: Apache-2.0
// The table of guarded accesses, as the linker collected it; on hosts without one, the handlers'
// section.
#include "core/ops/fault_place.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "core/trap/fault_code.h"

// The linker's names.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
#if defined(__x86_64__)
// Distances from the entries themselves to the accesses.
extern const std::int32_t __start_doppel_accesses[] __attribute__((weak));
extern const std::int32_t __stop_doppel_accesses[] __attribute__((weak));
#else
extern const char __start_doppel_handlers[] __attribute__((weak));
extern const char __stop_doppel_handlers[] __attribute__((weak));
#endif
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace doppel::ops {

#if defined(__x86_64__)

namespace {

std::uintptr_t address_of(const std::int32_t& entry) {
  return reinterpret_cast<std::uintptr_t>(&entry) +
         static_cast<std::uintptr_t>(std::intptr_t{entry});
}

std::span<const std::int32_t> entries() {
  return {__start_doppel_accesses, __stop_doppel_accesses};
}

}  // namespace

Result<void> register_guarded_accesses() {
  if (entries().empty()) return {};
  std::uintptr_t first = UINTPTR_MAX;
  std::uintptr_t last = 0;
  for (const std::int32_t& entry : entries()) {
    first = std::min(first, address_of(entry));
    last = std::max(last, address_of(entry));
  }
  return FaultCode::add(reinterpret_cast<const void*>(first),
                        reinterpret_cast<const void*>(last + 1));
}

AccessPlace fault_place(const HostFault& fault) {
  if (std::ranges::none_of(
          entries(), [&](const std::int32_t& entry) { return address_of(entry) == fault.pc; })) {
    std::fprintf(stderr, "doppel: a fault of the host program at %p, address %p\n",
                 reinterpret_cast<void*>(fault.pc), reinterpret_cast<void*>(fault.address));
    std::abort();
  }
  const auto pointer = [&](HostRegister name) {
    return reinterpret_cast<const void*>(fault[name]);
  };
  return {pointer(HostRegister::kR12), pointer(HostRegister::kR13), pointer(HostRegister::kR15)};
}

#else

Result<void> register_guarded_accesses() {
  return FaultCode::add(__start_doppel_handlers, __stop_doppel_handlers);
}

AccessPlace fault_place(const HostFault&) { return current_access_place; }

#endif

}  // namespace doppel::ops
