// SPDX-License-Identifier: Apache-2.0
// The sock_* functions, on sockets that the embedder has opened and on those accepted from them.
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "bytecode/wasi/functions.h"
#include "bytecode/wasi/io.h"

namespace doppel::bytecode::wasi {
namespace {

Attempt<Descriptor*> socket_of(Context& context, Fd fd, Rights needed) {
  Descriptor* descriptor = DOPPEL_TRY(context.descriptors().get(fd));
  if (descriptor->type != Filetype::kSocketStream && descriptor->type != Filetype::kSocketDgram) {
    return failed(Errno::kNotsock);
  }
  return context.descriptors().get(fd, needed);
}

/// Repeats `call` until the socket is ready, or the wait is interrupted; what it returned.
template <class Call>
Attempt<ssize_t> when_ready(const Context& context, const Descriptor& socket, Direction direction,
                            Call call) {
  for (;;) {
    DOPPEL_TRY(wait_ready(context, socket, direction));
    const ssize_t result = call();
    if (result >= 0) return result;
    const bool waits = (socket.flags & fdflags::kNonblock) == 0;
    if (errno != EINTR && (errno != EAGAIN || !waits)) return host_failed();
  }
}

}  // namespace

Outcome sock_accept(Context& context, GuestMemory memory, Fd fd, Flags32 flags,
                    Pointer accepted_fd) {
  const Descriptor& listener = *DOPPEL_TRY(socket_of(context, fd, rights::kSockAccept));
  const auto slot = DOPPEL_TRY(memory.slot<Fd>(accepted_fd));
  if ((flags & ~Flags32{fdflags::kNonblock}) != 0) return Errno::kInval;
  DOPPEL_TRY(context.descriptors().require_room());
  HostFd host(static_cast<int>(DOPPEL_TRY(when_ready(context, listener, Direction::kRead, [&] {
    return ssize_t{::accept4(listener.host.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  }))));
  Descriptor descriptor = DOPPEL_TRY(describe(std::move(host)));
  descriptor.flags = static_cast<Fdflags>(flags);
  descriptor.rights.base &= listener.rights.inheriting;
  descriptor.rights.inheriting &= listener.rights.inheriting;
  slot.set(context.descriptors().insert(std::move(descriptor)));
  return Errno::kSuccess;
}

Outcome sock_recv(Context& context, GuestMemory memory, Fd fd, Pointer ri_data, Size ri_data_len,
                  Flags32 ri_flags, Pointer ro_datalen, Pointer ro_flags) {
  const Descriptor& socket = *DOPPEL_TRY(socket_of(context, fd, rights::kFdRead));
  const auto length_slot = DOPPEL_TRY(memory.slot<Size>(ro_datalen));
  const auto flags_slot = DOPPEL_TRY(memory.slot<std::uint16_t>(ro_flags));
  if ((ri_flags & ~riflags::kAll) != 0) return Errno::kInval;
  Buffers buffers;
  DOPPEL_TRY(buffers.gather(memory, ri_data, ri_data_len));

  int host_flags = MSG_CMSG_CLOEXEC;
  if ((ri_flags & riflags::kRecvPeek) != 0) host_flags |= MSG_PEEK;
  if ((ri_flags & riflags::kRecvWaitall) != 0) host_flags |= MSG_WAITALL;
  if ((socket.flags & fdflags::kNonblock) != 0) host_flags |= MSG_DONTWAIT;
  msghdr message{};
  message.msg_iov = buffers.list().data();
  message.msg_iovlen = buffers.list().size();
  const ssize_t length = DOPPEL_TRY(when_ready(context, socket, Direction::kRead, [&] {
    return ::recvmsg(socket.host.get(), &message, host_flags);
  }));
  length_slot.set(static_cast<Size>(length));
  flags_slot.set((message.msg_flags & MSG_TRUNC) != 0 ? roflags::kRecvDataTruncated : 0);
  return Errno::kSuccess;
}

Outcome sock_send(Context& context, GuestMemory memory, Fd fd, Pointer si_data, Size si_data_len,
                  Flags32 si_flags, Pointer so_datalen) {
  const Descriptor& socket = *DOPPEL_TRY(socket_of(context, fd, rights::kFdWrite));
  const auto slot = DOPPEL_TRY(memory.slot<Size>(so_datalen));
  if (si_flags != 0) return Errno::kInval;
  Buffers buffers;
  DOPPEL_TRY(buffers.gather(memory, si_data, si_data_len));
  slot.set(DOPPEL_TRY(transfer(context, socket, Direction::kWrite, buffers.list())));
  return Errno::kSuccess;
}

Outcome sock_shutdown(Context& context, GuestMemory /*memory*/, Fd fd, Flags32 how) {
  const Descriptor& socket = *DOPPEL_TRY(socket_of(context, fd, rights::kSockShutdown));
  int host_how = 0;
  switch (how) {
    case sdflags::kRd: host_how = SHUT_RD; break;
    case sdflags::kWr: host_how = SHUT_WR; break;
    case sdflags::kRd | sdflags::kWr: host_how = SHUT_RDWR; break;
    default: return Errno::kInval;
  }
  if (::shutdown(socket.host.get(), host_how) != 0) return host_failed();
  return Errno::kSuccess;
}

}  // namespace doppel::bytecode::wasi
