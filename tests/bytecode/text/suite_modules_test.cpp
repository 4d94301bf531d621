// SPDX-License-Identifier: Apache-2.0
// The modules of the official test suite, all of WebAssembly 3.0 and the proposals: assembler,
// decoder and validator take what they must and refuse the rest for the right reason.
#include <gtest/gtest.h>

#include <cstdlib>

#include "bytecode/text/script_check.h"
#include "tests/bytecode/text/suite.h"

namespace doppel::bytecode::text {
namespace {

TEST(SuiteModules, AreTakenOrRefusedAsTheScriptsSay) {
  DOPPEL_REQUIRE_SUITE();
  std::uint64_t passed = 0;
  for (const std::string& name : suite_scripts()) {
    const std::string text = read_file(suite_folder() / name);
    const auto script = parse_script({text, name});
    if (!script) {
      ADD_FAILURE() << script.error().message;
      continue;
    }
    const ScriptReport report = check_modules(*script, script_features(name));
    passed += report.passed;
    for (const ScriptFailure& failure : report.failures) {
      ADD_FAILURE() << name << ":" << failure.line << ": " << failure.message;
    }
  }
  RecordProperty("passed", std::to_string(passed));
  EXPECT_GE(passed, 7000U);
}

}  // namespace
}  // namespace doppel::bytecode::text
