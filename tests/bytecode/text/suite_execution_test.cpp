// SPDX-License-Identifier: Apache-2.0
// The official test suite, executed: every command of every script passes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bytecode/text/script_runner.h"
#include "tests/bytecode/text/suite.h"

namespace doppel::bytecode::text {
namespace {

/// How many commands of a script passed; the test fails for each that did not.
std::uint64_t passed_commands(const std::string& name) {
  const std::string text = read_file(suite_folder() / name);
  const auto script = parse_script({text, name});
  if (!script) {
    ADD_FAILURE() << script.error().message;
    return 0;
  }
  const auto report = run_script(*script, script_features(name));
  if (!report) {
    ADD_FAILURE() << name << ": " << report.error().message;
    return 0;
  }
  for (const ScriptFailure& failure : report->failures)
    ADD_FAILURE() << name << ":" << failure.line << ": " << failure.message;
  return report->passed;
}

TEST(SuiteExecution, PassesCompletely) {
  DOPPEL_REQUIRE_SUITE();
  std::uint64_t passed = 0;
  for (const std::string& name : suite_scripts()) passed += passed_commands(name);
  RecordProperty("passed", std::to_string(passed));
  fmt::print("{} commands passed\n", passed);
}

}  // namespace
}  // namespace doppel::bytecode::text
