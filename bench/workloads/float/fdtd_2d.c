// SPDX-License-Identifier: Apache-2.0
// Finite differences in the time domain: an electric field of two components and
// a magnetic one of a single component drive each other on a staggered grid.

#include "../workload.h"

enum { kRows = 160, kColumns = 180 };

static double ex[kRows][kColumns], ey[kRows][kColumns], hz[kRows][kColumns];

static void fill(void) {
  for (int i = 0; i < kRows; i++)
    for (int j = 0; j < kColumns; j++) {
      ex[i][j] = (double)i * (j + 1) / kRows;
      ey[i][j] = (double)i * (j + 2) / kColumns;
      hz[i][j] = (double)i * (j + 3) / kRows;
    }
}

static void step(double source) {
  for (int j = 0; j < kColumns; j++) ey[0][j] = source;
  for (int i = 1; i < kRows; i++)
    for (int j = 0; j < kColumns; j++) ey[i][j] -= 0.5 * (hz[i][j] - hz[i - 1][j]);
  for (int i = 0; i < kRows; i++)
    for (int j = 1; j < kColumns; j++) ex[i][j] -= 0.5 * (hz[i][j] - hz[i][j - 1]);
  for (int i = 0; i < kRows - 1; i++)
    for (int j = 0; j < kColumns - 1; j++)
      hz[i][j] -= 0.7 * (ex[i][j + 1] - ex[i][j] + ey[i + 1][j] - ey[i][j]);
}

static uint64_t work(long iterations) {
  fill();
  for (long i = 0; i < iterations; i++) step((double)(i % 100));
  uint64_t sum = 0;
  for (int i = 0; i < kRows; i++)
    for (int j = 0; j < kColumns; j++) sum = mix_double(sum, ex[i][j] + ey[i][j] + hz[i][j]);
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 3000, work); }
