// SPDX-License-Identifier: Apache-2.0
// Where two engines run a random module in different ways, with the smallest module found that
// shows it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <span>
#include <string>

#include "tests/bytecode/interp/observed.h"

namespace doppel::bytecode {

/// What is different in the module of these choices, whose calls have their arguments from the
/// seed; empty if nothing.
using FindDifference =
    std::function<std::string(std::span<const std::uint8_t> choices, std::uint64_t seed)>;

/// Fails the test with the smallest module found that shows a difference, if that of the seed does;
/// `attempts` bounds how many are tried.
void expect_no_difference(const FindDifference& find, std::uint64_t seed,
                          const RandomModuleOptions& options, int attempts = 2000);

/// How a call went in another way than expected.
template <class Seen>
std::string told_apart(std::size_t number, const Call& call, const char* who, const Seen& seen,
                       const Seen& expected) {
  return "call " + std::to_string(number) + ", of function " + std::to_string(call.function) +
         " with " + testing::PrintToString(call.arguments) + ", " + who + ": " +
         testing::PrintToString(seen) + "\nexpected: " + testing::PrintToString(expected);
}

}  // namespace doppel::bytecode
