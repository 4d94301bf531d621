// SPDX-License-Identifier: Apache-2.0
// Notes of ELF (System V ABI, chapter 5, "Note Section"): the one of type NT_GNU_BUILD_ID.
#include "core/code/build_id.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/memory/file_descriptor.h"

namespace doppel {

namespace {

bool read_at(const FileDescriptor& file, std::uint64_t offset, std::span<std::byte> bytes) {
  return ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(bytes.size());
}

template <class T>
bool read_value(const FileDescriptor& file, std::uint64_t offset, T& value) {
  return read_at(file, offset, std::as_writable_bytes(std::span(&value, 1)));
}

std::size_t align(std::size_t bytes) { return (bytes + 3) / 4 * 4; }

/// The identifier among the notes of a segment; empty if it is not there.
std::string find_in(std::span<const std::byte> notes) {
  while (notes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note;
    std::memcpy(&note, notes.data(), sizeof note);
    notes = notes.subspan(sizeof note);
    const std::size_t name = align(note.n_namesz);
    const std::size_t contents = align(note.n_descsz);
    if (name > notes.size() || contents > notes.size() - name) break;
    if (note.n_type == NT_GNU_BUILD_ID) {
      std::string digits;
      for (const std::byte byte : notes.subspan(name, note.n_descsz))
        digits += fmt::format("{:02x}", static_cast<unsigned>(byte));
      return digits;
    }
    notes = notes.subspan(name + contents);
  }
  return {};
}

}  // namespace

std::string build_id(const std::string& path) {
  constexpr std::uint64_t kMostNoteBytes = 65'536;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Elf64_Ehdr header;
  if (!file.is_open() || !read_value(file, 0, header) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
    return {};
  for (std::uint32_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!read_value(file, header.e_phoff + i * sizeof segment, segment)) return {};
    if (segment.p_type != PT_NOTE || segment.p_filesz > kMostNoteBytes) continue;
    std::vector<std::byte> notes(segment.p_filesz);
    if (!read_at(file, segment.p_offset, notes)) return {};
    if (std::string found = find_in(notes); !found.empty()) return found;
  }
  return {};
}

}  // namespace doppel
