// SPDX-License-Identifier: Apache-2.0
// The command as a whole: help, version, exit statuses and the form of its complaints.
#include "tools/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/exit_status.h"
#include "tools/options/table.h"
#include "tools/version.h"

namespace doppel::tools {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Outcome {
  int status;
  std::string out, err;
};

Outcome call(std::initializer_list<std::string_view> words) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = run_command_line({words.begin(), words.size()});
  std::fflush(stdout);
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

void expect_usage_error(const Outcome& outcome, const std::string& first_line) {
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, StartsWith("doppel: " + first_line + "\n"));
}

TEST(CommandLine, HelpStartsWithExamples) {
  const Outcome outcome = call({"--help"});
  EXPECT_EQ(outcome.status, kExitSuccess);
  EXPECT_THAT(outcome.out, StartsWith("Examples:\n  doppel run hello.wasm\n"));
  for (const Command& command : commands()) {
    EXPECT_THAT(outcome.out, HasSubstr("\n  " + std::string(command.name) + " "));
  }
}

TEST(CommandLine, EachSubcommandsHelpStartsWithExamplesAndNamesEachOption) {
  for (const Command& command : commands()) {
    SCOPED_TRACE(command.name);
    const std::size_t space = command.name.find(' ');
    const Outcome outcome =
        space == std::string_view::npos
            ? call({command.name, "--help"})
            : call({command.name.substr(0, space), command.name.substr(space + 1), "--help"});
    EXPECT_EQ(outcome.status, kExitSuccess);
    EXPECT_THAT(outcome.out, StartsWith("Examples:\n  doppel " + std::string(command.name)));
    for (const Option& option : command.options) {
      EXPECT_THAT(outcome.out, HasSubstr("\n  " + std::string(option.name)));
    }
  }
}

TEST(CommandLine, HelpFitsTheTerminal) {
  for (const std::string_view command : {"--help", "run"}) {
    const std::string out = call({command, "--help"}).out;
    for (std::size_t begin = 0; begin < out.size();) {
      const std::size_t end = out.find('\n', begin);
      EXPECT_LE(end - begin, 80u) << out.substr(begin, end - begin);
      begin = end + 1;
    }
  }
}

TEST(CommandLine, HelpOfAGroupIsTheGeneralOne) {
  EXPECT_EQ(call({"wasm", "--help"}).out, call({"--help"}).out);
}

TEST(CommandLine, PrintsItsVersion) {
  const Outcome outcome = call({"--version"});
  EXPECT_EQ(outcome.status, kExitSuccess);
  EXPECT_EQ(outcome.out, "doppel " + std::string(kVersion) + "\n");
}

TEST(CommandLine, WrongUsageExitsWith2) {
  expect_usage_error(call({}), "found no command");
  expect_usage_error(call({"run"}), "found 0 operands, expected MODULE [ARGUMENT...]");
  expect_usage_error(call({"run", "--nonsense", "m.wasm"}), "unknown option '--nonsense'");
  EXPECT_EQ(call({"fly"}).status, kExitUsage);
  EXPECT_EQ(call({"wasm"}).status, kExitUsage);
}

TEST(CommandLine, AValueThatIsNotBuiltExitsWith2AndListsThoseThatAre) {
  expect_usage_error(call({"vm", "run", "--engine", "kvm"}),
                     "--engine kvm is not built; available: interp");
}

TEST(CommandLine, EveryLineOfAComplaintBeginsWithTheName) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(complain(kExitError, "one\ntwo"), kExitError);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "doppel: one\ndoppel: two\n");
}

TEST(CommandLine, OptionsAfterTheModuleAreTheGuests) {
  const Outcome outcome = call({"run", "no/such/module.wasm", "--help", "--version"});
  EXPECT_EQ(outcome.status, kExitError);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, StartsWith("doppel: "));
}

TEST(Doctor, PrintsTheSameFindingsAsTextAndAsJson) {
  const auto listing = nlohmann::json::parse(call({"doctor", "--json"}).out);
  const std::string text = call({"doctor"}).out;
  const auto& findings = listing.at("findings");
  ASSERT_GT(findings.size(), 10u);
  for (const auto& finding : findings) {
    EXPECT_THAT(text, HasSubstr(finding.at("name").get<std::string>()));
    EXPECT_TRUE(finding.at("found").is_boolean());
    EXPECT_FALSE(finding.at("detail").get<std::string>().empty());
  }
}

TEST(Doctor, SaysWhatIsMissing) {
  const char* path = std::getenv("PATH");
  const std::string saved = path ? path : "";
  setenv("PATH", "/nowhere", 1);
  const Outcome outcome = call({"doctor"});
  setenv("PATH", saved.c_str(), 1);
  EXPECT_THAT(outcome.out, HasSubstr("missing clang-19"));
  EXPECT_EQ(outcome.status, kExitSuccess) << outcome.err;
}

}  // namespace
}  // namespace doppel::tools
