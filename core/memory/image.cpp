// SPDX-License-Identifier: Apache-2.0
// Filling and sealing the memfd of an image.
#include "core/memory/image.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>

namespace doppel {

Result<Image> Image::create(std::span<const std::byte> contents) {
  FileDescriptor file(::memfd_create("doppel-image", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.is_open()) return fail_errno("create a memory image", errno);
  for (std::span<const std::byte> rest = contents; !rest.empty();) {
    const ssize_t written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail_errno("fill a memory image", written < 0 ? errno : ENOSPC);
    rest = rest.subspan(static_cast<std::size_t>(written));
  }
  const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (::fcntl(file.get(), F_ADD_SEALS, seals) != 0) {
    return fail_errno("seal a memory image", errno);
  }
  return Image(std::move(file), contents.size());
}

}  // namespace doppel
