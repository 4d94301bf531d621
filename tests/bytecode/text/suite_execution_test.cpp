// SPDX-License-Identifier: Apache-2.0
// The official test suite, executed. Every command that the engines have the features for passes;
// what waits for a feature is listed in waiting_scripts.txt, and a script leaves the list as soon
// as nothing in it waits. DOPPEL_REBASE=1 writes the list anew.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "bytecode/text/script_runner.h"
#include "tests/bytecode/text/suite.h"

namespace doppel::bytecode::text {
namespace {

constexpr const char* kList = "tests/bytecode/text/waiting_scripts.txt";
constexpr const char* kListHead =
    "# Scripts of the official suite with commands that the engines cannot execute yet: how many,\n"
    "# and the first feature that is missing. All other commands of all scripts pass.\n";

/// The feature that the message of a waiting command names.
std::string missing_feature(const std::string& message) {
  for (std::string_view lead : {", which needs ", " without the feature "}) {
    const std::size_t at = message.find(lead);
    if (at == std::string::npos) continue;
    const std::string rest = message.substr(at + lead.size());
    return rest.substr(0, rest.find(','));
  }
  return message;
}

class SuiteExecution : public testing::Test {
 protected:
  void run(const std::string& name) {
    const std::string text = read_file(suite_folder() / name);
    const auto script = parse_script({text, name});
    ASSERT_TRUE(script) << script.error().message;
    const auto report = run_script(*script, script_features(name));
    ASSERT_TRUE(report) << name << ": " << report.error().message;
    passed_ += report->passed;
    std::uint64_t waiting = 0;
    std::string feature;
    for (const ScriptFailure& failure : report->failures) {
      if (failure.needs_feature) {
        if (waiting++ == 0) feature = missing_feature(failure.message);
      } else {
        ADD_FAILURE() << name << ":" << failure.line << ": " << failure.message;
      }
    }
    if (waiting > 0) list_ += fmt::format("{}: {}, {}\n", name, waiting, feature);
  }

  std::uint64_t passed_ = 0;
  std::string list_ = kListHead;
};

TEST_F(SuiteExecution, PassesAllThatTheEnginesHaveTheFeaturesFor) {
  DOPPEL_REQUIRE_SUITE();
  for (const std::string& name : suite_scripts()) run(name);
  RecordProperty("passed", std::to_string(passed_));
  fmt::print("{} commands passed\n", passed_);
  if (std::getenv("DOPPEL_REBASE") != nullptr) std::ofstream(kList) << list_;
  EXPECT_EQ(read_file(kList), list_);
}

}  // namespace
}  // namespace doppel::bytecode::text
