// SPDX-License-Identifier: Apache-2.0
// The path_* functions other than path_open. Each takes place in a parent directory that was
// resolved beneath the guest's descriptor, on a single name that the host does not follow, or on a
// file opened beneath it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "bytecode/wasi/filestat.h"
#include "bytecode/wasi/functions.h"
#include "bytecode/wasi/path.h"

namespace doppel::bytecode::wasi {
namespace {

Outcome finish(int host_result) {
  if (host_result != 0) return host_failed();
  return Errno::kSuccess;
}

/// The file that `path` names, opened without touching it.
Attempt<HostFd> locate(const Context& context, const Descriptor& directory, const std::string& path,
                       Flags32 flags) {
  if ((flags & ~lookupflags::kAll) != 0) return failed(Errno::kInval);
  const bool follow = (flags & lookupflags::kSymlinkFollow) != 0;
  return context.resolver().open(directory.host.get(), path, {.flags = O_PATH, .follow = follow});
}

/// A name in /proc of a file that is open here, for calls that take no descriptor.
std::string proc_path(const HostFd& file) { return "/proc/self/fd/" + std::to_string(file.get()); }

Attempt<ParentAndName> place(Context& context, GuestMemory memory, Fd fd, Rights needed,
                             Pointer path, Size path_len) {
  const Descriptor& directory = *DOPPEL_TRY(directory_of(context, fd, needed));
  const std::string text = DOPPEL_TRY(read_path(memory, path, path_len));
  return context.resolver().parent_of(directory.host.get(), text);
}

}  // namespace

Attempt<std::string> read_path(const GuestMemory& memory, Pointer path, Size path_len) {
  const auto bytes = DOPPEL_TRY(memory.span(path, path_len));
  if (bytes.empty()) return failed(Errno::kNoent);
  if (bytes.size() >= kMaxPath) return failed(Errno::kNametoolong);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.find('\0') != std::string::npos) return failed(Errno::kInval);
  return text;
}

Attempt<Descriptor*> directory_of(Context& context, Fd fd, Rights needed) {
  Descriptor* descriptor = DOPPEL_TRY(context.descriptors().get(fd));
  if (descriptor->type != Filetype::kDirectory) return failed(Errno::kNotdir);
  return context.descriptors().get(fd, needed);
}

Outcome path_create_directory(Context& context, GuestMemory memory, Fd fd, Pointer path,
                              Size path_len) {
  const auto at =
      DOPPEL_TRY(place(context, memory, fd, rights::kPathCreateDirectory, path, path_len));
  return finish(::mkdirat(at.parent.get(), at.name.c_str(), 0777));
}

Outcome path_remove_directory(Context& context, GuestMemory memory, Fd fd, Pointer path,
                              Size path_len) {
  const auto at =
      DOPPEL_TRY(place(context, memory, fd, rights::kPathRemoveDirectory, path, path_len));
  return finish(::unlinkat(at.parent.get(), at.name.c_str(), AT_REMOVEDIR));
}

Outcome path_unlink_file(Context& context, GuestMemory memory, Fd fd, Pointer path, Size path_len) {
  const auto at = DOPPEL_TRY(place(context, memory, fd, rights::kPathUnlinkFile, path, path_len));
  return finish(::unlinkat(at.parent.get(), at.name.c_str(), 0));
}

Outcome path_rename(Context& context, GuestMemory memory, Fd fd, Pointer old_path,
                    Size old_path_len, Fd new_fd, Pointer new_path, Size new_path_len) {
  const auto from =
      DOPPEL_TRY(place(context, memory, fd, rights::kPathRenameSource, old_path, old_path_len));
  const auto to =
      DOPPEL_TRY(place(context, memory, new_fd, rights::kPathRenameTarget, new_path, new_path_len));
  return finish(::renameat(from.parent.get(), from.name.c_str(), to.parent.get(), to.name.c_str()));
}

