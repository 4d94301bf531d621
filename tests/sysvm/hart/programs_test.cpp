// SPDX-License-Identifier: Apache-2.0
// Guest programs that test themselves, in long and in short slices.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sysvm/hart/guest.h"

namespace doppel::sysvm {
namespace {

const std::filesystem::path kGuests = "tests/sysvm/guests";

std::vector<std::string> programs() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kGuests)) {
    if (entry.path().extension() == ".S") names.push_back(entry.path().stem());
  }
  std::ranges::sort(names);
  return names;
}

TEST(Programs, PassOnTheHart) {
  if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  for (const std::string& name : programs()) {
    SCOPED_TRACE(name);
    const auto program = test::assemble(kGuests / (name + ".S"));
    if (program.empty()) continue;
    for (const std::uint64_t slice : {100'000, 1, 7}) {
      SCOPED_TRACE(slice);
      test::Board board(program);
      const auto result = board.run(slice);
      ASSERT_TRUE(result) << name_of(board.exit.reason) << " at 0x" << std::hex
                          << board.hart->pc().value();
      EXPECT_EQ(*result >> 1, 0U) << "the number of the failed check";
      EXPECT_EQ(*result & 1, 1U);
    }
  }
}

}  // namespace
}  // namespace doppel::sysvm
