// SPDX-License-Identifier: Apache-2.0
// Reading and writing files whole.
#include "tools/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "bytecode/text/assemble.h"

namespace doppel::tools {

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

Result<std::vector<std::byte>> read_module(const std::string& path) {
  std::vector<std::byte> bytes = DOPPEL_TRY(read_file(path));
  // A module in the binary format begins with a zero byte, which no text contains.
  const bool is_binary = path.ends_with(".wasm") || bytes.empty() || bytes[0] == std::byte{0};
  if (is_binary) return bytes;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return bytecode::assemble(text, path);
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
