// SPDX-License-Identifier: Apache-2.0
// Where debuggers connect: a TCP port of this host alone.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "core/memory/file_descriptor.h"
#include "core/result.h"

namespace doppel::sysvm::gdb {

/// A port of 127.0.0.1 on which debuggers are awaited, one at a time.
class Listener {
 public:
  /// Listens at a port; at one that is free for 0. Fails with kSystem.
  static Result<Listener> open(std::uint16_t port);

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Waits for a debugger to connect; nothing: `over`, a descriptor, can be read from (poll).
  [[nodiscard]] std::optional<FileDescriptor> accept(int over) const;

 private:
  Listener(FileDescriptor socket, std::uint16_t port) : socket_(std::move(socket)), port_(port) {}

  FileDescriptor socket_;
  std::uint16_t port_;
};

}  // namespace doppel::sysvm::gdb
