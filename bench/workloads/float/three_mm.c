// SPDX-License-Identifier: Apache-2.0
// Three matrix products, G = (A B)(C D), each element a dot product of a row and
// a column.

#include "../workload.h"

enum { kSize = 110 };

typedef double Matrix[kSize][kSize];

static Matrix a, b, c, d, ab, cd, g;

static void fill(Matrix m, int factor, int offset) {
  for (int i = 0; i < kSize; i++)
    for (int j = 0; j < kSize; j++)
      m[i][j] = (double)((i * (j + factor) + offset) % kSize) / (5 * kSize);
}

static void multiply(Matrix product, Matrix left, Matrix right) {
  for (int i = 0; i < kSize; i++)
    for (int j = 0; j < kSize; j++) {
      double sum = 0;
      for (int k = 0; k < kSize; k++) sum += left[i][k] * right[k][j];
      product[i][j] = sum;
    }
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  fill(a, 0, 1);
  fill(b, 1, 2);
  fill(c, 3, 0);
  fill(d, 2, 2);
  for (long i = 0; i < iterations; i++) {
    a[i % kSize][i % 7] += 0.125;
    multiply(ab, a, b);
    multiply(cd, c, d);
    multiply(g, ab, cd);
    for (int j = 0; j < kSize; j++) sum = mix_double(sum, g[i % kSize][j]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 45, work); }
