// SPDX-License-Identifier: Apache-2.0
// Names, external types and constant expressions (specification 5.2.4, 5.3, 5.4.10).
#include "bytecode/binary/section_reader.h"

#include <fmt/format.h>

#include "bytecode/binary/utf8.h"

namespace doppel::bytecode {
namespace {

constexpr std::uint8_t kHasMax = 1;
constexpr std::uint8_t kShared = 2;
constexpr std::uint8_t k64 = 4;
constexpr std::uint8_t kHasPageSize = 8;

bool opens_block(Opcode opcode) {
  switch (opcode) {
    case Opcode::kBlock:
    case Opcode::kLoop:
    case Opcode::kIf:
    case Opcode::kTry:
    case Opcode::kTryTable: return true;
    default: return false;
  }
}

}  // namespace

std::string SectionReader::read_name() {
  const std::uint32_t size = read_count("bytes of a name");
  const ByteOffset begin = offset();
  const auto bytes = read_bytes(size);
  std::string name(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!is_utf8(name)) {
    fail(ErrorKind::kMalformed, begin, found_but_expected("a name that is not UTF-8", "UTF-8"));
  }
  return name;
}

std::uint32_t SectionReader::read_limited_count(const char* items, std::uint32_t limit,
                                                std::uint32_t item_bytes) {
  const ByteOffset begin = offset();
  const std::uint32_t count = read_count(items, item_bytes);
  if (count > limit) fail_limit(begin, items, count, limit);
  return failed() ? 0 : count;
}

ConstExpr SectionReader::read_const_expr() {
  const ByteOffset begin = offset();
  for (std::uint32_t depth = 1; depth > 0 && !failed();) {
    const Opcode opcode = read_opcode();
    if (failed()) break;
    if (opens_block(opcode)) ++depth;
    if (opcode == Opcode::kEnd) --depth;
    skip_immediates(opcode);
  }
  return {{begin, offset()}};
}

Limits SectionReader::read_limits(std::uint8_t flags) {
  Limits limits;
  // 64 bits came with 64-bit addresses.
  const auto read = [&] { return features().has(Feature::kMemory64) ? read_u64() : read_u32(); };
  limits.min = read();
  if ((flags & kHasMax) != 0) limits.max = read();
  return limits;
}

TableType SectionReader::read_table_type() {
  TableType type;
  type.element = read_ref_type();
  const ByteOffset begin = offset();
  const std::uint8_t flags = read_byte();
  if ((flags & ~(kHasMax | k64)) != 0) fail_code(begin, "limits flags", flags, "those of a table");
  if ((flags & k64) != 0) require(Feature::kMemory64, "a table with 64-bit addresses", begin);
  type.is_64 = (flags & k64) != 0;
  type.limits = read_limits(flags);
  return type;
}

MemoryType SectionReader::read_memory_type() {
  const ByteOffset begin = offset();
  const std::uint8_t flags = read_byte();
  if ((flags & ~(kHasMax | kShared | k64 | kHasPageSize)) != 0) {
    fail_code(begin, "limits flags", flags, "those of a memory");
  }
  if ((flags & kShared) != 0) require(Feature::kThreads, "a shared memory", begin);
  if ((flags & k64) != 0) require(Feature::kMemory64, "a memory with 64-bit addresses", begin);
  if ((flags & kHasPageSize) != 0) require(Feature::kCustomPageSizes, "a page size", begin);
  MemoryType type;
  type.is_shared = (flags & kShared) != 0;
  type.is_64 = (flags & k64) != 0;
  type.limits = read_limits(flags);
  if ((flags & kHasPageSize) != 0) {
    const ByteOffset page_size = offset();
    const std::uint32_t log2 = read_u32();
    if (log2 != 0 && log2 != type.page_log2 && !failed()) {
      fail(log2 < 64 ? ErrorKind::kInvalid : ErrorKind::kMalformed, page_size,
           found_but_expected(fmt::format("a page size of 2^{}", log2), "1 or 65536"));
    }
    type.page_log2 = static_cast<std::uint8_t>(log2);
  }
  return type;
}

GlobalType SectionReader::read_global_type() {
  GlobalType type;
  type.type = read_val_type();
  const ByteOffset begin = offset();
  const std::uint8_t mutability = read_byte();
  if (mutability > 1) fail_code(begin, "mutability", mutability, "0 or 1");
  type.is_mutable = mutability == 1;
  return type;
}

TypeIndex SectionReader::read_tag_type() {
  require(Feature::kExceptions, "a tag");
  const ByteOffset begin = offset();
  const std::uint8_t attribute = read_byte();
  if (attribute != 0) fail_code(begin, "tag attribute", attribute, "0");
  return read_index<TypeIndex>();
}

void SectionReader::fail_code(ByteOffset offset, const char* what, std::uint32_t code,
                              const char* expected) {
  fail(ErrorKind::kMalformed, offset,
       found_but_expected(fmt::format("{} {}", what, code), expected));
}

void SectionReader::fail_limit(ByteOffset offset, const char* items, std::uint64_t count,
                               std::uint64_t limit) {
  fail(ErrorKind::kLimit, offset,
       found_but_expected(fmt::format("{} {}", count, items), fmt::format("at most {}", limit)));
}

}  // namespace doppel::bytecode
