// SPDX-License-Identifier: Apache-2.0
// The official suite's scripts that allocate objects, with a collection at every allocation.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "bytecode/text/script_runner.h"
#include "tests/bytecode/text/suite.h"

namespace doppel::bytecode::text {
namespace {

bool allocates(std::string_view script) {
  constexpr std::array<std::string_view, 3> kWords{"struct.new", "array.new", "(throw "};
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return script.find(word) != script.npos; });
}

/// Lets stores collect at every allocation while it lives.
class StressMode {
 public:
  StressMode() { setenv("DOPPEL_GC_STRESS", "1", 1); }
  ~StressMode() { unsetenv("DOPPEL_GC_STRESS"); }
  StressMode(const StressMode&) = delete;
  StressMode& operator=(const StressMode&) = delete;
};

TEST(SuiteUnderStress, PassesAsWithout) {
  DOPPEL_REQUIRE_SUITE();
  const StressMode stress;
  std::uint64_t passed = 0;
  int scripts = 0;
  for (const std::string& name : suite_scripts()) {
    const std::string text = read_file(suite_folder() / name);
    if (!allocates(text)) continue;
    const auto script = parse_script({text, name});
    ASSERT_TRUE(script) << script.error().message;
    const auto report = run_script(*script, script_features(name));
    ASSERT_TRUE(report) << name << ": " << report.error().message;
    ++scripts;
    passed += report->passed;
    for (const ScriptFailure& failure : report->failures) {
      ADD_FAILURE() << name << ":" << failure.line << ": " << failure.message;
    }
  }
  EXPECT_GE(scripts, 20);
  fmt::print("{} commands of {} scripts passed\n", passed, scripts);
}

}  // namespace
}  // namespace doppel::bytecode::text
