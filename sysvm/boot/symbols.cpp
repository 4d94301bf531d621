// SPDX-License-Identifier: Apache-2.0
// Lookups in a sorted table.
#include "sysvm/boot/symbols.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace doppel::sysvm {

namespace {
constexpr std::uint64_t kFarthest = 1U << 20;
}

SymbolTable::SymbolTable(std::vector<Symbol> symbols) : symbols_(std::move(symbols)) {
  std::sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
    return std::tie(a.address, a.name) < std::tie(b.address, b.name);
  });
}

std::optional<std::uint64_t> SymbolTable::find(std::string_view name) const {
  const auto found = std::find_if(symbols_.begin(), symbols_.end(),
                                  [name](const Symbol& symbol) { return symbol.name == name; });
  if (found == symbols_.end()) return std::nullopt;
  return found->address;
}

std::optional<std::string> SymbolTable::describe(std::uint64_t address) const {
  const auto after = std::upper_bound(
      symbols_.begin(), symbols_.end(), address,
      [](std::uint64_t wanted, const Symbol& symbol) { return wanted < symbol.address; });
  if (after == symbols_.begin()) return std::nullopt;
  const std::uint64_t distance = address - after[-1].address;
  if (distance >= kFarthest) return std::nullopt;
  return distance == 0 ? after[-1].name : fmt::format("{}+{:#x}", after[-1].name, distance);
}

}  // namespace doppel::sysvm
