// SPDX-License-Identifier: Apache-2.0
// Single instructions with their immediates, as the opcode table lists them: text in, binary out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytecode/binary/encoder.h"
#include "bytecode/text/cursor.h"
#include "bytecode/text/scope.h"
#include "bytecode/text/type_parser.h"

namespace doppel::bytecode::text {

/// What is in scope within one function body or constant expression.
struct CodeScope {
  IndexSpace locals{"local"};
  std::vector<std::optional<std::string>> labels;  ///< innermost last
  bool uses_data = false;  ///< an instruction named a data segment, so their count is needed
};

/// The opcode of an instruction's name; where several share it, the first in the table.
std::optional<Opcode> find_opcode(std::string_view name);

/// See the file comment. Borrows all of its arguments.
class ImmediateParser {
 public:
  ImmediateParser(Cursor& in, Scope& scope, CodeScope& code)
      : in_(in), scope_(scope), code_(code), types_(in, scope) {}

  /// Writes `opcode`, whose name was just taken, and its immediates. Where immediates decide
  /// between opcodes of one name, the right one is written. Labels of the instruction itself are
  /// not in scope.
  Result<void> instruction(Opcode opcode, Encoder& to);

 private:
  Result<void> immediates(Opcode opcode, Encoder& to);
  Result<void> index(const IndexSpace& space, Encoder& to);
  Result<void> optional_index(const IndexSpace& space, Encoder& to);
  Result<void> index_pair(const IndexSpace& first, const IndexSpace& second, Encoder& to);
  Result<void> optional_index_pair(const IndexSpace& space, Encoder& to);
  Result<void> segment_and_target(const IndexSpace& segments, const IndexSpace& targets,
                                  Encoder& to);
  Result<std::uint32_t> label_index();
  Result<void> label(Encoder& to);
  Result<void> block_type(Encoder& to);
  Result<void> label_table(Encoder& to);
  Result<void> call_indirect(Encoder& to);
  Result<void> memory_argument(std::uint8_t natural_log2, bool has_lane, Encoder& to);
  Result<std::uint8_t> alignment(std::uint8_t natural_log2);
  Result<std::optional<std::uint64_t>> keyed_number(std::string_view key);
  Result<void> lanes(unsigned count, Encoder& to);
  Result<void> vector(Encoder& to);
  Result<void> select(Encoder& to);
  Result<void> test_or_cast(Opcode if_not_null, Opcode if_null, Encoder& to);
  Result<void> catch_clauses(Encoder& to);
  Result<void> cast_branch(Encoder& to);
  Result<void> type_and_field(Encoder& to);

  Cursor& in_;
  Scope& scope_;
  CodeScope& code_;
  TypeParser types_;
};

}  // namespace doppel::bytecode::text
