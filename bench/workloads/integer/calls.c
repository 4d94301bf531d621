// SPDX-License-Identifier: Apache-2.0
// Recursion: queens on a board, Takeuchi's function and Ackermann's. Mostly
// calls and returns, with little work between them.

#include "../workload.h"

/// Ways to place the remaining queens; a set bit is a column that is taken.
static uint32_t queens(uint32_t all, uint32_t columns, uint32_t left, uint32_t right) {
  if (columns == all) return 1;
  uint32_t ways = 0;
  for (uint32_t free = all & ~(columns | left | right); free;) {
    uint32_t column = free & -free;
    free ^= column;
    ways += queens(all, columns | column, (left | column) << 1, (right | column) >> 1);
  }
  return ways;
}

static int takeuchi(int x, int y, int z) {
  if (x <= y) return z;
  return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

static uint32_t ackermann(uint32_t m, uint32_t n) {
  if (m == 0) return n + 1;
  if (n == 0) return ackermann(m - 1, 1);
  return ackermann(m - 1, ackermann(m, n - 1));
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  for (long i = 0; i < iterations; i++) {
    sum = mix(sum, queens((1u << (7 + i % 3)) - 1, 0, 0, 0));
    sum = mix(sum, (uint64_t)takeuchi(12 + (int)(i % 3), 8, 4));
    sum = mix(sum, ackermann(2, (uint32_t)(60 + i % 5)));
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 6000, work); }
