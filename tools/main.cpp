// SPDX-License-Identifier: Apache-2.0
// Entry of the `doppel` command.
#include <string_view>
#include <vector>

#include "tools/command_line.h"

int main(int count, char** words) {
  doppel::tools::process_ends_with_command = true;
  return doppel::tools::run_command_line(
      std::vector<std::string_view>(words + 1, words + (count > 0 ? count : 1)));
}
