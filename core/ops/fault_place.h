// SPDX-License-Identifier: Apache-2.0
// From a host fault back to the place in guest code whose access made it (core/ops/access.h).
#pragma once

#include "core/ops/access.h"
#include "core/trap/host_fault.h"

namespace doppel::ops {

/// The place of the guarded access that faulted.
inline AccessPlace fault_place([[maybe_unused]] const HostFault& fault) {
#if defined(__x86_64__)
  const auto pointer = [&](HostRegister name) {
    return reinterpret_cast<const void*>(fault[name]);
  };
  return {pointer(HostRegister::kR12), pointer(HostRegister::kR13), pointer(HostRegister::kR15)};
#else
  return current_access_place;
#endif
}

}  // namespace doppel::ops
