// SPDX-License-Identifier: Apache-2.0
// The binary module being assembled: a growing section for each kind of field, and the custom
// sections between them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bytecode/binary/encoder.h"
#include "bytecode/text/code_parser.h"
#include "bytecode/text/index_space.h"
#include "bytecode/text/scope.h"

namespace doppel::bytecode::text {

/// A section that is a vector of items.
class VectorSection {
 public:
  /// Begins a further item, to be written to what is returned.
  Encoder& item() {
    ++count_;
    return items_;
  }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  /// Writes the section, unless it is empty.
  void write(SectionId id, Encoder& out) const;

 private:
  std::uint32_t count_ = 0;
  Encoder items_;
};

/// Where a custom section stands: before or after the place of a section, by the place's rank in
/// the order of sections.
struct CustomPlace {
  std::size_t rank = 0;
  bool is_after = false;
};

/// The rank of the section that a placement names ("func", "first", "last"); npos for other words.
std::size_t section_rank(std::string_view name);
/// The name of a section in placements; empty for custom sections.
std::string_view section_name(SectionId id);

/// The custom section that holds branch hints.
inline constexpr std::string_view kBranchHintSection = "metadata.code.branch_hint";

/// What the name section says about one function.
struct FunctionNames {
  std::uint32_t function = 0;
  NameMap locals;
  NameMap labels;
};

/// The branch hints of one function.
struct FunctionHints {
  std::uint32_t function = 0;
  std::vector<BranchHint> hints;
};

/// See the file comment.
struct ModuleSections {
  VectorSection imports;
  VectorSection functions;
  VectorSection tables;
  VectorSection memories;
  VectorSection tags;
  VectorSection globals;
  VectorSection exports;
  VectorSection elements;
  VectorSection code;
  VectorSection data;
  std::optional<std::uint32_t> start;
  bool uses_data = false;
  std::vector<FunctionNames> function_names;
  std::vector<FunctionHints> function_hints;

  void add_custom(CustomPlace place, std::string_view name, std::string_view contents);

  /// The whole module.
  [[nodiscard]] std::vector<std::byte> link(const Scope& scope, const Binding& name) const;

 private:
  struct Custom {
    CustomPlace place;
    std::string name;
    std::string contents;
  };
  void write_customs(std::size_t rank, bool is_after, Encoder& out) const;
  void write_section(SectionId id, const Scope& scope, Encoder& out) const;
  void write_hints(Encoder& out) const;
  void write_names(const Scope& scope, const Binding& name, Encoder& out) const;

  std::vector<Custom> customs_;
};

}  // namespace doppel::bytecode::text
