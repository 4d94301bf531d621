// SPDX-License-Identifier: Apache-2.0
// The option parser: what it accepts, what it leaves to the guest, and how it refuses.
#include "tools/options/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace doppel::tools {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Choice kColours[] = {{"red"}, {"green"}, {"ultraviolet", false}};
constexpr Option kOptions[] = {
    {"--colour", "COLOUR", ValueKind::kChoice, "", kColours},
    {"--count", "N", ValueKind::kCount, ""},
    {"--wait", "SECONDS", ValueKind::kSeconds, ""},
    {"--room", "SIZE", ValueKind::kSize, ""},
    {"--word", "TEXT", ValueKind::kText, "", {}, true},
    {"--report", "FORM", ValueKind::kChoice, "", kColours, false, true},
    {"--flag", "", ValueKind::kNone, ""},
};
constexpr Command kTool = {.name = "tool",
                           .summary = "",
                           .description = "",
                           .examples = {},
                           .options = kOptions,
                           .operands = {"[FILE...]", ValueKind::kFile, 0, 3},
                           .run = nullptr};

Command guest_runner() {
  Command command = kTool;
  command.operands = {"MODULE [ARGUMENT...]", ValueKind::kFile, 1, UINT32_MAX, true};
  return command;
}

Result<ParsedOptions> parse(std::initializer_list<std::string_view> words,
                            const Command& command = kTool) {
  return parse_options(command, {words.begin(), words.size()});
}

std::string refusal(std::initializer_list<std::string_view> words, const Command& command = kTool) {
  const auto parsed = parse(words, command);
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().kind, ErrorKind::kUsage);
  return parsed.error().message;
}

TEST(ParseOptions, TakesValuesFromTheSameWordOrTheNext) {
  EXPECT_EQ(parse({"--count", "7"})->count("--count"), 7u);
  EXPECT_EQ(parse({"--count=8"})->count("--count"), 8u);
  EXPECT_EQ(parse({"--word", "--flag"})->text("--word"), "--flag");
  EXPECT_EQ(parse({"--word=a=b"})->text("--word"), "a=b");
}

TEST(ParseOptions, KnowsWhatWasNotGiven) {
  const auto parsed = parse({"--flag"});
  EXPECT_TRUE(parsed->has("--flag"));
  EXPECT_FALSE(parsed->has("--count"));
  EXPECT_EQ(parsed->count("--count"), std::nullopt);
  EXPECT_EQ(parsed->text("--colour"), std::nullopt);
}

TEST(ParseOptions, MixesOptionsAndOperands) {
  const auto parsed = parse({"one", "--flag", "two", "--", "--three"});
  EXPECT_TRUE(parsed->has("--flag"));
  EXPECT_THAT(parsed->operands(), ElementsAre("one", "two", "--three"));
  EXPECT_THAT(parse({"-"})->operands(), ElementsAre("-"));
}

TEST(ParseOptions, LeavesWhatFollowsTheModuleToTheGuest) {
  const auto parsed = parse({"--flag", "m.wasm", "--count", "x", "--", "-h"}, guest_runner());
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->has("--count"));
  EXPECT_THAT(parsed->operands(), ElementsAre("m.wasm", "--count", "x", "--", "-h"));
}

TEST(ParseOptions, TakesAModuleAfterTwoDashes) {
  EXPECT_THAT(parse({"--", "-m.wasm", "--flag"}, guest_runner())->operands(),
              ElementsAre("-m.wasm", "--flag"));
}

TEST(ParseOptions, CollectsRepeatedOptionsInOrder) {
  const auto parsed = parse({"--word", "a", "--word=b", "--word", ""});
  EXPECT_THAT(parsed->all("--word"), ElementsAre("a", "b", ""));
  EXPECT_EQ(parsed->text("--word"), "");
  EXPECT_THAT(parsed->all("--colour"), IsEmpty());
}

