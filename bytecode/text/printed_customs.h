// SPDX-License-Identifier: Apache-2.0
// Custom sections as text: branch hints become annotations of instructions, names become
// identifiers elsewhere, and the rest stays bytes with a place among the sections.
#pragma once

#include <string>

#include "bytecode/binary/module.h"
#include "bytecode/text/code_printer.h"

namespace doppel::bytecode::text {

/// See the file comment.
class PrintedCustoms {
 public:
  explicit PrintedCustoms(const Module& module);

  /// The hints, by the offset of their instruction in the module's bytes.
  [[nodiscard]] const HintsByOffset& hints() const { return hints_; }
  /// Annotations for all custom sections that are nothing else, a line each.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  bool read_hints(const Module& module, const CustomSection& section);

  HintsByOffset hints_;
  std::string text_;
};

}  // namespace doppel::bytecode::text
