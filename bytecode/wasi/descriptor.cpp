// SPDX-License-Identifier: Apache-2.0
// Classification of host files, the rights that each type can have, and the table.
#include "bytecode/wasi/descriptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <utility>

#include "core/result.h"

namespace doppel::bytecode::wasi {
namespace {

using namespace rights;  // NOLINT(google-build-using-namespace): a table of rights

constexpr Rights kStreamBase =
    kFdRead | kFdWrite | kFdFdstatSetFlags | kFdFilestatGet | kPollFdReadwrite;
constexpr Rights kSocketBase = kStreamBase | kSockShutdown | kSockAccept;
constexpr Rights kFileBase = kStreamBase | kFdDatasync | kFdSync | kFdSeek | kFdTell | kFdAdvise |
                             kFdAllocate | kFdFilestatSetSize | kFdFilestatSetTimes;
constexpr Rights kDirectoryBase =
    kFdDatasync | kFdSync | kFdAdvise | kFdFdstatSetFlags | kFdReaddir | kFdFilestatGet |
    kFdFilestatSetTimes | kPathCreateDirectory | kPathCreateFile | kPathLinkSource |
    kPathLinkTarget | kPathOpen | kPathReadlink | kPathRenameSource | kPathRenameTarget |
    kPathFilestatGet | kPathFilestatSetSize | kPathFilestatSetTimes | kPathSymlink |
    kPathRemoveDirectory | kPathUnlinkFile | kPollFdReadwrite;

RightsPair rights_of(Filetype type, bool seekable) {
  switch (type) {
    case Filetype::kDirectory:  // Guests ask for all there is; what does not apply to a type is
                                // left out when it is opened.
      return {kDirectoryBase, kAll};
    case Filetype::kSocketDgram:
    case Filetype::kSocketStream: return {kSocketBase, kSocketBase};
    default:
      // Guests recognize a terminal by the rights to seek and to tell that it lacks.
      return {seekable ? kFileBase : kStreamBase, 0};
  }
}

bool has_offset(int fd, Filetype type) {
  switch (type) {
    case Filetype::kRegularFile:
    case Filetype::kBlockDevice: return true;
    case Filetype::kCharacterDevice: return ::lseek(fd, 0, SEEK_CUR) >= 0;
    default: return false;
  }
}

Fdflags flags_of(int status_flags) {
  Fdflags flags = 0;
  if ((status_flags & O_APPEND) != 0) flags |= fdflags::kAppend;
  if ((status_flags & O_DSYNC) != 0) flags |= fdflags::kDsync;
  if ((status_flags & O_SYNC) == O_SYNC) flags |= fdflags::kSync | fdflags::kRsync;
  return flags;
}

}  // namespace

Filetype filetype_of(const struct stat& status, int socket_type) {
  switch (status.st_mode & S_IFMT) {
    case S_IFBLK: return Filetype::kBlockDevice;
    case S_IFCHR: return Filetype::kCharacterDevice;
    case S_IFDIR: return Filetype::kDirectory;
    case S_IFREG: return Filetype::kRegularFile;
    case S_IFLNK: return Filetype::kSymbolicLink;
    case S_IFSOCK:
      return socket_type == SOCK_DGRAM ? Filetype::kSocketDgram : Filetype::kSocketStream;
    default: return Filetype::kUnknown;
  }
}

Attempt<Descriptor> describe(HostFd host) {
  struct stat status{};
  if (::fstat(host.get(), &status) != 0) return host_failed();
  int socket_type = 0;
  socklen_t length = sizeof socket_type;
  if (S_ISSOCK(status.st_mode) &&
      ::getsockopt(host.get(), SOL_SOCKET, SO_TYPE, &socket_type, &length) != 0) {
    return host_failed();
  }
  const int status_flags = ::fcntl(host.get(), F_GETFL);
  if (status_flags < 0) return host_failed();

  Descriptor descriptor;
  descriptor.type = filetype_of(status, socket_type);
  descriptor.seekable = has_offset(host.get(), descriptor.type);
  descriptor.appends_always = (status_flags & O_APPEND) != 0;
  descriptor.flags = flags_of(status_flags);
  descriptor.rights = rights_of(descriptor.type, descriptor.seekable);
  descriptor.host = std::move(host);
  return descriptor;
}

Attempt<Descriptor*> FdTable::get(Fd fd) {
  if (fd >= slots_.size() || !slots_[fd]) return failed(Errno::kBadf);
  return slots_[fd].get();
}

Attempt<Descriptor*> FdTable::get(Fd fd, Rights needed) {
  Descriptor* descriptor = DOPPEL_TRY(get(fd));
  if ((needed & ~descriptor->rights.base) != 0) return failed(Errno::kNotcapable);
  return descriptor;
}

Attempt<void> FdTable::require_room() const {
  if (open_ >= limit_) return failed(Errno::kMfile);
  return {};
}

Fd FdTable::insert(Descriptor descriptor, Fd lowest) {
  std::size_t fd = lowest;
  while (fd < slots_.size() && slots_[fd]) ++fd;
  if (fd >= slots_.size()) slots_.resize(fd + 1);
  slots_[fd] = std::make_unique<Descriptor>(std::move(descriptor));
  ++open_;
  return static_cast<Fd>(fd);
}

Attempt<Descriptor> FdTable::take(Fd fd) {
  Descriptor descriptor = std::move(*DOPPEL_TRY(get(fd)));
  if (monitor_ != nullptr && monitor_->waiting > 0)
    monitor_->retired.push_back(std::move(slots_[fd]));
  slots_[fd].reset();
  --open_;
  return descriptor;
}

Attempt<void> FdTable::renumber(Fd from, Fd to) {
  DOPPEL_TRY(get(from));
  DOPPEL_TRY(get(to));
  if (from == to) return {};
  Descriptor moved = DOPPEL_TRY(take(from));
  DOPPEL_TRY(take(to));
  slots_[to] = std::make_unique<Descriptor>(std::move(moved));
  ++open_;
  return {};
}

}  // namespace doppel::bytecode::wasi
