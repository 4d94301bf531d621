// SPDX-License-Identifier: Apache-2.0
// Cholesky decomposition of a symmetric positive definite matrix, in place in the
// lower triangle: dot products of rows, divisions and square roots.

#include "../workload.h"

#include <math.h>

enum { kSize = 200 };

static double a[kSize][kSize];

static void fill(long seed) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j <= i; j++) a[i][j] = a[j][i] = (double)((i * j + seed) % 23) / 23;
    a[i][i] += kSize;
  }
}

static void decompose(void) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < i; j++) {
      for (int k = 0; k < j; k++) a[i][j] -= a[i][k] * a[j][k];
      a[i][j] /= a[j][j];
    }
    for (int k = 0; k < i; k++) a[i][i] -= a[i][k] * a[i][k];
    a[i][i] = sqrt(a[i][i]);
  }
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  for (long i = 0; i < iterations; i++) {
    fill(i);
    decompose();
    for (int j = 0; j < kSize; j++) sum = mix_double(sum, a[j][j / 2]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 110, work); }
