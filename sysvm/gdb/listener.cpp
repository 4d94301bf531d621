// SPDX-License-Identifier: Apache-2.0
// Sockets: bound to the loopback address, and never blocked for long by who does not read.
#include "sysvm/gdb/listener.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>

namespace doppel::sysvm::gdb {

namespace {

/// A debugger that takes no answer for so long is given up.
constexpr timeval kPatience = {.tv_sec = 5, .tv_usec = 0};

template <class Value>
void set_option(int socket, int level, int name, const Value& value) {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

}  // namespace

Result<Listener> Listener::open(std::uint16_t port) {
  const auto failed = [port] {
    return fail_errno(fmt::format("listen for debuggers at 127.0.0.1:{}", port), errno);
  };
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return failed();
  set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), plain, size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0 ||
      ::getsockname(socket.get(), plain, &size) != 0) {
    return failed();
  }
  return Listener(std::move(socket), ntohs(address.sin_port));
}

std::optional<FileDescriptor> Listener::accept(int over) const {
  while (true) {
    std::array<pollfd, 2> wanted{{{socket_.get(), POLLIN, 0}, {over, POLLIN, 0}}};
    if (::poll(wanted.data(), wanted.size(), -1) < 0) continue;
    if (wanted[1].revents != 0) return std::nullopt;
    FileDescriptor debugger(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!debugger.is_open()) continue;  // gone again
    set_option(debugger.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(debugger.get(), SOL_SOCKET, SO_SNDTIMEO, kPatience);
    return debugger;
  }
}

}  // namespace doppel::sysvm::gdb
