// SPDX-License-Identifier: Apache-2.0
// `doppel wasm dis`: from the binary format to the text format.
#include "bytecode/binary/decoder.h"
#include "bytecode/text/disassemble.h"
#include "tools/command/commands.h"
#include "tools/exit_status.h"
#include "tools/file.h"
#include "tools/options/parse.h"

namespace doppel::tools {
namespace {

using bytecode::PrintStyle;

Result<void> print(const ParsedOptions& options) {
  const std::string input(options.operands()[0]);
  const auto style = options.has("--folded") ? PrintStyle::kFolded : PrintStyle::kFlat;
  const bytecode::Module module =
      DOPPEL_TRY(bytecode::decode(DOPPEL_TRY(read_module(input)), bytecode::Features::all()));
  const std::string text = DOPPEL_TRY(bytecode::disassemble(module, style));
  return write_file(std::string(options.text("-o").value_or("-")), std::as_bytes(std::span(text)));
}

}  // namespace

int wasm_dis_command(const ParsedOptions& options) {
  const Result<void> result = print(options);
  return result ? kExitSuccess : complain(kExitError, result.error().message);
}

}  // namespace doppel::tools
