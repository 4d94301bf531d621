// SPDX-License-Identifier: Apache-2.0
// Whole chunks are reserved writable, page by page of their code becomes executable: no page is
// ever both.
#include "core/code/code_space.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace doppel {

namespace {

constexpr std::size_t kChunkBytes = std::size_t{16} << 20;  ///< of code, and of data
constexpr std::size_t kDataAlignment = 64;

std::size_t align(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

std::size_t page() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

}  // namespace

CodeSpace::~CodeSpace() {
  for (const Chunk& chunk : chunks_) {
    table_.remove(chunk.code.data());
    ::munmap(chunk.code.data(), chunk.code.size() + chunk.data.size());
  }
}

Result<void> CodeSpace::add_chunk(std::size_t code_bytes, std::size_t data_bytes) {
  const std::size_t code = std::max(code_bytes, kChunkBytes);
  const std::size_t data = align(std::max(data_bytes, kChunkBytes), page());
  void* memory = ::mmap(nullptr, code + data, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return fail_errno(fmt::format("memory for {} bytes of code", code_bytes), errno);
  ::madvise(memory, code + data, MADV_NOHUGEPAGE);  // few of its pages are used at first
  const std::span all(static_cast<std::byte*>(memory), code + data);
  if (auto added = table_.add(all.data(), all.data() + code, this); !added) {
    ::munmap(memory, all.size());
    return added;
  }
  chunks_.push_back({all.first(code), all.subspan(code)});
  return {};
}

Result<CodeSpace::Piece> CodeSpace::take(std::size_t code_bytes, std::size_t data_bytes) {
  code_bytes = align(code_bytes, page());
  data_bytes = align(data_bytes, kDataAlignment);
  if (chunks_.empty() || code_bytes > chunks_.back().code.size() - chunks_.back().code_used ||
      data_bytes > chunks_.back().data.size() - chunks_.back().data_used)
    DOPPEL_TRY(add_chunk(code_bytes, data_bytes));
  Chunk& chunk = chunks_.back();
  const Piece piece{chunk.code.subspan(chunk.code_used, code_bytes),
                    chunk.data.subspan(chunk.data_used, data_bytes)};
  chunk.code_used += code_bytes;
  chunk.data_used += data_bytes;
  return piece;
}

Result<void> CodeSpace::make_executable(const Piece& piece) {
  if (piece.code.empty()) return {};
  auto* begin = reinterpret_cast<char*>(piece.code.data());
  if (::mprotect(begin, piece.code.size(), PROT_READ | PROT_EXEC) != 0)
    return fail_errno("making memory executable", errno);
  __builtin___clear_cache(begin, begin + piece.code.size());
  return {};
}

}  // namespace doppel
