// SPDX-License-Identifier: Apache-2.0
// `doppel wasm validate`: decodes and validates each file, silently when all are valid.
#include <fmt/format.h>

#include "bytecode/binary/decoder.h"
#include "bytecode/validate/validator.h"
#include "tools/command/commands.h"
#include "tools/exit_status.h"
#include "tools/file.h"
#include "tools/options/parse.h"

namespace doppel::tools {
namespace {

Result<void> validate_file(const std::string& path) {
  const bytecode::Module module = DOPPEL_TRY(bytecode::decode(DOPPEL_TRY(read_module(path))));
  return bytecode::validate(module);
}

}  // namespace

int wasm_validate_command(const ParsedOptions& options) {
  int status = kExitSuccess;
  for (const std::string_view file : options.operands()) {
    const std::string path(file);
    const Result<void> result = validate_file(path);
    if (!result) status = complain(kExitError, fmt::format("{}: {}", path, result.error().message));
  }
  return status;
}

}  // namespace doppel::tools
