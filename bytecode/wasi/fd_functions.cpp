// SPDX-License-Identifier: Apache-2.0
// The fd_* functions on descriptors as such: their state, offsets and transfers.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "bytecode/wasi/functions.h"
#include "bytecode/wasi/io.h"

namespace doppel::bytecode::wasi {
namespace {

constexpr Filesize kMaxOffset = std::numeric_limits<off_t>::max();

/// The open `fd`, which must have an offset (ESPIPE otherwise, whatever its rights) and `needed`.
Attempt<Descriptor*> seekable(Context& context, Fd fd, Rights needed) {
  Descriptor* descriptor = DOPPEL_TRY(context.descriptors().get(fd));
  if (descriptor->is_stream()) return failed(Errno::kSpipe);
  return context.descriptors().get(fd, needed);
}

Outcome transfer_all(Context& context, GuestMemory memory, const Descriptor& descriptor,
                     Direction direction, Pointer iovs, Size iovs_len, Pointer count,
                     std::optional<Filesize> offset = std::nullopt) {
  const auto slot = DOPPEL_TRY(memory.slot<Size>(count));
  Buffers buffers;
  DOPPEL_TRY(buffers.gather(memory, iovs, iovs_len));
  slot.set(DOPPEL_TRY(transfer(context, descriptor, direction, buffers.list(), offset)));
  return Errno::kSuccess;
}

/// The result of a host call on a descriptor that says 0 or an error; repeated when interrupted by
/// signals that do not mean the guest.
template <class Call>
Outcome host_call(const Context& context, Call call) {
  for (;;) {
    if (call() == 0) return Errno::kSuccess;
    if (errno != EINTR) return host_failed();
    if (context.interrupted()) return Outcome::interrupted();
  }
}

Outcome seek(const Descriptor& descriptor, Filedelta offset, int whence, Slot<Filesize> slot) {
  const off_t position = ::lseek(descriptor.host.get(), static_cast<off_t>(offset), whence);
  if (position < 0) return host_failed();
  slot.set(static_cast<Filesize>(position));
  return Errno::kSuccess;
}

}  // namespace

Outcome fd_read(Context& context, GuestMemory memory, Fd fd, Pointer iovs, Size iovs_len,
                Pointer nread) {
  const Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdRead));
  return transfer_all(context, memory, file, Direction::kRead, iovs, iovs_len, nread);
}

Outcome fd_write(Context& context, GuestMemory memory, Fd fd, Pointer iovs, Size iovs_len,
                 Pointer nwritten) {
  const Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdWrite));
  return transfer_all(context, memory, file, Direction::kWrite, iovs, iovs_len, nwritten);
}

Outcome fd_pread(Context& context, GuestMemory memory, Fd fd, Pointer iovs, Size iovs_len,
                 Filesize offset, Pointer nread) {
  const Descriptor& file = *DOPPEL_TRY(seekable(context, fd, rights::kFdRead | rights::kFdSeek));
  return transfer_all(context, memory, file, Direction::kRead, iovs, iovs_len, nread, offset);
}

Outcome fd_pwrite(Context& context, GuestMemory memory, Fd fd, Pointer iovs, Size iovs_len,
                  Filesize offset, Pointer nwritten) {
  const Descriptor& file = *DOPPEL_TRY(seekable(context, fd, rights::kFdWrite | rights::kFdSeek));
  return transfer_all(context, memory, file, Direction::kWrite, iovs, iovs_len, nwritten, offset);
}

Outcome fd_seek(Context& context, GuestMemory memory, Fd fd, Filedelta offset, Number32 whence,
                Pointer newoffset) {
  const bool only_tells = offset == 0 && whence == static_cast<Number32>(Whence::kCur);
  const Descriptor& file = *DOPPEL_TRY(seekable(context, fd, 0));
  const Rights sufficient = rights::kFdSeek | (only_tells ? rights::kFdTell : 0);
  if ((file.rights.base & sufficient) == 0) return Errno::kNotcapable;
  const auto slot = DOPPEL_TRY(memory.slot<Filesize>(newoffset));
  switch (static_cast<Whence>(whence)) {
    case Whence::kSet: return seek(file, offset, SEEK_SET, slot);
    case Whence::kCur: return seek(file, offset, SEEK_CUR, slot);
    case Whence::kEnd: return seek(file, offset, SEEK_END, slot);
  }
  return Errno::kInval;
}

Outcome fd_tell(Context& context, GuestMemory memory, Fd fd, Pointer offset) {
  return fd_seek(context, memory, fd, 0, static_cast<Number32>(Whence::kCur), offset);
}

