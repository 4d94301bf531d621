// SPDX-License-Identifier: Apache-2.0
// Reads until the end rather than by the size that the file system tells, which may change or lie.
#include "core/read_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace doppel {

Result<std::vector<std::byte>> read_file(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail_errno("cannot open " + path, errno);
  return read_file(file, path);
}

Result<std::vector<std::byte>> read_file(const FileDescriptor& file, const std::string& name) {
  constexpr std::size_t kChunk = std::size_t{1} << 16U;
  constexpr std::size_t kMost = std::size_t{1} << 30U;
  std::vector<std::byte> bytes;
  for (;;) {
    const std::size_t size = bytes.size();
    bytes.resize(size + std::max(kChunk, size / 2));
    const ssize_t got = read(file.get(), bytes.data() + size, bytes.size() - size);
    bytes.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot read " + name, errno);
    if (got == 0 || bytes.size() > kMost) break;
  }
  if (bytes.size() > kMost) return fail(ErrorKind::kLimit, name + ": larger than 1 GiB");
  return bytes;
}

}  // namespace doppel
