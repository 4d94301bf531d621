// SPDX-License-Identifier: Apache-2.0
// What names compiled functions to Linux's perf: a map of addresses, or a dump with the code.
#pragma once

#include <llvm/ExecutionEngine/JITEventListener.h>

#include <memory>

#include "core/result.h"

namespace doppel::jit {

/// Appends a line with address, size and name of each function to /tmp/perf-PID.map, which perf
/// reads by itself. Fails with kSystem if it cannot be written.
Result<std::unique_ptr<llvm::JITEventListener>> perf_map();

/// Writes each function, its code and the time it was made, to jit-PID.dump in the working folder,
/// after tools/perf/Documentation/jitdump-specification.txt of Linux; for `perf record -k 1` and
/// then `perf inject --jit`. Fails with kSystem if it cannot be written.
Result<std::unique_ptr<llvm::JITEventListener>> jit_dump();

}  // namespace doppel::jit
