// SPDX-License-Identifier: Apache-2.0
// fd_filestat_*: attributes of open files.
#include "bytecode/wasi/filestat.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <limits>

#include "bytecode/wasi/functions.h"

namespace doppel::bytecode::wasi {
namespace {

constexpr Timestamp kSecond = 1'000'000'000;

Timestamp nanoseconds(const timespec& time) {
  // Times before 1970 have no representation.
  if (time.tv_sec < 0) return 0;
  return static_cast<Timestamp>(time.tv_sec) * kSecond + static_cast<Timestamp>(time.tv_nsec);
}

Attempt<timespec> time_to_set(Timestamp time, bool given, bool now) {
  if (given && now) return failed(Errno::kInval);
  if (now) return timespec{0, UTIME_NOW};
  if (!given) return timespec{0, UTIME_OMIT};
  return timespec{static_cast<time_t>(time / kSecond), static_cast<long>(time % kSecond)};
}

}  // namespace

Attempt<Filestat> filestat_of(int fd, int socket_type) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return host_failed();
  Filestat record;
  record.put(0, std::uint64_t{status.st_dev});
  record.put(8, std::uint64_t{status.st_ino});
  record.put(16, filetype_of(status, socket_type));
  record.put(24, std::uint64_t{status.st_nlink});
  record.put(32, static_cast<Filesize>(status.st_size));
  record.put(40, nanoseconds(status.st_atim));
  record.put(48, nanoseconds(status.st_mtim));
  record.put(56, nanoseconds(status.st_ctim));
  return record;
}

Attempt<std::array<timespec, 2>> times_to_set(Timestamp atim, Timestamp mtim, Flags32 fst_flags) {
  if ((fst_flags & ~fstflags::kAll) != 0) return failed(Errno::kInval);
  const auto has = [&](Flags32 flag) { return (fst_flags & flag) != 0; };
  return std::array {
    DOPPEL_TRY(time_to_set(atim, has(fstflags::kAtim), has(fstflags::kAtimNow)))
    , DOPPEL_TRY(time_to_set(mtim, has(fstflags::kMtim), has(fstflags::kMtimNow)))
    ,
  };
}

Outcome fd_filestat_get(Context& context, GuestMemory memory, Fd fd, Pointer buf) {
  const Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdFilestatGet));
  const auto slot = DOPPEL_TRY(memory.slot<Filestat>(buf));
  const int socket_type = file.type == Filetype::kSocketDgram ? SOCK_DGRAM : SOCK_STREAM;
  slot.set(DOPPEL_TRY(filestat_of(file.host.get(), socket_type)));
  return Errno::kSuccess;
}

Outcome fd_filestat_set_size(Context& context, GuestMemory /*memory*/, Fd fd, Filesize size) {
  const Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdFilestatSetSize));
  if (size > static_cast<Filesize>(std::numeric_limits<off_t>::max())) return Errno::kInval;
  if (::ftruncate(file.host.get(), static_cast<off_t>(size)) != 0) return host_failed();
  return Errno::kSuccess;
}

Outcome fd_filestat_set_times(Context& context, GuestMemory /*memory*/, Fd fd, Timestamp atim,
                              Timestamp mtim, Flags32 fst_flags) {
  const Descriptor& file = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdFilestatSetTimes));
  const auto times = DOPPEL_TRY(times_to_set(atim, mtim, fst_flags));
  if (::futimens(file.host.get(), times.data()) != 0) return host_failed();
  return Errno::kSuccess;
}

}  // namespace doppel::bytecode::wasi
