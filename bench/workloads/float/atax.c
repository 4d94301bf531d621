// SPDX-License-Identifier: Apache-2.0
// y = transpose(A) (A x): one pass over a matrix for each product.

#include "../workload.h"

enum { kRows = 390, kColumns = 410 };

static double a[kRows][kColumns], x[kColumns], y[kColumns];

static void fill(void) {
  for (int j = 0; j < kColumns; j++) x[j] = 1 + (double)j / kColumns;
  for (int i = 0; i < kRows; i++)
    for (int j = 0; j < kColumns; j++) a[i][j] = (double)((i + j) % kColumns) / (5 * kRows);
}

static void atax(void) {
  for (int j = 0; j < kColumns; j++) y[j] = 0;
  for (int i = 0; i < kRows; i++) {
    double dot = 0;
    for (int j = 0; j < kColumns; j++) dot += a[i][j] * x[j];
    for (int j = 0; j < kColumns; j++) y[j] += a[i][j] * dot;
  }
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  fill();
  for (long i = 0; i < iterations; i++) {
    x[i % kColumns] += 0.0625;
    atax();
    sum = mix_double(sum, y[i % kColumns]);
  }
  for (int j = 0; j < kColumns; j++) sum = mix_double(sum, y[j]);
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 600, work); }
