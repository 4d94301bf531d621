// SPDX-License-Identifier: Apache-2.0
// Random modules run compiled as they are interpreted: without any optimization and with all of
// them, in one piece, with fuel, in slices and with a collection at every allocation, and with
// switches of tier by chance: results, traps with their places, memories, tables and globals.
//
// DOPPEL_RANDOM_MODULES is how many modules are tried, DOPPEL_RANDOM_SEED the first one's seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "bytecode/interp/open_compiler.h"
#include "tests/bytecode/interp/difference.h"

namespace doppel::bytecode {
namespace {

using interp::CompilerSettings;
using interp::FunctionCompiler;
using interp::Optimization;
using interp::TierSwitches;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::stoull(value);
}

FunctionCompiler* compiler(const CompilerSettings& settings) {
  auto made = interp::open_compiler(settings);
  EXPECT_TRUE(made) << made.error().message;
  return made ? *made : nullptr;
}

/// Nothing that is done for speed.
CompilerSettings plainest() {
  CompilerSettings settings;
  for (std::size_t i = 0; i < interp::kOptimizationNames.size(); ++i) {
    // Without grading, more is done.
    if (const auto each = static_cast<Optimization>(i); each != Optimization::kGrading)
      settings = settings.without(each);
  }
  return settings;
}

CompilerSettings switching() {
  CompilerSettings settings;
  settings.switches_tiers = true;
  return settings;
}

/// Where the module of these choices runs in another way than interpreted; empty if nowhere.
std::string difference_from_interpreter(std::span<const std::uint8_t> choices, std::uint64_t seed) {
  static FunctionCompiler* const least = compiler(plainest());
  static FunctionCompiler* const most = compiler({});
  static FunctionCompiler* const switches = compiler(switching());
  const std::vector<std::byte> bytes = random_module(choices);
  const auto way = static_cast<Way>(seed % 4);
  TierSwitches chance(seed);
  OnInterpreter interpreted(bytes, Way::kPlain);
  OnInterpreter plain(bytes, way, {.compiler = least});
  OnInterpreter optimized(bytes, way, {.compiler = most});
  OnInterpreter switched(bytes, way, {.compiler = switches, .switches = &chance});
  if (!(interpreted.ready() && plain.ready() && optimized.ready() && switched.ready()))
    return "not loaded";
  const std::vector<Call> calls = random_calls(interpreted.module(), seed);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Observed expected = interpreted.call(calls[i]);
    for (const auto& [who, engine] : {std::pair{"compiled plainly", &plain},
                                      {"compiled with all optimizations", &optimized},
                                      {"with switches of tier", &switched}}) {
      const Observed seen = engine->call(calls[i]);
      if (!(seen == expected)) return told_apart(i, calls[i], who, seen, expected);
    }
  }
  return {};
}

TEST(RandomModules, RunCompiledAsInterpreted) {
  const std::uint64_t first = setting("DOPPEL_RANDOM_SEED", 0);
  const std::uint64_t modules = setting("DOPPEL_RANDOM_MODULES", 200);
  constexpr int kAttempts = 300;  // each is compiled three times
  for (std::uint64_t seed = first; seed < first + modules && !HasFailure(); ++seed)
    expect_no_difference(difference_from_interpreter, seed, {}, kAttempts);
}

}  // namespace
}  // namespace doppel::bytecode
