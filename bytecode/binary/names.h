// SPDX-License-Identifier: Apache-2.0
// The name section (specification, appendix A.4): names of the module and of what it defines, for
// messages and disassembly. Read on demand; what is malformed in it is left out and is no error.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytecode/binary/module.h"

namespace doppel::bytecode {

/// The kinds of names, with their binary codes.
enum class NameKind : std::uint8_t {
  kModule = 0,
  kFunction = 1,
  kLocal = 2,
  kLabel = 3,
  kType = 4,
  kTable = 5,
  kMemory = 6,
  kGlobal = 7,
  kElement = 8,
  kData = 9,
  kField = 10,
  kTag = 11,
};

/// The names of one module. Views into the module's bytes, which must outlive it.
class Names {
 public:
  Names() = default;
  /// Reads the module's first custom section called "name", if there is one.
  explicit Names(const Module& module);

  [[nodiscard]] std::optional<std::string_view> module() const;
  /// The name of an item of an index space: a function, type, table, memory, global, element
  /// segment, data segment or tag.
  [[nodiscard]] std::optional<std::string_view> find(NameKind kind, std::uint32_t index) const;
  /// The name of a function's local or label, or of a type's field.
  [[nodiscard]] std::optional<std::string_view> find(NameKind kind, std::uint32_t owner,
                                                     std::uint32_t index) const;

  /// The owner is zero where there is none.
  struct Entry {
    std::uint32_t owner = 0;
    std::uint32_t index = 0;
    std::string_view name;
  };
  /// All names of a kind, of one owner where the kind has owners. By ascending index; of several
  /// names for one thing the first counts.
  [[nodiscard]] std::span<const Entry> all(NameKind kind, std::uint32_t owner = 0) const;

 private:
  static constexpr std::size_t kKinds = 12;
  class Reader;

  std::array<std::vector<Entry>, kKinds> entries_;  ///< sorted by (owner, index)
};

/// A name with control characters, quotes and backslashes as the text format escapes them.
std::string escape_name(std::string_view name);
/// The same in quotes.
std::string quote_name(std::string_view name);

/// What messages call a function: "function 3 \"main\"", or "function 3" without a name. Uses the
/// name section, then the exports.
std::string describe_function(const Module& module, FuncIndex function);

}  // namespace doppel::bytecode