TEST(ParseOptions, OptionalValuesStandInTheSameWordOnly) {
  const auto parsed = parse({"--report", "red"});
  EXPECT_EQ(parsed->text("--report"), "");
  EXPECT_THAT(parsed->operands(), ElementsAre("red"));
  EXPECT_EQ(parse({"--report=green"})->text("--report"), "green");
}

TEST(ParseOptions, ReadsSizes) {
  EXPECT_EQ(parse({"--room", "0"})->size("--room"), 0u);
  EXPECT_EQ(parse({"--room", "65536"})->size("--room"), 65536u);
  EXPECT_EQ(parse({"--room", "64K"})->size("--room"), 65536u);
  EXPECT_EQ(parse({"--room", "3M"})->size("--room"), 3u << 20);
  EXPECT_EQ(parse({"--room", "4G"})->size("--room"), std::uint64_t{4} << 30);
}

TEST(ParseOptions, RefusesWhatIsNotASize) {
  for (const char* word :
       {"", "K", "-1", "1.5G", "4GB", "0x10", "18446744073709551616", "17179869184G"}) {
    EXPECT_EQ(refusal({"--room", word}), "--room: found '" + std::string(word) +
                                             "', expected a size such as 65536, 64K or 2G");
  }
}

TEST(ParseOptions, ReadsSeconds) {
  EXPECT_EQ(parse({"--wait", "2.5"})->seconds("--wait"), 2.5);
  for (const char* word : {"0", "-1", "inf", "nan", "1s", ""}) {
    EXPECT_EQ(refusal({"--wait", word}),
              "--wait: found '" + std::string(word) + "', expected a positive number of seconds");
  }
}

TEST(ParseOptions, RefusesWhatIsNotAWholeNumber) {
  for (const char* word : {"", "-1", "+1", "1e3", "1 ", "18446744073709551616"}) {
    EXPECT_EQ(refusal({"--count", word}),
              "--count: found '" + std::string(word) + "', expected a whole number");
  }
}

TEST(ParseOptions, NamesTheChoices) {
  EXPECT_EQ(refusal({"--colour", "blue"}), "--colour: found 'blue', expected one of red, green");
  EXPECT_EQ(refusal({"--report="}), "--report: found '', expected one of red, green");
}

TEST(ParseOptions, TellsApartWhatIsNotBuilt) {
  EXPECT_EQ(refusal({"--colour=ultraviolet"}),
            "--colour ultraviolet is not built; available: red, green");
}

TEST(ParseOptions, RefusesWrongUsage) {
  EXPECT_EQ(refusal({"--nonsense=1"}), "unknown option '--nonsense'");
  EXPECT_EQ(refusal({"--flag=1"}), "--flag takes no value");
  EXPECT_EQ(refusal({"--count"}), "--count needs a value, N");
  EXPECT_EQ(refusal({"--flag", "--flag"}), "--flag is given twice");
  EXPECT_EQ(refusal({"a", "b", "c", "d"}), "found 4 operands, expected [FILE...]");
  EXPECT_EQ(refusal({"--flag"}, guest_runner()), "found 0 operands, expected MODULE [ARGUMENT...]");
}

TEST(FindCommand, TakesOneWordOrTwo) {
  const std::string_view run[] = {"run", "m.wasm"};
  EXPECT_EQ(find_command(run)->command->name, "run");
  EXPECT_EQ(find_command(run)->words, 1u);
  const std::string_view validate[] = {"wasm", "validate", "m.wasm"};
  EXPECT_EQ(find_command(validate)->command->name, "wasm validate");
  EXPECT_EQ(find_command(validate)->words, 2u);
}

TEST(FindCommand, ListsWhatThereIs) {
  const std::string_view unknown[] = {"fly"};
  EXPECT_THAT(find_command(unknown).error().message,
              testing::StartsWith("found the command 'fly', expected one of: run, "));
  const std::string_view member[] = {"wasm", "fly"};
  EXPECT_THAT(find_command(member).error().message,
              testing::StartsWith("found the command 'wasm fly', expected one of: wasm "));
}

}  // namespace
}  // namespace doppel::tools
