// SPDX-License-Identifier: Apache-2.0
// The generator: what it makes is valid, and is made of the whole opcode table.
#include "tests/bytecode/interp/random_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bytecode/binary/decoder.h"
#include "bytecode/validate/validator.h"
#include "tests/bytecode/interp/observed.h"

namespace doppel::bytecode {
namespace {

/// The module of a seed, decoded; the test fails if it is not valid.
Module valid_module(std::uint64_t seed, const RandomModuleOptions& options) {
  auto module = decode(random_module(random_choices(seed), options), options.features);
  EXPECT_TRUE(module) << "seed " << seed << ": " << module.error().message;
  if (!module) return {};
  const auto valid = validate(*module, options.features);
  EXPECT_TRUE(valid) << "seed " << seed << ": " << valid.error().message;
  return *std::move(module);
}

TEST(RandomModule, ExecutesEveryInstructionOfTheTable) {
  constexpr std::uint64_t kSeeds = 1500;
  std::bitset<kOpcodeCount> executed;
  for (std::uint64_t seed = 0; seed < kSeeds && !HasFailure(); ++seed) {
    const Module module = valid_module(seed, {});
    OnReference reference(module);
    for (const Call& call : random_calls(module, seed)) reference.call(call);
    executed |= reference.executed();
  }
  for (std::size_t row = 0; row < kOpcodeCount; ++row) {
    const auto opcode = static_cast<Opcode>(row);
    EXPECT_TRUE(executed[row]) << to_string(opcode) << ", code " << info(opcode).code;
  }
}

TEST(RandomModule, IsMadeOfTheGivenFeaturesOnly) {
  const Features wasm2 = Features::wasm2();
  const Features some[] = {wasm2, wasm2 | Features{Feature::kExceptions},
                           wasm2 | Features{Feature::kFunctionReferences, Feature::kGc},
                           wasm2 | Features{Feature::kMultiMemory, Feature::kThreads},
                           Features::wasm3()};
  for (const Features features : some) {
    for (std::uint64_t seed = 0; seed < 50 && !HasFailure(); ++seed)
      valid_module(seed, {features, seed % 2 == 0});
  }
}

TEST(RandomModule, IsTheSameForTheSameChoices) {
  EXPECT_EQ(random_module(random_choices(3)), random_module(random_choices(3)));
  EXPECT_NE(random_module(random_choices(3)), random_module(random_choices(4)));
}

TEST(RandomModule, NeedsNoChoices) {
  const auto module = decode(random_module({}), Features::all());
  ASSERT_TRUE(module) << module.error().message;
  EXPECT_TRUE(validate(*module, Features::all()));
}

}  // namespace
}  // namespace doppel::bytecode
