// SPDX-License-Identifier: Apache-2.0
// Scatter lists and interruptible transfers.
#include "bytecode/wasi/io.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <limits>

#include "core/result.h"

namespace doppel::bytecode::wasi {
namespace {

constexpr int kWaitSliceMilliseconds = 100;

/// The guest's flags as flags of one transfer: the host's open file description, which other
/// processes may share, keeps its own.
int transfer_flags(const Descriptor& descriptor, Direction direction, bool positioned) {
  if (descriptor.is_stream()) {
    return (descriptor.flags & fdflags::kNonblock) != 0 ? RWF_NOWAIT : 0;
  }
  if (direction == Direction::kRead) return 0;
  int flags = 0;
  if ((descriptor.flags & fdflags::kAppend) != 0 && !positioned) flags |= RWF_APPEND;
  if ((descriptor.flags & fdflags::kDsync) != 0) flags |= RWF_DSYNC;
  if ((descriptor.flags & (fdflags::kSync | fdflags::kRsync)) != 0) flags |= RWF_SYNC;
  return flags;
}

ssize_t transfer_once(const Descriptor& descriptor, Direction direction,
                      std::span<const iovec> buffers, off_t offset, int flags) {
  const int fd = descriptor.host.get();
  const int count = static_cast<int>(buffers.size());
  const bool socket =
      descriptor.type == Filetype::kSocketDgram || descriptor.type == Filetype::kSocketStream;
  if (socket && direction == Direction::kWrite) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(buffers.data());
    message.msg_iovlen = buffers.size();
    return ::sendmsg(fd, &message, MSG_NOSIGNAL | (flags == RWF_NOWAIT ? MSG_DONTWAIT : 0));
  }
  return direction == Direction::kRead ? ::preadv2(fd, buffers.data(), count, offset, flags)
                                       : ::pwritev2(fd, buffers.data(), count, offset, flags);
}

}  // namespace

Attempt<void> Buffers::gather(const GuestMemory& memory, Pointer address, Size count) {
  if (count > kMax) return failed(Errno::kInval);
  for (Size i = 0; i < count; ++i) {
    const auto entry = DOPPEL_TRY(memory.read<Record<8>>(address + std::uint64_t{i} * 8));
    const auto length = entry.get<Size>(4);
    if (length == 0) continue;
    const std::span<std::byte> bytes = DOPPEL_TRY(memory.span(entry.get<Pointer>(0), length));
    buffers_[count_++] = {bytes.data(), bytes.size()};
  }
  return {};
}

Attempt<void> wait_ready(const Context& context, const Descriptor& descriptor,
                         Direction direction) {
  pollfd request{};
  request.fd = descriptor.host.get();
  request.events = direction == Direction::kRead ? POLLIN : POLLOUT;
  if ((descriptor.flags & fdflags::kNonblock) != 0) {
    if (::poll(&request, 1, 0) < 0) return host_failed();
    if (request.revents == 0) return failed(Errno::kAgain);
    return {};
  }
  for (;;) {
    if (context.interrupted()) return tl::unexpected(Outcome::interrupted());
    const int ready =
        context.wait_outside([&] { return ::poll(&request, 1, kWaitSliceMilliseconds); });
    request.fd = descriptor.host.get();  // another thread may have closed it
    if (request.fd < 0) return failed(Errno::kBadf);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return host_failed();
  }
}

Attempt<Size> transfer(const Context& context, const Descriptor& descriptor, Direction direction,
                       std::span<const iovec> buffers, std::optional<std::uint64_t> offset) {
  constexpr auto kMaxOffset = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  if (offset && *offset > kMaxOffset) return failed(Errno::kInval);
  const off_t position = offset ? static_cast<off_t>(*offset) : -1;
  const bool waits = descriptor.is_stream() && !buffers.empty();
  int flags = transfer_flags(descriptor, direction, offset.has_value());

  for (;;) {
    if (waits) DOPPEL_TRY(wait_ready(context, descriptor, direction));
    const ssize_t count = transfer_once(descriptor, direction, buffers, position, flags);
    if (count >= 0) return static_cast<Size>(count);
    const bool retries =
        errno == EINTR || (errno == EAGAIN && (descriptor.flags & fdflags::kNonblock) == 0);
    if (errno == EOPNOTSUPP && flags == RWF_NOWAIT) {
      flags = 0;  // a terminal, say: being ready must do
    } else if (!retries) {
      return host_failed();
    } else if (context.interrupted()) {
      return tl::unexpected(Outcome::interrupted());
    }
  }
}

}  // namespace doppel::bytecode::wasi
