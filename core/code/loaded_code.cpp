// SPDX-License-Identifier: Apache-2.0
// The parts are copied, then the fixups filled in, then the code is made executable.
#include "core/code/loaded_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace doppel {

namespace {

using Part = CodeObject::Part;

/// Where the parts begin: constants, the table of outside addresses and room are the piece's data.
struct Layout {
  explicit Layout(const CodeObject& object)
      : table(align(object.constants.size())),
        room(align(table + object.outside.size() * sizeof(void*))),
        data_bytes(room + object.room) {}

  void place_in(const CodeSpace::Piece& piece) {
    code = piece.code.data();
    data = piece.data.data();
  }
  [[nodiscard]] std::byte* part(Part part) const {
    if (part == Part::kCode) return code;
    return data + (part == Part::kRoom ? room : 0);
  }

  static std::size_t align(std::size_t bytes) {
    return (bytes + CodeObject::kAlignment - 1) / CodeObject::kAlignment * CodeObject::kAlignment;
  }

  std::size_t table;  ///< from the beginning of the data
  std::size_t room;
  std::size_t data_bytes;
  std::byte* code = nullptr;
  std::byte* data = nullptr;
};

void fill(const CodeObject::Fixup& fixup, const Layout& layout,
          std::span<const void* const> outside) {
  std::byte* place = layout.part(fixup.place) + fixup.offset;
  const auto addend = static_cast<std::uint64_t>(fixup.addend);
  const std::byte* target = nullptr;
  if (fixup.kind == CodeObject::FixupKind::kSlot32) {
    target = layout.data + layout.table + fixup.outside * sizeof(void*);
  } else if (fixup.target == Part::kOutside) {
    target = static_cast<const std::byte*>(outside[fixup.outside]);
  } else {
    target = layout.part(fixup.target);
  }
  std::uint64_t value = reinterpret_cast<std::uintptr_t>(target) + addend;
  if (fixup.kind == CodeObject::FixupKind::kAddress64) {
    std::memcpy(place, &value, sizeof value);
    return;
  }
  value -= reinterpret_cast<std::uintptr_t>(place);
  const auto distance = static_cast<std::uint32_t>(value);
  std::memcpy(place, &distance, sizeof distance);
}

}  // namespace

Result<LoadedCode> LoadedCode::load(const CodeObject& object, const Resolve& resolve,
                                    CodeSpace& space) {
  std::vector<const void*> outside;
  outside.reserve(object.outside.size());
  for (const std::string& name : object.outside) {
    const void* address = resolve(name);
    if (address == nullptr)
      return fail(ErrorKind::kUnlinkable, fmt::format("code needs '{}', which is not there", name));
    outside.push_back(address);
  }
  Layout layout(object);
  const auto piece = DOPPEL_TRY(space.take(object.code.size(), layout.data_bytes));
  layout.place_in(piece);
  std::ranges::copy(object.code, layout.code);
  std::ranges::copy(object.constants, layout.data);
  if (!outside.empty())
    std::memcpy(layout.data + layout.table, outside.data(), outside.size() * sizeof(void*));
  for (const CodeObject::Fixup& fixup : object.fixups) fill(fixup, layout, outside);
  DOPPEL_TRY(CodeSpace::make_executable(piece));

  LoadedCode loaded;
  loaded.code_ = piece.code.first(object.code.size());
  for (const CodeObject::Symbol& symbol : object.symbols)
    loaded.symbols_.emplace(symbol.name,
                            std::span(layout.part(symbol.part) + symbol.offset, symbol.size));
  loaded.lines_ = object.lines;
  return loaded;
}

std::span<std::byte> LoadedCode::find(std::string_view name) const {
  const auto found = symbols_.find(name);
  return found == symbols_.end() ? std::span<std::byte>() : found->second;
}

std::uint32_t LoadedCode::line_at(std::uintptr_t pc) const {
  const std::uintptr_t offset = pc - reinterpret_cast<std::uintptr_t>(code_.data());
  if (offset >= code_.size()) return 0;
  const auto after = std::ranges::upper_bound(lines_, offset, {}, &CodeObject::Line::offset);
  return after == lines_.begin() ? 0 : std::prev(after)->line;
}

}  // namespace doppel
