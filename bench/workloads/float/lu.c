// SPDX-License-Identifier: Apache-2.0
// LU decomposition without pivoting of a diagonally dominant matrix, in place.

#include "../workload.h"

enum { kSize = 160 };

static double a[kSize][kSize];

static void fill(long seed) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) a[i][j] = (double)((i * 3 + j * 5 + seed) % 17) / 17;
    a[i][i] += kSize;
  }
}

static void decompose(void) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < i; j++) {
      for (int k = 0; k < j; k++) a[i][j] -= a[i][k] * a[k][j];
      a[i][j] /= a[j][j];
    }
    for (int j = i; j < kSize; j++)
      for (int k = 0; k < i; k++) a[i][j] -= a[i][k] * a[k][j];
  }
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  for (long i = 0; i < iterations; i++) {
    fill(i);
    decompose();
    for (int j = 0; j < kSize; j++) sum = mix_double(sum, a[j][kSize - 1 - j]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 100, work); }
