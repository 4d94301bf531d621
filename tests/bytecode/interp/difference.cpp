// SPDX-License-Identifier: Apache-2.0
// A difference, reduced.
#include "tests/bytecode/interp/difference.h"

#include <iostream>

#include "tests/bytecode/interp/reducer.h"

namespace doppel::bytecode {

void expect_no_difference(const FindDifference& find, std::uint64_t seed,
                          const RandomModuleOptions& options, int attempts) {
  const std::vector<std::uint8_t> choices = random_choices(seed);
  const std::string found = find(choices, seed);
  if (found.empty()) return;
  std::cout << "seed " << seed << ": " << found << "\nlooking for a smaller module" << std::endl;
  const std::vector<std::uint8_t> reduced = reduce(
      choices,
      [&](std::span<const std::uint8_t> candidate) { return !find(candidate, seed).empty(); },
      attempts);
  FAIL() << "seed " << seed << " is different; reduced to: " << find(reduced, seed) << "\n"
         << module_text(random_module(reduced, options));
}

}  // namespace doppel::bytecode
