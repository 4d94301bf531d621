// SPDX-License-Identifier: Apache-2.0
// The kernel's way to resolve beneath a directory, the choice between the ways, and parents.
#include "bytecode/wasi/resolver.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "core/result.h"

namespace doppel::bytecode::wasi {
namespace {

long openat2(int directory, const char* path, const open_how& how) {
  return ::syscall(SYS_openat2, directory, path, &how, sizeof how);
}

/// Old kernels lack openat2, and some container runtimes forbid it.
bool kernel_resolves_beneath() {
  static const bool works = [] {
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    return static_cast<bool>(HostFd(static_cast<int>(openat2(AT_FDCWD, ".", how))));
  }();
  return works;
}

}  // namespace

namespace detail {

Attempt<HostFd> open_by_kernel(int directory, const std::string& path, OpenHow how) {
  open_how request{};
  request.flags = static_cast<std::uint64_t>(how.flags | O_CLOEXEC | (how.follow ? 0 : O_NOFOLLOW));
  request.mode = (how.flags & O_CREAT) != 0 ? how.mode : 0;
  request.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

  // The kernel gives up with EAGAIN when something was renamed while it resolved a `..`.
  constexpr int kAttempts = 64;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    HostFd opened(static_cast<int>(openat2(directory, path.c_str(), request)));
    if (opened) return opened;
    if (errno == EXDEV) return failed(Errno::kNotcapable);
    if (errno != EAGAIN && errno != EINTR) return host_failed();
  }
  return open_by_walk(directory, path, how);
}

}  // namespace detail

Resolver::Resolver(ResolverKind kind)
    : by_kernel_(kind == ResolverKind::kKernel ||
                 (kind == ResolverKind::kAutomatic && kernel_resolves_beneath())) {}

Attempt<HostFd> Resolver::open(int directory, std::string_view path, OpenHow how) const {
  if (by_kernel_) return detail::open_by_kernel(directory, std::string(path), how);
  return detail::open_by_walk(directory, path, how);
}

Attempt<ParentAndName> Resolver::parent_of(int directory, std::string_view path) const {
  constexpr OpenHow kDirectory{.flags = O_PATH | O_DIRECTORY, .mode = 0, .follow = true};

  const std::size_t end = path.find_last_not_of('/') + 1;
  if (end == 0) return failed(Errno::kNotcapable);  // nothing but slashes: the host's root
  const std::size_t slash = path.substr(0, end).find_last_of('/');
  const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;

  std::string name(path.substr(begin, end - begin));
  if (name == "..") {
    return ParentAndName {
      DOPPEL_TRY(open(directory, path, kDirectory))
      , "."
    };
  }
  if (end != path.size()) name += '/';
  const std::string_view parent = begin == 0 ? "." : path.substr(0, begin);
  return ParentAndName {
    DOPPEL_TRY(open(directory, parent, kDirectory))
    , std::move(name)
  };
}

}  // namespace doppel::bytecode::wasi
