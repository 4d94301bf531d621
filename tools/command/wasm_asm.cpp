// SPDX-License-Identifier: Apache-2.0
// `doppel wasm asm` and `doppel compile`: from the text format to the binary format. The first
// takes texts of invalid modules too.
#include <filesystem>

#include "bytecode/binary/decoder.h"
#include "bytecode/validate/validator.h"
#include "tools/command/commands.h"
#include "tools/exit_status.h"
#include "tools/file.h"
#include "tools/options/parse.h"

namespace doppel::tools {
namespace {

std::string output_of(const ParsedOptions& options, const std::string& input) {
  if (const auto output = options.text("-o")) return std::string(*output);
  return std::filesystem::path(input).replace_extension(".wasm").string();
}

Result<void> translate(const ParsedOptions& options, bool check) {
  const std::string input(options.operands()[0]);
  const std::string output = output_of(options, input);
  if (output == input) {
    return fail(ErrorKind::kUsage, input + " would be overwritten, expected another -o");
  }
  const std::vector<std::byte> bytes = DOPPEL_TRY(read_module(input));
  if (check) {
    const bytecode::Features features = bytecode::Features::all();
    DOPPEL_TRY(bytecode::validate(DOPPEL_TRY(bytecode::decode(bytes, features)), features));
  }
  return write_file(output, bytes);
}

int report(const Result<void>& result) {
  return result ? kExitSuccess : complain(kExitError, result.error().message);
}

}  // namespace

int wasm_asm_command(const ParsedOptions& options) { return report(translate(options, false)); }
int compile_command(const ParsedOptions& options) {
  if (options.has("--native")) return compile_native_command(options);
  return report(translate(options, true));
}

}  // namespace doppel::tools
