// SPDX-License-Identifier: Apache-2.0
// `doppel explain`: a function's bytecode, and beside each instruction what it has become in the
// compiler's form and in the host's assembly.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "bytecode/interp/open_compiler.h"
#include "bytecode/runtime/loaded_module.h"
#include "tools/command/commands.h"
#include "tools/exit_status.h"
#include "tools/file.h"
#include "tools/objdump/dump.h"
#include "tools/options/parse.h"
#include "tools/run/tier.h"

namespace doppel::tools {
namespace {

using namespace bytecode;
using interp::Explanation;

constexpr std::size_t kBytecodeWidth = 36;
constexpr std::size_t kIrWidth = 76;

/// Cut to the width, which its place in a column may not exceed.
std::string fitted(std::string_view text, std::size_t width) {
  if (text.size() <= width) return fmt::format("{:<{}}", text, width);
  return fmt::format("{}…", text.substr(0, width - 1));
}

using Lines = std::vector<std::string>;

/// The lines of each instruction, by its offset, and of the entry, by 1. What belongs to none is
/// the one's before it.
std::map<std::uint32_t, Lines> by_offset(const std::vector<Explanation::Line>& lines) {
  std::map<std::uint32_t, Lines> sorted;
  std::uint32_t latest = 1;
  for (const auto& [offset, text] : lines) {
    if (offset != 0) latest = offset;
    const std::size_t words = text.find_first_not_of(" \t");
    sorted[latest].push_back(words == 0 ? text : "  " + text.substr(std::min(words, text.size())));
  }
  return sorted;
}

void print_rows(std::string_view bytecode, const Lines& ir, const Lines& assembly) {
  for (std::size_t i = 0; i < std::max({std::size_t{1}, ir.size(), assembly.size()}); ++i) {
    std::string row = fmt::format("{} | {} | {}", fitted(i == 0 ? bytecode : "", kBytecodeWidth),
                                  fitted(i < ir.size() ? ir[i] : "", kIrWidth),
                                  i < assembly.size() ? assembly[i] : "");
    std::ranges::replace(row, '\t', ' ');
    row.erase(row.find_last_not_of(' ') + 1);
    fmt::print("{}\n", row);
  }
}

Result<void> explain(const ParsedOptions& options) {
  const std::string path(options.operands()[0]);
  const std::string_view name = options.operands()[1];
  auto* compiler = DOPPEL_TRY(interp::open_compiler(compiler_settings(options)));
  const auto module = DOPPEL_TRY(LoadedModule::load(DOPPEL_TRY(read_module(path))));
  const DumpedModule dumped(module->module());
  const auto function = find_function(dumped, name);
  if (!function)
    return fail(ErrorKind::kUsage, fmt::format("no function {} is defined there", name));
  const Explanation explanation = DOPPEL_TRY(module->code().explain(*function, *compiler));
  auto ir = by_offset(explanation.ir);
  auto assembly = by_offset(explanation.assembly);
  print_rows(module->function_name(*function), ir[1], assembly[1]);
  for (const auto& [bytes, depth, words] : disassemble(dumped, *function)) {
    const std::uint32_t offset = bytes.begin.value();
    print_rows(fmt::format("{:06x}{:{}} {}", offset, "", 2 * std::min(depth, 8U), words),
               ir[offset], assembly[offset]);
  }
  return {};
}

}  // namespace

int explain_command(const ParsedOptions& options) {
  if (!interp::has_compiler())
    return complain(kExitUsage, "explain is not built; available: wasm objdump --disassemble");
  const Result<void> done = explain(options);
  if (done) return kExitSuccess;
  return complain(done.error().kind == ErrorKind::kUsage ? kExitUsage : kExitError,
                  fmt::format("{}: {}", options.operands()[0], done.error().message));
}

}  // namespace doppel::tools
