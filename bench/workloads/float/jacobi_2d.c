// SPDX-License-Identifier: Apache-2.0
// Jacobi's relaxation: each inner point becomes the mean of itself and its four
// neighbours, between two grids.

#include "../workload.h"

enum { kSize = 200 };

typedef double Grid[kSize][kSize];

static Grid a, b;

static void relax(Grid to, Grid from) {
  for (int i = 1; i < kSize - 1; i++)
    for (int j = 1; j < kSize - 1; j++)
      to[i][j] =
          0.2 * (from[i][j] + from[i][j - 1] + from[i][j + 1] + from[i + 1][j] + from[i - 1][j]);
}

static uint64_t work(long iterations) {
  for (int i = 0; i < kSize; i++)
    for (int j = 0; j < kSize; j++) {
      a[i][j] = ((double)i * (j + 2) + 2) / kSize;
      b[i][j] = ((double)i * (j + 3) + 3) / kSize;
    }
  for (long i = 0; i < iterations; i++) {
    relax(b, a);
    relax(a, b);
  }
  uint64_t sum = 0;
  for (int i = 0; i < kSize; i++)
    for (int j = 0; j < kSize; j++) sum = mix_double(sum, a[i][j]);
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 3000, work); }
