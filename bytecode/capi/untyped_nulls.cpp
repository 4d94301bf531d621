// SPDX-License-Identifier: Apache-2.0
// Rewrites the section of globals, and copies the others as they are.
#include "bytecode/capi/untyped_nulls.h"

#include <algorithm>
#include <iterator>

#include "bytecode/binary/byte_reader.h"

namespace doppel::bytecode::capi {
namespace {

using Reader = ByteReader<Trust::kNone>;
using Bytes = std::vector<std::byte>;

constexpr std::uint32_t kHeaderBytes = 8;
constexpr std::uint8_t kGlobalSection = 6;
constexpr std::uint8_t kEnd = 0x0b;
constexpr std::uint8_t kRefNull = 0xd0;

/// Reads the immediate of an instruction that initializes a global; false if it is another.
bool read_immediate(Reader& reader, std::uint8_t opcode) {
  switch (opcode) {
    case 0x41: reader.read_s32(); return true;       // i32.const
    case 0x42: reader.read_s64(); return true;       // i64.const
    case 0x43: reader.read_f32_bits(); return true;  // f32.const
    case 0x44: reader.read_f64_bits(); return true;  // f64.const
    case 0x23:                                       // global.get
    case 0xd2: reader.read_u32(); return true;       // ref.func
    case kRefNull: return true;
    default: return false;
  }
}

void append_size(Bytes& out, std::size_t size) {
  for (; size >= 0x80; size >>= 7U) out.push_back(static_cast<std::byte>(size | 0x80U));
  out.push_back(static_cast<std::byte>(size));
}

/// The section's contents with the types; none where they cannot be read.
std::optional<Bytes> rewrite(std::span<const std::byte> module, ByteRange contents) {
  Reader reader(module, contents);
  Bytes out;
  ByteOffset copied = contents.begin;
  const auto copy = [&] {
    std::ranges::copy(module.subspan(copied.value(), reader.offset() - copied),
                      std::back_inserter(out));
    copied = reader.offset();
  };
  for (std::uint32_t left = reader.read_count("globals", 4); left > 0; --left) {
    const std::uint8_t type = reader.read_byte();
    reader.read_byte();  // whether it is mutable
    const std::uint8_t opcode = reader.read_byte();
    if (!read_immediate(reader, opcode)) return std::nullopt;
    if (opcode == kRefNull) {
      copy();
      out.push_back(std::byte{type});
    }
    if (reader.read_byte() != kEnd || reader.failed()) return std::nullopt;
  }
  copy();
  return out;
}

}  // namespace

std::optional<Bytes> with_typed_nulls(std::span<const std::byte> module) {
  if (module.size() < kHeaderBytes || module.size() > UINT32_MAX) return std::nullopt;
  const auto size = static_cast<std::uint32_t>(module.size());
  Reader reader(module, {ByteOffset{kHeaderBytes}, ByteOffset{size}});
  while (!reader.at_end()) {
    const std::uint8_t id = reader.read_byte();
    const ByteOffset at_size = reader.offset();
    const std::uint32_t section = reader.read_u32();
    const ByteOffset begin = reader.offset();
    reader.read_bytes(section);
    if (reader.failed()) return std::nullopt;
    if (id != kGlobalSection) continue;
    const auto contents = rewrite(module, {begin, reader.offset()});
    if (!contents) return std::nullopt;
    Bytes out(module.begin(), module.begin() + at_size.value());
    append_size(out, contents->size());
    out.insert(out.end(), contents->begin(), contents->end());
    out.insert(out.end(), module.begin() + reader.offset().value(), module.end());
    return out;
  }
  return std::nullopt;
}

}  // namespace doppel::bytecode::capi
