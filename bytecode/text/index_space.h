// SPDX-License-Identifier: Apache-2.0
// Identifiers of the text format (specification 6.3.5): index spaces map them to numbers, and keep
// the names that go into the name section.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bytecode/text/cursor.h"

namespace doppel::bytecode::text {

/// What may stand where something is defined: an identifier, and a name that overrides it.
struct Binding {
  std::optional<std::string> id;
  std::optional<std::string> name;

  /// The name for the name section.
  [[nodiscard]] const std::optional<std::string>& display() const { return name ? name : id; }
};

/// Whether an identifier or a name annotation comes next.
bool at_binding(const Cursor& in);
/// An optional identifier and an optional name annotation.
Result<Binding> parse_binding(Cursor& in);

/// Names of numbered things, ascending.
using NameMap = std::vector<std::pair<std::uint32_t, std::string>>;

/// One index space. `what` names its members in messages.
class IndexSpace {
 public:
  explicit IndexSpace(const char* what) : what_(what) {}

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] const NameMap& names() const { return names_; }

  /// Gives the next number to `binding`; fails where its identifier is taken.
  Result<std::uint32_t> define(const Cursor& in, const Binding& binding);
  /// Gives the next `count` numbers to things without a name.
  void define_unnamed(std::uint32_t count) { size_ += count; }

  /// The number, or the identifier's number, that stands at the cursor. Numbers are not checked
  /// against the size: that is validation.
  Result<std::uint32_t> expect_index(Cursor& in) const;

 private:
  const char* what_;
  std::uint32_t size_ = 0;
  std::unordered_map<std::string, std::uint32_t> ids_;
  NameMap names_;
};

}  // namespace doppel::bytecode::text
