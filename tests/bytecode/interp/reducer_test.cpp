// SPDX-License-Identifier: Apache-2.0
// The reducer leaves little of a large module, and of what it looks for, all.
#include "tests/bytecode/interp/reducer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/bytecode/interp/random_module.h"

namespace doppel::bytecode {
namespace {

std::string text_of(std::span<const std::uint8_t> choices) {
  return module_text(random_module(choices));
}

std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

std::size_t occurrences(const std::string& text, std::string_view with) {
  std::size_t count = 0;
  for (std::size_t at = text.find(with); at != std::string::npos; at = text.find(with, at + 1))
    ++count;
  return count;
}

TEST(Reducer, LeavesLittleMoreThanWhatIsLookedFor) {
  std::uint64_t seed = 0;
  while (occurrences(text_of(random_choices(seed)), "br_table") < 3) ++seed;
  const std::vector<std::uint8_t> choices = random_choices(seed);
  const auto shows = [](std::span<const std::uint8_t> candidate) {
    return text_of(candidate).find("br_table") != std::string::npos;
  };
  const std::vector<std::uint8_t> reduced = reduce(choices, shows, 3000);
  const std::string text = text_of(reduced);
  EXPECT_EQ(occurrences(text, "br_table"), 1U) << text;
  EXPECT_LT(4 * reduced.size(), choices.size());
  EXPECT_LT(4 * lines(text), lines(text_of(choices))) << text;
}

TEST(Reducer, GivesUpAfterItsAttempts) {
  const std::vector<std::uint8_t> choices = random_choices(1);
  int attempts = 0;
  const auto shows = [&](std::span<const std::uint8_t>) { return ++attempts > 100; };
  EXPECT_EQ(reduce(choices, shows, 3), choices);
  EXPECT_EQ(attempts, 3);
}

TEST(Reducer, KeepsWhatCannotBeReduced) {
  const std::vector<std::uint8_t> choices = random_choices(2);
  const auto shows = [&](std::span<const std::uint8_t> candidate) {
    return std::ranges::equal(candidate, choices);
  };
  EXPECT_EQ(reduce(choices, shows, 100), choices);
}

}  // namespace
}  // namespace doppel::bytecode
