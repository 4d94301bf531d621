// SPDX-License-Identifier: Apache-2.0
// A fault of the guest ends the guest alone: it becomes a trap, reported with
// the calls that led to it, and exit status 134.

#include <stdio.h>

/// Expects count > 0: WebAssembly's integer division by zero traps.
__attribute__((noinline)) static int average(const int* values, int count) {
  int sum = 0;
  for (int i = 0; i < count; i++) sum += values[i];
  return sum / count;
}

__attribute__((noinline)) static void report(const char* what, const int* values, int count) {
  printf("%s on %d days: %d mm each\n", what, count, average(values, count));
  fflush(stdout);
}

int main(int argc, char** argv) {
  (void)argv;
  int millimetres[] = {3, 14, 15, 9, 26, 5};
  report("rain", millimetres, 6);
  report("snow", millimetres, argc - 1);
  puts("never reached");
  return 0;
}
