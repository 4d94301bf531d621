// SPDX-License-Identifier: Apache-2.0
// fd_readdir: a cookie stands for the host's own offset of an entry, so that entries which others
// add or remove do not move the place of a reader. Guests squeeze cookies into 32 bits (telldir of
// wasi-libc), the host's offsets need 63: a cookie is the entry's number, and the descriptor
// remembers the offsets.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

#include "bytecode/wasi/functions.h"

namespace doppel::bytecode::wasi {
namespace {

Filetype filetype_of_entry(unsigned char type) {
  switch (type) {
    case DT_BLK: return Filetype::kBlockDevice;
    case DT_CHR: return Filetype::kCharacterDevice;
    case DT_DIR: return Filetype::kDirectory;
    case DT_REG: return Filetype::kRegularFile;
    case DT_LNK: return Filetype::kSymbolicLink;
    case DT_SOCK: return Filetype::kSocketStream;
    default: return Filetype::kUnknown;
  }
}

/// A `dirent` record; the name follows it.
using Dirent = Record<24>;

/// Copies what fits of `bytes` to the front of `room`, and drops it from there.
void append(std::span<std::byte>& room, std::span<const std::byte> bytes) {
  const std::size_t size = std::min(room.size(), bytes.size());
  std::copy_n(bytes.begin(), size, room.begin());
  room = room.subspan(size);
}

/// 8 MiB of memory; later entries have their offset, marked, as their cookie.
constexpr std::size_t kMaxRemembered = 1 << 20;
constexpr Dircookie kIsOffset = Dircookie{1} << 63;

/// The place of entry number `index`.
class Place {
 public:
  /// Where `cookie` leads, or EINVAL where no entry has had it.
  static Attempt<Place> of(Descriptor& directory, Dircookie cookie) {
    if (cookie == 0) return Place(directory, 0, 0);
    const std::vector<std::int64_t>& offsets = directory.entry_offsets;
    if ((cookie & kIsOffset) != 0 && offsets.size() == kMaxRemembered) {
      return Place(directory, static_cast<off_t>(cookie & ~kIsOffset), kMaxRemembered);
    }
    if (cookie > offsets.size()) return failed(Errno::kInval);
    return Place(directory, offsets[cookie - 1], cookie);
  }

  [[nodiscard]] off_t offset() const { return offset_; }

  /// Goes past an entry, to the one at `offset`; the cookie for it.
  Dircookie advance(off_t offset) {
    if (index_ >= kMaxRemembered) return static_cast<Dircookie>(offset) | kIsOffset;
    std::vector<std::int64_t>& offsets = directory_->entry_offsets;
    if (index_ >= offsets.size()) offsets.resize(index_ + 1);
    offsets[index_] = offset;
    return ++index_;
  }

 private:
  Place(Descriptor& directory, off_t offset, std::size_t index)
      : directory_(&directory), offset_(offset), index_(index) {}

  Descriptor* directory_;
  off_t offset_;
  std::size_t index_;
};

/// Appends the entries of `chunk`, getdents64 records, until `room` is full.
void append_entries(std::span<std::byte>& room, std::span<const std::byte> chunk, Place& place,
                    std::uint64_t own_inode) {
  constexpr std::size_t kNameOffset = offsetof(dirent64, d_name);
  while (!chunk.empty() && !room.empty()) {
    dirent64 header{};
    std::memcpy(&header, chunk.data(), kNameOffset);
    const std::string_view name(reinterpret_cast<const char*>(chunk.data()) + kNameOffset);

    Dirent entry;
    entry.put(0, place.advance(header.d_off));
    // Of the parent, which may lie outside the guest's tree, nothing is told.
    entry.put(8, name == ".." ? own_inode : std::uint64_t{header.d_ino});
    entry.put(16, static_cast<std::uint32_t>(name.size()));
    entry.put(20, filetype_of_entry(header.d_type));
    append(room, entry.bytes);
    append(room, std::as_bytes(std::span(name)));
    chunk = chunk.subspan(header.d_reclen);
  }
}

}  // namespace

Outcome fd_readdir(Context& context, GuestMemory memory, Fd fd, Pointer buf, Size buf_len,
                   Dircookie cookie, Pointer bufused) {
  Descriptor& directory = *DOPPEL_TRY(context.descriptors().get(fd, rights::kFdReaddir));
  const auto slot = DOPPEL_TRY(memory.slot<Size>(bufused));
  const std::span<std::byte> buffer = DOPPEL_TRY(memory.span(buf, buf_len));
  Place place = DOPPEL_TRY(Place::of(directory, cookie));

  const int host = directory.host.get();
  struct stat status{};
  if (::fstat(host, &status) != 0) return host_failed();
  if (::lseek(host, place.offset(), SEEK_SET) < 0) return host_failed();

  std::span<std::byte> room = buffer;
  alignas(dirent64) std::array<std::byte, std::size_t{32} * 1024> chunk;
  while (!room.empty()) {
    const ssize_t size = ::getdents64(host, chunk.data(), chunk.size());
    if (size < 0) return host_failed();
    if (size == 0) break;
    append_entries(room, std::span(chunk).first(static_cast<std::size_t>(size)), place,
                   status.st_ino);
    if (context.interrupted()) return Outcome::interrupted();
  }
  slot.set(static_cast<Size>(buffer.size() - room.size()));
  return Errno::kSuccess;
}

}  // namespace doppel::bytecode::wasi
