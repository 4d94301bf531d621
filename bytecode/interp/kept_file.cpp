// SPDX-License-Identifier: Apache-2.0
// All is read by pread: whatever others do to the file meanwhile, it is an error at worst.
#include "bytecode/interp/kept_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/state/stream.h"

namespace doppel::bytecode::interp {

namespace {

constexpr std::string_view kMagic("\0doppelN", 8);  // no text, no module in the binary format
constexpr std::size_t kHeaderBytes = 16;            ///< magic and the index's length
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;  ///< of one stream

std::span<const std::byte> raw(std::string_view text) { return std::as_bytes(std::span(text)); }

tl::unexpected<Error> malformed(std::string what) {
  return fail(ErrorKind::kMalformed, "kept code: " + std::move(what));
}

}  // namespace

bool KeptFile::begins(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::ranges::equal(bytes.first(kMagic.size()), raw(kMagic));
}

Result<KeptFile> KeptFile::open(FileDescriptor file) {
  KeptFile opened(std::move(file));
  DOPPEL_TRY(opened.read_index());
  return opened;
}

Result<std::vector<std::byte>> KeptFile::read(Place place) const {
  if (place.size > kMostBytes) return malformed("found more than 1 GiB in one piece");
  std::vector<std::byte> bytes(place.size);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::pread(file_.get(), bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(place.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot read kept code", errno);
    if (got == 0) return malformed("found the file's end, expected code");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

Result<void> KeptFile::read_index() {
  struct stat found{};
  if (::fstat(file_.get(), &found) != 0) return fail_errno("cannot read kept code", errno);
  const auto file_bytes = static_cast<std::uint64_t>(found.st_size);
  if (file_bytes < kHeaderBytes) return malformed("found a file without a header");
  const auto header = DOPPEL_TRY(read({0, kHeaderBytes}));
  if (!begins(header)) return malformed("found another kind of file");
  std::uint64_t index_bytes = 0;
  std::memcpy(&index_bytes, header.data() + kMagic.size(), sizeof index_bytes);
  if (index_bytes > file_bytes - kHeaderBytes) return malformed("found an index beyond the end");
  const auto index = DOPPEL_TRY(read({kHeaderBytes, index_bytes}));

  StateReader in(index);
  in.begin("index", kVersion);
  origin_ = in.text();
  std::uint64_t at = kHeaderBytes + index_bytes;
  const auto place = [&](Effort effort) {
    const std::uint64_t size = in.u64();
    if (size > file_bytes - at) {
      in.reject("found a piece beyond the end");
      return Place{};
    }
    at += size;
    return Place{at - size, size, effort};
  };
  module_ = place(Effort::kFull);
  const std::uint32_t functions = in.u32();
  for (std::uint32_t i = 0; i < functions && !in.failed(); ++i) {
    const FuncIndex function{in.u32()};
    const Effort effort = in.boolean() ? Effort::kFull : Effort::kQuick;
    functions_.insert_or_assign(functions_.end(), function, place(effort));
  }
  const std::uint32_t thunks = in.u32();
  for (std::uint32_t i = 0; i < thunks && !in.failed(); ++i) {
    std::string name = in.text();
    thunks_.insert_or_assign(std::move(name), place(Effort::kFull));
  }
  return in.finish();
}

std::vector<std::byte> KeptFile::encode(std::string_view origin, std::span<const std::byte> module,
                                        const KeptPieces& pieces) {
  StateWriter index;
  index.begin("index", kVersion);
  index.text(origin);
  index.u64(module.size());
  index.u32(static_cast<std::uint32_t>(pieces.functions.size()));
  for (const auto& [function, piece] : pieces.functions) {
    index.u32(function.value());
    index.boolean(piece.effort == Effort::kFull);
    index.u64(piece.stream.size());
  }
  index.u32(static_cast<std::uint32_t>(pieces.thunks.size()));
  for (const auto& [name, stream] : pieces.thunks) {
    index.text(name);
    index.u64(stream.size());
  }
  const std::vector<std::byte> encoded = std::move(index).finish();
  std::vector<std::byte> file;
  const auto append = [&](std::span<const std::byte> bytes) {
    file.insert(file.end(), bytes.begin(), bytes.end());
  };
  const std::uint64_t index_bytes = encoded.size();
  append(raw(kMagic));
  append(std::as_bytes(std::span(&index_bytes, 1)));
  append(encoded);
  append(module);
  for (const auto& [function, piece] : pieces.functions) append(piece.stream);
  for (const auto& [name, stream] : pieces.thunks) append(stream);
  return file;
}

}  // namespace doppel::bytecode::interp
