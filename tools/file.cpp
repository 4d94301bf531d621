// SPDX-License-Identifier: Apache-2.0
// Modules read in either format, files written whole.
#include "tools/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "bytecode/text/module_bytes.h"
#include "core/read_file.h"

namespace doppel::tools {

Result<std::vector<std::byte>> read_module(const std::string& path) {
  return bytecode::module_bytes(DOPPEL_TRY(read_file(path)), path);
}

Result<void> write_file(const std::string& path, std::span<const std::byte> bytes) {
  const bool is_output = path == "-";
  const int file = is_output ? STDOUT_FILENO
                             : open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return fail_errno("cannot open " + path, errno);
  while (!bytes.empty()) {
    const ssize_t put = write(file, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int error = errno;
      if (!is_output) close(file);
      return fail_errno("cannot write " + path, error);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  if (!is_output && close(file) < 0) return fail_errno("cannot write " + path, errno);
  return {};
}

}  // namespace doppel::tools
