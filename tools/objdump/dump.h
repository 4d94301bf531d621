// SPDX-License-Identifier: Apache-2.0
// What `doppel wasm objdump` prints about a decoded module, which need not be valid.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytecode/binary/module.h"
#include "bytecode/binary/names.h"

namespace doppel::tools {

/// A module with its names.
struct DumpedModule {
  const bytecode::Module& module;
  bytecode::Names names;

  explicit DumpedModule(const bytecode::Module& module) : module(module), names(module) {}
  /// "type 3", "function 7 "main"" and so on; indices out of range print all the same.
  [[nodiscard]] std::string item(std::string_view kind, bytecode::NameKind names_of,
                                 std::uint32_t index) const;
  /// "[i32] -> [i64]", or the index of a type that is not a function's.
  [[nodiscard]] std::string signature(bytecode::TypeIndex type) const;
};

/// The section's name and, where it counts items, how many it holds.
std::string_view section_name(std::uint8_t id);
std::size_t section_items(const bytecode::Module& module, std::uint8_t id);

/// One line a section: name, place, size, number of items.
std::string headers_text(const bytecode::Module& module);
/// One line an item of each section.
std::string details_text(const DumpedModule& dumped);
/// The instructions of a function, one a line, with their offsets and bytes.
std::string disassembly_text(const DumpedModule& dumped, bytecode::FuncIndex function);
/// The same in parts. An instruction that cannot be read is the last one, and its words say why.
struct DumpedInstruction {
  bytecode::ByteRange bytes;
  std::uint32_t depth = 0;  ///< of the blocks around it
  std::string words;
};
std::vector<DumpedInstruction> disassemble(const DumpedModule& dumped,
                                           bytecode::FuncIndex function);
/// The defined function that `word` names, by the name section, by export or by index.
std::optional<bytecode::FuncIndex> find_function(const DumpedModule& dumped, std::string_view word);
/// Sections, imports, exports and functions, for programs.
nlohmann::json listing_json(const DumpedModule& dumped);

}  // namespace doppel::tools
