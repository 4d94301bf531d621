// SPDX-License-Identifier: Apache-2.0
// The filestat record, and times to be set, between guest and host.
#pragma once

#include <sys/stat.h>

#include <array>
#include <ctime>

#include "bytecode/wasi/guest_memory.h"

namespace doppel::bytecode::wasi {

/// A `filestat` record.
using Filestat = Record<64>;

/// What fstat(2) says of `fd`, which may be open with O_PATH.
[[nodiscard]] Attempt<Filestat> filestat_of(int fd, int socket_type = 0);

/// The times for utimensat(2) that `fst_flags` asks for, or EINVAL.
[[nodiscard]] Attempt<std::array<timespec, 2>> times_to_set(Timestamp atim, Timestamp mtim,
                                                            Flags32 fst_flags);

}  // namespace doppel::bytecode::wasi
