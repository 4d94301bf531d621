// SPDX-License-Identifier: Apache-2.0
// Entry of the `doppel` command.
#include <fmt/core.h>

int main() {
  fmt::print("doppel {}\n", DOPPEL_VERSION);
  return 0;
}
