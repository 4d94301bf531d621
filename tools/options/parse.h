// SPDX-License-Identifier: Apache-2.0
// From the words of the command line to a subcommand and its checked options.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "tools/options/table.h"

namespace doppel::tools {

/// The words of one call, checked against the table: every value is of its option's kind. Views
/// into the command line, which outlives it.
class ParsedOptions {
 public:
  struct Given {
    std::string_view name;
    std::string_view value;
  };

  ParsedOptions(std::vector<Given> given, std::vector<std::string_view> operands)
      : given_(std::move(given)), operands_(std::move(operands)) {}

  /// Whether the option was given.
  [[nodiscard]] bool has(std::string_view name) const { return text(name).has_value(); }
  /// The option's value, the last one where it was repeated. A flag's is empty, and so is that of
  /// an option given without its optional value.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;
  /// The values of a repeatable option, in order.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
  /// The value of an option of kind kCount.
  [[nodiscard]] std::optional<std::uint64_t> count(std::string_view name) const;
  /// The value of an option of kind kSeconds.
  [[nodiscard]] std::optional<double> seconds(std::string_view name) const;
  /// The value of an option of kind kSize, in bytes.
  [[nodiscard]] std::optional<std::uint64_t> size(std::string_view name) const;

  /// The words that are not options: at least as many as the table asks for.
  [[nodiscard]] std::span<const std::string_view> operands() const { return operands_; }

 private:
  std::vector<Given> given_;
  std::vector<std::string_view> operands_;
};

/// Checks the words that follow the subcommand's name. Errors are of kind kUsage.
[[nodiscard]] Result<ParsedOptions> parse_options(const Command& command,
                                                  std::span<const std::string_view> words);

/// The subcommand that the first words name, and how many words its name has. Errors of kind kUsage
/// list what there is.
struct FoundCommand {
  const Command* command;
  std::size_t words;
};
[[nodiscard]] Result<FoundCommand> find_command(std::span<const std::string_view> words);

}  // namespace doppel::tools
