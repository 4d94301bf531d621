// SPDX-License-Identifier: Apache-2.0
// What an image covers, and making it.
#include "bytecode/runtime/memory_image.h"

#include <algorithm>
#include <vector>

#include "bytecode/binary/instruction.h"
#include "core/memory/reservation.h"

namespace doppel::bytecode {

namespace {

/// A data segment with its constant place in memory 0.
struct Piece {
  std::uint64_t begin;
  std::span<const std::byte> bytes;
};

/// The value of an offset that is one constant.
std::optional<std::uint64_t> constant(const Module& module, const ConstExpr& offset) {
  TrustedCodeReader reader(module.bytes, offset.code);
  std::optional<std::uint64_t> value;
  switch (reader.read_opcode()) {
    case Opcode::kI32Const: value = static_cast<std::uint32_t>(reader.read_s32()); break;
    case Opcode::kI64Const: value = static_cast<std::uint64_t>(reader.read_s64()); break;
    default: return std::nullopt;
  }
  return reader.read_opcode() == Opcode::kEnd ? value : std::nullopt;
}

/// The active segments of memory 0; none if one of them must be evaluated or would trap.
std::vector<Piece> pieces_of(const Module& module) {
  const MemoryType& type = module.memories.front();
  const std::uint64_t size = type.limits.min << type.page_log2;
  std::vector<Piece> pieces;
  for (const DataSegment& segment : module.data) {
    if (segment.mode != SegmentMode::kActive || segment.memory != MemoryIndex{0}) continue;
    const auto begin = constant(module, segment.offset);
    const auto bytes = module.view(segment.bytes);
    if (!begin || *begin > size || bytes.size() > size - *begin) return {};
    if (!bytes.empty()) pieces.push_back({*begin, bytes});
  }
  return pieces;
}

}  // namespace

bool MemoryImage::fill(const Module& module, MemoryInstance& memory) {
  const std::scoped_lock lock(mutex_);
  if (++instances_ == 2 && !make(module)) image_.reset();
  return image_ && memory.reservation().map_image(begin_, *image_);
}

bool MemoryImage::make(const Module& module) {
  if (module.imported_memories != 0) return false;
  const std::vector<Piece> pieces = pieces_of(module);
  std::uint64_t total = 0;
  std::uint64_t first = ~std::uint64_t{0};
  std::uint64_t end = 0;
  for (const Piece& piece : pieces) {
    total += piece.bytes.size();
    first = std::min(first, piece.begin);
    end = std::max(end, piece.begin + piece.bytes.size());
  }
  if (total < kMinBytes || end - first > 2 * total) return false;
  begin_ = first - first % host_page_size();
  std::vector<std::byte> contents(end - begin_);
  for (const Piece& piece : pieces)
    std::ranges::copy(piece.bytes,
                      contents.begin() + static_cast<std::ptrdiff_t>(piece.begin - begin_));
  auto made = Image::create(contents);
  if (made) image_ = *std::move(made);
  return image_.has_value();
}

}  // namespace doppel::bytecode