Outcome fd_close(Context& context, GuestMemory /*memory*/, Fd fd) {
  Descriptor descriptor = DOPPEL_TRY(context.descriptors().take(fd));
  if (descriptor.host.reset() != 0 && errno != EINTR) return host_failed();
  return Errno::kSuccess;
}

Outcome fd_renumber(Context& context, GuestMemory /*memory*/, Fd fd, Fd to) {
  DOPPEL_TRY(context.descriptors().renumber(fd, to));
  return Errno::kSuccess;
}

Outcome fd_sync(Context& context, GuestMemory /*memory*/, Fd fd) {
  const Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdSync));
  return host_call(context, [&] { return ::fsync(file.host.get()); });
}

Outcome fd_datasync(Context& context, GuestMemory /*memory*/, Fd fd) {
  const Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdDatasync));
  return host_call(context, [&] { return ::fdatasync(file.host.get()); });
}

Outcome fd_advise(Context& context, GuestMemory /*memory*/, Fd fd, Filesize offset, Filesize len,
                  Number32 advice) {
  static constexpr int kAdvice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                    POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  const Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdAdvise));
  if (advice >= std::size(kAdvice) || offset > kMaxOffset || len > kMaxOffset) return Errno::kInval;
  return from_host_errno(::posix_fadvise(file.host.get(), static_cast<off_t>(offset),
                                         static_cast<off_t>(len), kAdvice[advice]));
}

Outcome fd_allocate(Context& context, GuestMemory /*memory*/, Fd fd, Filesize offset,
                    Filesize len) {
  const Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdAllocate));
  if (len == 0 || offset > kMaxOffset) return Errno::kInval;
  if (len > kMaxOffset - offset) return Errno::kFbig;
  return host_call(context, [&] {
    return ::fallocate(file.host.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(len));
  });
}

Outcome fd_fdstat_get(Context& context, GuestMemory memory, Fd fd, Pointer stat) {
  const Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd));
  const auto slot = DOPPEL_TRY(memory.slot<Record<24>>(stat));
  Record<24> fdstat;
  fdstat.put(0, file.type);
  fdstat.put(2, file.flags);
  fdstat.put(8, file.rights.base);
  fdstat.put(16, file.rights.inheriting);
  slot.set(fdstat);
  return Errno::kSuccess;
}

Outcome fd_fdstat_set_flags(Context& context, GuestMemory /*memory*/, Fd fd, Flags32 flags) {
  Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdFdstatSetFlags));
  if ((flags & ~Flags32{fdflags::kAll}) != 0) return Errno::kInval;
  if (file.appends_always && (flags & fdflags::kAppend) == 0) return Errno::kNotsup;
  file.flags = static_cast<Fdflags>(flags);
  return Errno::kSuccess;
}

Outcome fd_fdstat_set_rights(Context& context, GuestMemory /*memory*/, Fd fd, Rights fs_rights_base,
                             Rights fs_rights_inheriting) {
  Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd));
  const RightsPair wanted = {fs_rights_base & rights::kAll, fs_rights_inheriting & rights::kAll};
  if ((wanted.base & ~file.rights.base) != 0 ||
      (wanted.inheriting & ~file.rights.inheriting) != 0) {
    return Errno::kNotcapable;
  }
  file.rights = wanted;
  return Errno::kSuccess;
}

Outcome fd_prestat_get(Context& context, GuestMemory memory, Fd fd, Pointer buf) {
  const Descriptor& directory = *DOPPEL_TRY(context.descriptors().get(fd));
  // Start code of guests goes through the numbers and stops at the first EBADF.
  if (!directory.preopen_name) return Errno::kBadf;
  const auto slot = DOPPEL_TRY(memory.slot<Record<8>>(buf));
  Record<8> prestat;  // tag 0: a directory
  prestat.put(4, static_cast<Size>(directory.preopen_name->size()));
  slot.set(prestat);
  return Errno::kSuccess;
}

Outcome fd_prestat_dir_name(Context& context, GuestMemory memory, Fd fd, Pointer path,
                            Size path_len) {
  const Descriptor& directory = *DOPPEL_TRY(context.descriptors().get(fd));
  if (!directory.preopen_name) return Errno::kBadf;
  const std::string& name = *directory.preopen_name;
  if (path_len < name.size()) return Errno::kNametoolong;
  const auto bytes = DOPPEL_TRY(memory.span(path, name.size()));
  std::memcpy(bytes.data(), name.data(), name.size());
  return Errno::kSuccess;
}

}  // namespace doppel::bytecode::wasi
