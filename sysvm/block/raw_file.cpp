// SPDX-License-Identifier: Apache-2.0
// Positioned reads and writes of a file.
#include "sysvm/block/raw_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace doppel::sysvm {

Result<RawFile> RawFile::open(const std::string& path) {
  bool read_only = false;
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.is_open() && (errno == EACCES || errno == EROFS || errno == EPERM)) {
    read_only = true;
    file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  if (!file.is_open()) return fail_errno(path, errno);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return fail_errno(path, errno);
  if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
    return fail(ErrorKind::kUsage, path + ": expected a file or a block device");
  if (::flock(file.get(), (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ErrorKind::kUsage, path + ": in use, expected a disk of this machine alone");
    return fail_errno(path, errno);
  }
  const off_t end = ::lseek(file.get(), 0, SEEK_END);
  if (end < 0) return fail_errno(path, errno);
  return RawFile(std::move(file), static_cast<std::uint64_t>(end), read_only);
}

Result<void> RawFile::read(std::uint64_t offset, std::span<const std::span<std::byte>> buffers) {
  for (std::span<std::byte> buffer : buffers) {
    while (!buffer.empty()) {
      const ssize_t done =
          ::pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return fail_errno("read a disk", errno);
      if (done == 0) {  // the file was cut behind our back
        std::memset(buffer.data(), 0, buffer.size());
        offset += buffer.size();
        break;
      }
      buffer = buffer.subspan(static_cast<std::size_t>(done));
      offset += static_cast<std::uint64_t>(done);
    }
  }
  return {};
}

Result<void> RawFile::write(std::uint64_t offset,
                            std::span<const std::span<const std::byte>> buffers) {
  for (std::span<const std::byte> buffer : buffers) {
    while (!buffer.empty()) {
      const ssize_t done =
          ::pwrite(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return fail_errno("write a disk", errno);
      buffer = buffer.subspan(static_cast<std::size_t>(done));
      offset += static_cast<std::uint64_t>(done);
    }
  }
  return {};
}

Result<void> RawFile::flush() {
  if (!read_only_ && ::fdatasync(file_.get()) != 0) return fail_errno("flush a disk", errno);
  return {};
}

}  // namespace doppel::sysvm