Outcome path_symlink(Context& context, GuestMemory memory, Pointer old_path, Size old_path_len,
                     Fd fd, Pointer new_path, Size new_path_len) {
  DOPPEL_TRY(directory_of(context, fd, rights::kPathSymlink));
  const std::string target = DOPPEL_TRY(read_path(memory, old_path, old_path_len));
  // It could never be followed, and would mislead programs outside.
  if (target.front() == '/') return Errno::kNotcapable;
  const auto at =
      DOPPEL_TRY(place(context, memory, fd, rights::kPathSymlink, new_path, new_path_len));
  return finish(::symlinkat(target.c_str(), at.parent.get(), at.name.c_str()));
}

Outcome path_link(Context& context, GuestMemory memory, Fd old_fd, Flags32 old_flags,
                  Pointer old_path, Size old_path_len, Fd new_fd, Pointer new_path,
                  Size new_path_len) {
  const Descriptor& source = *DOPPEL_TRY(directory_of(context, old_fd, rights::kPathLinkSource));
  const std::string text = DOPPEL_TRY(read_path(memory, old_path, old_path_len));
  const HostFd file = DOPPEL_TRY(locate(context, source, text, old_flags));
  const auto to =
      DOPPEL_TRY(place(context, memory, new_fd, rights::kPathLinkTarget, new_path, new_path_len));
  // The file itself is linked, whatever its name leads to by now. An empty path would say the same,
  // but takes a capability.
  return finish(::linkat(AT_FDCWD, proc_path(file).c_str(), to.parent.get(), to.name.c_str(),
                         AT_SYMLINK_FOLLOW));
}

Outcome path_readlink(Context& context, GuestMemory memory, Fd fd, Pointer path, Size path_len,
                      Pointer buf, Size buf_len, Pointer bufused) {
  const Descriptor& directory = *DOPPEL_TRY(directory_of(context, fd, rights::kPathReadlink));
  const std::string text = DOPPEL_TRY(read_path(memory, path, path_len));
  const auto slot = DOPPEL_TRY(memory.slot<Size>(bufused));
  const auto buffer = DOPPEL_TRY(memory.span(buf, buf_len));

  const HostFd link = DOPPEL_TRY(locate(context, directory, text, 0));
  std::array<char, kMaxPath> target;
  const ssize_t length = ::readlinkat(link.get(), "", target.data(), target.size());
  if (length < 0 && errno == ENOENT) return Errno::kInval;  // so says the host of what is no link
  if (length < 0) return host_failed();
  const std::size_t size = std::min(buffer.size(), static_cast<std::size_t>(length));
  std::memcpy(buffer.data(), target.data(), size);
  slot.set(static_cast<Size>(size));
  return Errno::kSuccess;
}

Outcome path_filestat_get(Context& context, GuestMemory memory, Fd fd, Flags32 flags, Pointer path,
                          Size path_len, Pointer buf) {
  const Descriptor& directory = *DOPPEL_TRY(directory_of(context, fd, rights::kPathFilestatGet));
  const std::string text = DOPPEL_TRY(read_path(memory, path, path_len));
  const auto slot = DOPPEL_TRY(memory.slot<Filestat>(buf));
  const HostFd file = DOPPEL_TRY(locate(context, directory, text, flags));
  slot.set(DOPPEL_TRY(filestat_of(file.get())));
  return Errno::kSuccess;
}

Outcome path_filestat_set_times(Context& context, GuestMemory memory, Fd fd, Flags32 flags,
                                Pointer path, Size path_len, Timestamp atim, Timestamp mtim,
                                Flags32 fst_flags) {
  const Descriptor& directory =
      *DOPPEL_TRY(directory_of(context, fd, rights::kPathFilestatSetTimes));
  const std::string text = DOPPEL_TRY(read_path(memory, path, path_len));
  const auto times = DOPPEL_TRY(times_to_set(atim, mtim, fst_flags));
  const HostFd file = DOPPEL_TRY(locate(context, directory, text, flags));
  if (::utimensat(file.get(), "", times.data(), AT_EMPTY_PATH) == 0) return Errno::kSuccess;
  if (errno != EINVAL) return host_failed();
  // Kernels before 5.8 take no empty path here.
  return finish(::utimensat(AT_FDCWD, proc_path(file).c_str(), times.data(), 0));
}

}  // namespace doppel::bytecode::wasi
