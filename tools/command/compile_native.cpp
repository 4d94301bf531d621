// SPDX-License-Identifier: Apache-2.0
// `doppel compile --native`: all functions of a module as machine code, in one file with it.
#include <fmt/format.h>

#include <filesystem>

#include "bytecode/interp/kept_code.h"
#include "bytecode/interp/open_compiler.h"
#include "tools/command/commands.h"
#include "tools/exit_status.h"
#include "tools/file.h"
#include "tools/options/parse.h"
#include "tools/run/kept.h"

namespace doppel::tools {
namespace {

using bytecode::LoadedModule;
using bytecode::interp::KeptCode;

Result<void> compile_native(const std::string& input, const std::string& output) {
  bytecode::interp::CompilerSettings settings;
  settings.keeps = true;
  bytecode::LoadOptions load;
  load.compiler = DOPPEL_TRY(bytecode::interp::open_compiler(settings));
  load.keep = [](std::span<const std::byte>) { return std::make_unique<KeptCode>(); };
  const auto module = DOPPEL_TRY(LoadedModule::load(DOPPEL_TRY(read_module(input)), load));
  DOPPEL_TRY(module->code().prepare_all());
  const KeptCode& made = *module->code().kept();
  const std::size_t left = module->module().bodies.size() - made.added();
  if (left != 0) complain(kExitSuccess, fmt::format("{} functions stay bytecode", left));
  return write_file(output, made.encode(native_origin(), module->module().bytes));
}

}  // namespace

int compile_native_command(const ParsedOptions& options) {
  const std::string input(options.operands()[0]);
  const std::string output =
      options.text("-o") ? std::string(*options.text("-o"))
                         : std::filesystem::path(input).replace_extension(".native").string();
  if (!bytecode::interp::has_compiler())
    return complain(kExitUsage, "--native is not built; available: the binary format");
  if (output == input)
    return complain(kExitUsage, input + " would be overwritten, expected another -o");
  const Result<void> done = compile_native(input, output);
  return done ? kExitSuccess : complain(kExitError, done.error().message);
}

}  // namespace doppel::tools
