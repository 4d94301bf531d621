// SPDX-License-Identifier: Apache-2.0
// `doppel wasm objdump`: what modules hold, in overview, in detail, or instruction by instruction.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "bytecode/binary/decoder.h"
#include "tools/command/commands.h"
#include "tools/exit_status.h"
#include "tools/file.h"
#include "tools/objdump/dump.h"
#include "tools/options/parse.h"

namespace doppel::tools {
namespace {

using bytecode::FuncIndex;

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

Result<void> print_functions(const DumpedModule& dumped,
                             const std::vector<std::string_view>& wanted) {
  if (wanted.empty()) {
    for (std::uint32_t i = dumped.module.imported_functions; i < dumped.module.functions.size();
         ++i) {
      print(disassembly_text(dumped, FuncIndex{i}));
    }
  }
  for (const std::string_view word : wanted) {
    const auto function = find_function(dumped, word);
    if (!function)
      return fail(ErrorKind::kUsage, fmt::format("no function {} is defined there", word));
    print(disassembly_text(dumped, *function));
  }
  return {};
}

Result<void> dump_file(const std::string& path, const ParsedOptions& options) {
  const bytecode::Module module =
      DOPPEL_TRY(bytecode::decode(DOPPEL_TRY(read_module(path)), bytecode::Features::all()));
  const DumpedModule dumped(module);
  if (options.has("--json")) {
    nlohmann::json listing = listing_json(dumped);
    listing["file"] = path;
    print(listing.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return {};
  }
  const auto functions = options.all("--function");
  const bool disassembles = options.has("--disassemble") || !functions.empty();
  const bool is_plain = !options.has("--headers") && !options.has("--details") && !disassembles;
  if (options.operands().size() > 1) print(fmt::format("{}:\n", path));
  if (is_plain || options.has("--headers")) print(headers_text(module));
  if (is_plain) print("\n");
  if (is_plain || options.has("--details")) print(details_text(dumped));
  return disassembles ? print_functions(dumped, functions) : Result<void>();
}

}  // namespace

int wasm_objdump_command(const ParsedOptions& options) {
  int status = kExitSuccess;
  for (const std::string_view file : options.operands()) {
    const std::string path(file);
    const Result<void> result = dump_file(path, options);
    if (!result) status = complain(kExitError, fmt::format("{}: {}", path, result.error().message));
  }
  return status;
}

}  // namespace doppel::tools
