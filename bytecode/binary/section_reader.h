// SPDX-License-Identifier: Apache-2.0
// A cursor over a section's contents: names, limits and constant expressions beside what the
// instruction reader offers.
#pragma once

#include <string>

#include "bytecode/binary/instruction.h"
#include "bytecode/binary/module.h"

namespace doppel::bytecode {

/// See the file comment. Always checked.
class SectionReader : public CodeReader {
 public:
  using CodeReader::CodeReader;
  using CodeReader::require;

  /// A name: a length and that many bytes of UTF-8.
  std::string read_name();
  /// A count of at most `limit` items of at least `item_bytes` bytes each.
  std::uint32_t read_limited_count(const char* items, std::uint32_t limit,
                                   std::uint32_t item_bytes);
  /// The bytes up to and including the `end` that closes the expression.
  ConstExpr read_const_expr();
  TableType read_table_type();
  MemoryType read_memory_type();
  GlobalType read_global_type();
  TypeIndex read_tag_type();

  /// Reports an unassigned code at `offset`.
  void fail_code(ByteOffset offset, const char* what, std::uint32_t code, const char* expected);
  /// Reports `count` items where `limit` are accepted.
  void fail_limit(ByteOffset offset, const char* items, std::uint64_t count, std::uint64_t limit);

 private:
  Limits read_limits(std::uint8_t flags);
};

}  // namespace doppel::bytecode
