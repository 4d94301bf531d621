// SPDX-License-Identifier: Apache-2.0
// Names of guest addresses, for diagnoses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doppel::sysvm {

/// A guest program's symbols by address.
class SymbolTable {
 public:
  struct Symbol {
    std::uint64_t address;
    std::string name;
  };

  SymbolTable() = default;
  explicit SymbolTable(std::vector<Symbol> symbols);

  /// The address of the symbol called `name`, the first of several.
  [[nodiscard]] std::optional<std::uint64_t> find(std::string_view name) const;
  /// "name+0x1c" after the nearest symbol at or below, when that is less than 1 MiB away.
  [[nodiscard]] std::optional<std::string> describe(std::uint64_t address) const;
  [[nodiscard]] bool empty() const { return symbols_.empty(); }

 private:
  std::vector<Symbol> symbols_;  // by address
};

}  // namespace doppel::sysvm
