// SPDX-License-Identifier: Apache-2.0
// path_open: the one way to a new file descriptor. What it may be used for is asked for here, is
// bounded by what the directory hands down, and is cut to what applies to the type of the file.
#include <fcntl.h>

#include <string>
#include <utility>

#include "bytecode/wasi/functions.h"
#include "bytecode/wasi/path.h"

namespace doppel::bytecode::wasi {
namespace {

constexpr Rights kReads = rights::kFdRead | rights::kFdReaddir;
constexpr Rights kWrites = rights::kFdWrite | rights::kFdAllocate | rights::kFdFilestatSetSize;

/// What the directory must allow itself, and hand down.
RightsPair needed_rights(Flags32 open_flags, Flags32 fd_flags, RightsPair wanted) {
  RightsPair needed = {rights::kPathOpen, wanted.base | wanted.inheriting};
  if ((open_flags & oflags::kCreat) != 0) needed.base |= rights::kPathCreateFile;
  if ((open_flags & oflags::kTrunc) != 0) needed.base |= rights::kPathFilestatSetSize;
  if ((fd_flags & fdflags::kDsync) != 0) needed.inheriting |= rights::kFdDatasync;
  if ((fd_flags & (fdflags::kRsync | fdflags::kSync)) != 0) needed.inheriting |= rights::kFdSync;
  return needed;
}

int host_flags(Flags32 open_flags, Rights base) {
  // A FIFO without a partner, or a device, must not hang the host; waiting is done later, where it
  // can be interrupted. No terminal becomes the host's.
  int flags = O_NONBLOCK | O_NOCTTY;
  const bool reads = (base & kReads) != 0;
  const bool writes = (base & kWrites) != 0;
  flags |= writes ? (reads ? O_RDWR : O_WRONLY) : O_RDONLY;
  if ((open_flags & oflags::kCreat) != 0) {
    flags |= O_CREAT;
    if ((open_flags & oflags::kExcl) != 0) flags |= O_EXCL;
  }
  if ((open_flags & oflags::kDirectory) != 0) flags |= O_DIRECTORY;
  if ((open_flags & oflags::kTrunc) != 0) flags |= O_TRUNC;
  return flags;
}

}  // namespace

Outcome path_open(Context& context, GuestMemory memory, Fd fd, Flags32 dirflags, Pointer path,
                  Size path_len, Flags32 oflags, Rights fs_rights_base, Rights fs_rights_inheriting,
                  Flags32 fdflags, Pointer opened_fd) {
  const Descriptor& directory = *DOPPEL_TRY(directory_of(context, fd, 0));
  const std::string text = DOPPEL_TRY(read_path(memory, path, path_len));
  const auto slot = DOPPEL_TRY(memory.slot<Fd>(opened_fd));
  if ((dirflags & ~lookupflags::kAll) != 0 || (oflags & ~oflags::kAll) != 0 ||
      (fdflags & ~Flags32{fdflags::kAll}) != 0) {
    return Errno::kInval;
  }
  if ((oflags & oflags::kCreat) != 0 && (oflags & oflags::kDirectory) != 0) return Errno::kInval;

  const RightsPair wanted = {fs_rights_base & rights::kAll, fs_rights_inheriting & rights::kAll};
  const RightsPair needed = needed_rights(oflags, fdflags, wanted);
  if ((needed.base & ~directory.rights.base) != 0 ||
      (needed.inheriting & ~directory.rights.inheriting) != 0) {
    return Errno::kNotcapable;
  }
  DOPPEL_TRY(context.descriptors().require_room());

  HostFd host = DOPPEL_TRY(
      context.resolver().open(directory.host.get(), text,
                              {.flags = host_flags(oflags, wanted.base),
                               .mode = 0666,
                               .follow = (dirflags & lookupflags::kSymlinkFollow) != 0}));
  Descriptor descriptor = DOPPEL_TRY(describe(std::move(host)));
  descriptor.flags = static_cast<Fdflags>(fdflags);
  descriptor.rights.base &= wanted.base;
  descriptor.rights.inheriting &= wanted.inheriting;
  slot.set(context.descriptors().insert(std::move(descriptor)));
  return Errno::kSuccess;
}

}  // namespace doppel::bytecode::wasi
