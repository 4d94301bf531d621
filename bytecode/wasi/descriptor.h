// SPDX-License-Identifier: Apache-2.0
// What a guest's file descriptor stands for, and the guest's table of them. A descriptor's rights
// only ever shrink; its flags are the guest's own and never touch the host's open file description,
// which the guest may share with other processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytecode/wasi/host_fd.h"
#include "bytecode/wasi/monitor.h"
#include "bytecode/wasi/outcome.h"

struct stat;

namespace doppel::bytecode::wasi {

/// The rights of a descriptor: what it may be used for, and what descriptors opened through it may.
struct RightsPair {
  Rights base = 0;
  Rights inheriting = 0;
};

/// The type of the file that `status` describes. Sockets need `socket_type`, SO_TYPE of the socket.
[[nodiscard]] Filetype filetype_of(const struct stat& status, int socket_type = 0);

/// One open file, directory, stream or socket of the guest.
struct Descriptor {
  HostFd host;
  Filetype type = Filetype::kUnknown;
  /// Whether the file has an offset: true for regular files and devices other than terminals.
  bool seekable = false;
  /// The host's description is in append mode, which the guest cannot leave.
  bool appends_always = false;
  Fdflags flags = 0;
  RightsPair rights;
  /// The name under which the guest finds a preopened directory.
  std::optional<std::string> preopen_name;
  /// Of a directory that was read: where the host has the entry that follows each (readdir.cpp).
  std::vector<std::int64_t> entry_offsets;

  /// Reads and writes wait for the other side: pipes, terminals, sockets.
  [[nodiscard]] bool is_stream() const { return !seekable && type != Filetype::kDirectory; }
};

/// Looks at an open host file and gives it every right that applies to its type.
[[nodiscard]] Attempt<Descriptor> describe(HostFd host);

/// The guest's descriptors by number. New ones get the lowest free number, as in POSIX.
class FdTable {
 public:
  explicit FdTable(std::size_t limit) : limit_(limit) {}

  /// From now on calls may wait without the monitor's lock: a descriptor that is closed meanwhile
  /// stays where it is, closed.
  void share(Monitor& monitor) { monitor_ = &monitor; }

  /// The open descriptor `fd`, or EBADF. Valid until it is closed.
  [[nodiscard]] Attempt<Descriptor*> get(Fd fd);
  /// The same, with all of `needed`, or ENOTCAPABLE.
  [[nodiscard]] Attempt<Descriptor*> get(Fd fd, Rights needed);

  /// EMFILE when no number is left. Asked before the effects of an operation that opens a file.
  [[nodiscard]] Attempt<void> require_room() const;
  /// Opens `descriptor` under the lowest free number, at least `lowest`; there must be room.
  Fd insert(Descriptor descriptor, Fd lowest = 0);
  /// Closes `fd` and takes what it stood for, or EBADF.
  [[nodiscard]] Attempt<Descriptor> take(Fd fd);
  /// Moves the open `from` over the open `to`, which is closed.
  [[nodiscard]] Attempt<void> renumber(Fd from, Fd to);

 private:
  std::vector<std::unique_ptr<Descriptor>> slots_;
  Monitor* monitor_ = nullptr;
  std::size_t open_ = 0;
  std::size_t limit_;
};

}  // namespace doppel::bytecode::wasi
