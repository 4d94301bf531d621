// SPDX-License-Identifier: Apache-2.0
// From a host fault back to the place in guest code whose guarded access made it
// (core/ops/access.h).
#pragma once

#include "core/ops/access.h"
#include "core/result.h"
#include "core/trap/host_fault.h"

namespace doppel::ops {

/// Makes the faults of all guarded accesses in this program the guests' (core/trap/fault_code.h).
/// Any thread, any number of times.
Result<void> register_guarded_accesses();

/// The place of the guarded access that faulted. Ends the process if the fault is of another
/// instruction: then it is a bug of the host program.
AccessPlace fault_place(const HostFault& fault);

}  // namespace doppel::ops
