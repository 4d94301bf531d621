// SPDX-License-Identifier: Apache-2.0
#include "core/code/object.h"

#include <fmt/format.h>

namespace doppel {

namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMostBytes = std::size_t{1} << 29;  ///< distances are of 32 bits

std::size_t width(CodeObject::FixupKind kind) {
  return kind == CodeObject::FixupKind::kAddress64 ? 8 : 4;
}

/// A count of things that take at least so many bytes each, so that a false one takes no memory.
std::size_t read_count(StateReader& in, std::size_t bytes_left, std::size_t bytes_each) {
  const std::uint32_t count = in.u32();
  if (count <= bytes_left / bytes_each) return count;
  in.reject("found more entries than bytes");
  return 0;
}

std::vector<std::byte> read_block(StateReader& in) {
  const auto block = in.block();
  return {block.begin(), block.end()};
}

}  // namespace

void CodeObject::save(StateWriter& out) const {
  out.begin("code", kVersion);
  out.block(code);
  out.block(constants);
  out.u32(room);
  out.u32(static_cast<std::uint32_t>(outside.size()));
  for (const std::string& name : outside) out.text(name);
  out.u32(static_cast<std::uint32_t>(symbols.size()));
  for (const Symbol& symbol : symbols) {
    out.text(symbol.name);
    out.u8(static_cast<std::uint8_t>(symbol.part));
    out.u32(symbol.offset);
    out.u32(symbol.size);
  }
  out.u32(static_cast<std::uint32_t>(fixups.size()));
  for (const Fixup& fixup : fixups) {
    out.u8(static_cast<std::uint8_t>(fixup.kind));
    out.u8(static_cast<std::uint8_t>(fixup.place));
    out.u8(static_cast<std::uint8_t>(fixup.target));
    out.u32(fixup.offset);
    out.u32(fixup.outside);
    out.u64(static_cast<std::uint64_t>(fixup.addend));
  }
  out.u32(static_cast<std::uint32_t>(lines.size()));
  for (const Line& line : lines) {
    out.u32(line.offset);
    out.u32(line.line);
  }
}

CodeObject CodeObject::restore(StateReader& in) {
  CodeObject object;
  in.begin("code", kVersion);
  object.code = read_block(in);
  object.constants = read_block(in);
  object.room = in.u32();
  object.outside.resize(read_count(in, in.left(), 8));
  for (std::string& name : object.outside) name = in.text();
  object.symbols.resize(read_count(in, in.left(), 17));
  for (Symbol& symbol : object.symbols) {
    symbol.name = in.text();
    symbol.part = static_cast<Part>(in.u8());
    symbol.offset = in.u32();
    symbol.size = in.u32();
  }
  object.fixups.resize(read_count(in, in.left(), 19));
  for (Fixup& fixup : object.fixups) {
    fixup.kind = static_cast<FixupKind>(in.u8());
    fixup.place = static_cast<Part>(in.u8());
    fixup.target = static_cast<Part>(in.u8());
    fixup.offset = in.u32();
    fixup.outside = in.u32();
    fixup.addend = static_cast<std::int64_t>(in.u64());
  }
  object.lines.resize(read_count(in, in.left(), 8));
  for (Line& line : object.lines) {
    line.offset = in.u32();
    line.line = in.u32();
  }
  if (in.failed()) return {};
  if (const auto checked = object.check(); !checked) in.reject(checked.error().message);
  return object;
}

Result<void> CodeObject::check() const {
  const auto wrong = [](std::string_view what, std::size_t offset) {
    return fail(ErrorKind::kMalformed,
                fmt::format("found {} at {:#x}, expected one inside the code", what, offset));
  };
  if (code.size() > kMostBytes || constants.size() > kMostBytes || room > kMostBytes)
    return fail(ErrorKind::kLimit,
                fmt::format("found {} bytes of code, {} of constants and {} of room, expected "
                            "at most {} each",
                            code.size(), constants.size(), room, kMostBytes));
  for (const Symbol& symbol : symbols) {
    if (symbol.part != Part::kCode && symbol.part != Part::kRoom)
      return wrong("a symbol of no part", symbol.offset);
    const std::size_t size = symbol.part == Part::kCode ? code.size() : room;
    if (symbol.offset > size || symbol.size > size - symbol.offset)
      return wrong("a symbol", symbol.offset);
  }
  for (const Fixup& fixup : fixups) {
    if (fixup.kind > FixupKind::kSlot32 || fixup.place > Part::kConstants ||
        fixup.target > Part::kOutside)
      return wrong("an unknown fixup", fixup.offset);
    const bool is_outside = fixup.target == Part::kOutside;
    if (is_outside ? fixup.outside >= outside.size() || fixup.kind == FixupKind::kRelative32
                   : fixup.kind == FixupKind::kSlot32)
      return wrong("a fixup of no target", fixup.offset);
    const std::size_t size = fixup.place == Part::kCode ? code.size() : constants.size();
    if (fixup.offset > size || width(fixup.kind) > size - fixup.offset)
      return wrong("a fixup", fixup.offset);
  }
  std::uint32_t before = 0;
  for (const Line& line : lines) {
    if (line.offset > code.size() || line.offset < before) return wrong("a line", line.offset);
    before = line.offset;
  }
  return {};
}

}  // namespace doppel
