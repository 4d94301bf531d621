// SPDX-License-Identifier: Apache-2.0
// Paths of a guest, resolved beneath a directory descriptor. Whatever the path says and whoever
// changes the tree meanwhile, nothing outside that directory is opened: neither `..`, absolute
// names, symbolic links nor /proc's magic links lead out. A way out answers ENOTCAPABLE.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bytecode/wasi/host_fd.h"
#include "bytecode/wasi/outcome.h"

namespace doppel::bytecode::wasi {

/// How a resolver keeps a path inside its directory.
enum class ResolverKind : std::uint8_t {
  kAutomatic,  ///< the kernel, where it can
  kKernel,     ///< openat2(2) with RESOLVE_BENEATH
  kWalk,       ///< one component after the other, following links by ourselves
};

/// How a file is opened, in the host's flags.
struct OpenHow {
  int flags = 0;        ///< of openat(2), without O_NOFOLLOW; O_CLOEXEC is added
  unsigned mode = 0;    ///< of a file that is created
  bool follow = false;  ///< follow the last component where it is a symbolic link
};

/// The directory in which an operation takes place, and the name in it. The name is a single
/// component, perhaps with a slash after it, and must not be followed where it is a link.
struct ParentAndName {
  HostFd parent;
  std::string name;
};

class Resolver {
 public:
  explicit Resolver(ResolverKind kind);

  /// Opens `path` beneath `directory`. `path` is not empty and holds no NUL.
  [[nodiscard]] Attempt<HostFd> open(int directory, std::string_view path, OpenHow how) const;
  /// Opens the directory that holds the last component of `path`. A path that ends in `..` is
  /// resolved whole and its name is `.`, so that the host refuses the operation.
  [[nodiscard]] Attempt<ParentAndName> parent_of(int directory, std::string_view path) const;

 private:
  bool by_kernel_;
};

namespace detail {
/// The two ways of Resolver::open.
[[nodiscard]] Attempt<HostFd> open_by_kernel(int directory, const std::string& path, OpenHow how);
[[nodiscard]] Attempt<HostFd> open_by_walk(int directory, std::string_view path, OpenHow how);
}  // namespace detail

}  // namespace doppel::bytecode::wasi
