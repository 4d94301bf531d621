// SPDX-License-Identifier: Apache-2.0
// Reads until the end rather than by the size that the file system tells, which may change or lie.
#include "core/read_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace doppel {

Result<std::vector<std::byte>> read_file(const std::string& path) {
  constexpr std::size_t kChunk = std::size_t{1} << 16U;
  constexpr std::size_t kMost = std::size_t{1} << 30U;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail_errno("cannot open " + path, errno);
  std::vector<std::byte> bytes;
  for (;;) {
    const std::size_t size = bytes.size();
    bytes.resize(size + std::max(kChunk, size / 2));
    const ssize_t got = read(file, bytes.data() + size, bytes.size() - size);
    bytes.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      close(file);
      return fail_errno("cannot read " + path, error);
    }
    if (got == 0 || bytes.size() > kMost) break;
  }
  close(file);
  if (bytes.size() > kMost) return fail(ErrorKind::kLimit, path + ": larger than 1 GiB");
  return bytes;
}

}  // namespace doppel
