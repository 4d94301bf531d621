// SPDX-License-Identifier: Apache-2.0
// `doppel wasm wast`: runs test scripts. Each failure is named with its script and line; the last
// line is "N passed, M failed", behind one on what was compiled if functions were.
#include <fmt/format.h>

#include "bytecode/text/script_runner.h"
#include "core/read_file.h"
#include "tools/command/commands.h"
#include "tools/exit_status.h"
#include "tools/file.h"
#include "tools/options/parse.h"
#include "tools/run/tier.h"

namespace doppel::tools {
namespace {

using bytecode::Features;
using bytecode::LoadOptions;
using bytecode::text::ScriptFailure;
using bytecode::text::ScriptReport;

struct Totals {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
};

Result<ScriptReport> run_file(const std::string& path, std::optional<Features> features,
                              const LoadOptions& load) {
  const std::vector<std::byte> bytes = DOPPEL_TRY(read_file(path));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto script = DOPPEL_TRY(bytecode::text::parse_script({text, path}));
  return bytecode::text::run_script(
      script, features ? *features : bytecode::text::script_features(path), load);
}

void run_and_report(const std::string& path, std::optional<Features> features,
                    const LoadOptions& load, Totals& totals) {
  const auto report = run_file(path, features, load);
  if (!report) {
    ++totals.failed;
    complain(kExitError, report.error().message);
    return;
  }
  totals.passed += report->passed;
  totals.failed += report->failures.size();
  for (const ScriptFailure& failure : report->failures) {
    complain(kExitError, fmt::format("{}:{}: {}", path, failure.line, failure.message));
  }
}

}  // namespace

int wasm_wast_command(const ParsedOptions& options) {
  std::optional<Features> features;
  if (const auto list = options.text("--features")) {
    const auto parsed = bytecode::parse_features(*list);
    if (!parsed) return complain(kExitUsage, "--features: " + parsed.error().message);
    features = *parsed;
  }
  LoadOptions load;
  Tiers tiers;
  if (const auto chosen = choose_tier(options, "interp", load, tiers); !chosen)
    return complain(kExitError, chosen.error().message);
  Totals totals;
  for (const std::string_view file : options.operands()) {
    run_and_report(std::string(file), features, load, totals);
  }
  if (load.compiler != nullptr) {
    const auto [compiled, left] = load.compiler->counts();
    fmt::print("{} functions compiled, {} left to the interpreter\n", compiled, left);
  }
  if (tiers.switches) {
    fmt::print("{} switches to compiled code, {} to the interpreter\n",
               tiers.switches->to_compiled.load(), tiers.switches->to_interpreter.load());
  }
  fmt::print("{} passed, {} failed\n", totals.passed, totals.failed);
  return totals.failed == 0 ? kExitSuccess : kExitError;
}

}  // namespace doppel::tools
