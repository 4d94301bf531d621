// SPDX-License-Identifier: Apache-2.0
// What all path_* functions begin with: a directory with the rights for it, and a path.
#pragma once

#include <climits>

#include <string>

#include "bytecode/wasi/context.h"
#include "bytecode/wasi/guest_memory.h"

namespace doppel::bytecode::wasi {

/// The host's limit of paths and of the text of symbolic links, their NUL included.
inline constexpr std::size_t kMaxPath = PATH_MAX;

/// A path in guest memory: EFAULT, ENOENT where it is empty, ENAMETOOLONG, EINVAL where it holds a
/// NUL. Other bytes are the host's business, as on any POSIX system.
[[nodiscard]] Attempt<std::string> read_path(const GuestMemory& memory, Pointer path,
                                             Size path_len);

/// The open directory `fd` with all of `needed`: EBADF, ENOTDIR or ENOTCAPABLE.
[[nodiscard]] Attempt<Descriptor*> directory_of(Context& context, Fd fd, Rights needed);

}  // namespace doppel::bytecode::wasi
