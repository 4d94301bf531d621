// SPDX-License-Identifier: Apache-2.0
// Random modules run the same on the interpreter, with fuel and without, in one piece and in
// slices, and with a collection at every allocation, as on the reference: results, traps with their
// places, memories, tables and globals.
#include <gtest/gtest.h>

#include "tests/bytecode/interp/difference.h"

namespace doppel::bytecode {
namespace {

/// Where the module of these choices runs in another way than on the reference; empty if nowhere.
std::string difference_from_reference(std::span<const std::uint8_t> choices, std::uint64_t seed) {
  const std::vector<std::byte> bytes = random_module(choices);
  OnInterpreter plain(bytes, Way::kPlain);
  OnInterpreter fuelled(bytes, Way::kFuel);
  OnInterpreter again(bytes, Way::kFuel);
  OnInterpreter sliced(bytes, Way::kSlices);
  OnInterpreter stressed(bytes, Way::kStress);
  if (!(plain.ready() && fuelled.ready() && again.ready() && sliced.ready() && stressed.ready()))
    return "not loaded";
  OnReference reference(plain.module());
  const std::vector<Call> calls = random_calls(plain.module(), seed);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Observed expected = reference.call(calls[i]);
    for (const auto& [who, engine] : {std::pair{"plain", &plain},
                                      {"with fuel", &fuelled},
                                      {"with fuel again", &again},
                                      {"in slices", &sliced},
                                      {"under stress", &stressed}}) {
      const Observed seen = engine->call(calls[i]);
      if (!(seen == expected)) return told_apart(i, calls[i], who, seen, expected);
    }
    if (again.used() != fuelled.used())
      return told_apart(i, calls[i], "fuel", again.used(), fuelled.used());
  }
  return {};
}

class Differential : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Differential, InterpreterAgreesWithReference) {
  constexpr std::uint64_t kModules = 50;
  for (std::uint64_t i = 0; i < kModules && !HasFailure(); ++i)
    expect_no_difference(difference_from_reference, GetParam() * kModules + i, {});
}

INSTANTIATE_TEST_SUITE_P(Seeds, Differential, testing::Range(std::uint64_t{0}, std::uint64_t{8}));

}  // namespace
}  // namespace doppel::bytecode
